"""The SMP engine: MCUmgr devices over serial, TCP, UDP, Bluetooth LE or a link of your own."""
