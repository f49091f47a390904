#!/bin/busybox sh
# The guest's first program: the host's root over 9p, the packages and a RAM disk laid over it,
# and on from there with guest.sh.
b=/bin/busybox
$b mkdir -p /proc /sys /dev /host /layer /ram /root
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in /m/*.ko; do $b insmod "$module"; done

give_up() {
	echo "initramfs: cannot mount $*" >/dev/console
	$b sleep 1
	$b reboot -f
}
share() { # share TAG FOLDER OPTIONS
	$b mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" || give_up "$1"
}
share host /host ro,cache=loose
share layer /layer ro,cache=loose
$b mount -t tmpfs -o size=80%,mode=755 ram /ram
$b mkdir /ram/upper /ram/work
$b mount -t overlay -o lowerdir=/layer:/host,upperdir=/ram/upper,workdir=/ram/work root /root ||
	give_up root
$b mount -t tmpfs -o mode=755 run /root/run
$b mkdir /root/run/ble-vm
share run /root/run/ble-vm cache=mmap
. /root/run/ble-vm/settings
for folder in proc sys dev; do
	$b mkdir -p "/root/$folder"
	$b mount --move "/$folder" "/root/$folder"
done
exec $b switch_root /root /bin/bash "$GUEST"
