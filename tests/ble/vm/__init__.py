"""A throwaway VM with a real kernel Bluetooth stack: `python -m tests.ble.vm -- CMD...`.

    parts      what it is made of, fetched once         initramfs   the guest's first program
    machine    QEMU, its folders and channels           guest.sh    what runs in it
    running    from an order to an exit status          relay       the guest's end of the wire
    kernels    which kernel is taken

The standard library only: it runs before any environment exists.
"""
