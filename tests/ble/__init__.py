"""The Bluetooth proving ground: a VM with BlueZ, a virtual peripheral, and tests that run there.

vm          the VM                                  conftest    fixtures for tests in it
peripheral  the virtual peripheral's program        rig         how tests speak to it
control     its control port                        bluez       BlueZ by hand: daemon, adapter
unit        a device, life after life               agent       pairing, the computer's side
gatt        one life's Bluetooth stack
backend     who answers SMP behind it
settings    what can be set on it
air         link layer, on bumble's                 adapter     controllers for the kernel
"""
