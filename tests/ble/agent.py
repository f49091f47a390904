"""Pairing, from the computer's side: an agent that answers what BlueZ asks a person.

    async with agent(bluez, passkey=123456) as person: ...

Source: BlueZ doc/agent-api.txt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbus_fast import Message, MessageType

from tests.ble.bluez import BlueZ

INTERFACE, MANAGER = "org.bluez.Agent1", "org.bluez.AgentManager1"
PATH = "/org/flashdesk/agent"
_REJECTED = "org.bluez.Error.Rejected"


class Person:
    """What they were asked, in order, is in `asked`. Without a `passkey` they refuse to type one;
    with `accepts` off they refuse everything.
    """

    def __init__(self, passkey: int | None = None, *, accepts: bool = True) -> None:
        self.passkey = passkey
        self.accepts = accepts
        self.asked: list[str] = []

    def answer(self, message: Message) -> Message | None:
        """BlueZ's question, answered; None for what is not meant for an agent."""
        if message.message_type is not MessageType.METHOD_CALL or message.path != PATH:
            return None
        if message.interface != INTERFACE:
            return None
        shown = [f"{part:06}" for part in message.body[1:2] if isinstance(part, int)]
        self.asked.append(" ".join([str(message.member), *shown]))
        if message.member in ("Cancel", "Release"):
            return Message.new_method_return(message)
        wants_number = message.member in ("RequestPasskey", "RequestPinCode")
        if not self.accepts or (wants_number and self.passkey is None):
            return Message.new_error(message, _REJECTED, "the person said no")
        if message.member == "RequestPasskey":
            return Message.new_method_return(message, "u", [self.passkey])
        if message.member == "RequestPinCode":
            return Message.new_method_return(message, "s", [f"{self.passkey:06}"])
        return Message.new_method_return(message)


@asynccontextmanager
async def agent(
    bluez: BlueZ,
    passkey: int | None = None,
    *,
    accepts: bool = True,
    capability: str = "KeyboardDisplay",
) -> AsyncIterator[Person]:
    """The computer's default agent meanwhile; as a desktop has one."""
    person = Person(passkey, accepts=accepts)
    bluez.bus.add_message_handler(person.answer)
    await bluez.call("/org/bluez", MANAGER, "RegisterAgent", "os", PATH, capability)
    await bluez.call("/org/bluez", MANAGER, "RequestDefaultAgent", "o", PATH)
    try:
        yield person
    finally:
        await bluez.call("/org/bluez", MANAGER, "UnregisterAgent", "o", PATH)
        bluez.bus.remove_message_handler(person.answer)
