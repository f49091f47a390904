#!/bin/bash
# PID 1 of the Bluetooth VM: D-Bus, BlueZ and the peripheral; then the command; then off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
run=/run/ble-vm
. $run/settings

port() { # the device of a virtio-serial port
	local name
	for name in /sys/class/virtio-ports/*/name; do
		[ "$(<"$name")" = "$1" ] && name=${name%/name} && echo "/dev/${name##*/}"
	done
}
exec 7>"$(port mark)"
mark() { echo "$1" >&7; }
power_off() {
	exec 7>&-
	sync
	busybox reboot -f
}
give_up() {
	echo "guest: $*" >/dev/console
	busybox sleep 0.2
	power_off
}
await() { # await SECONDS WHAT COMMAND...
	local tries=$(($1 * 20)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((tries-- > 0)) || give_up "no $what"
		busybox sleep 0.05
	done
}
mark kernel

mkdir -p /dev/pts /dev/shm /tmp
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
ln -sfn /proc/self/fd /dev/fd
for n in 0:stdin 1:stdout 2:stderr; do ln -sfn "/proc/self/fd/${n%:*}" "/dev/${n#*:}"; done
busybox hostname ble-vm
busybox ifconfig lo 127.0.0.1 up
number=0
while IFS= read -r folder; do
	[ -n "$folder" ] || continue
	mkdir -p "$folder"
	mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,cache=mmap" "rw$number" "$folder" ||
		give_up "cannot mount $folder"
	number=$((number + 1))
done <<<"$WRITABLE"

modprobe -a bluetooth hci_vhci || give_up "no Bluetooth modules"
await 60 /dev/vhci test -e /dev/vhci
mark modules

if [ -n "$PERIPHERAL" ]; then
	"$PYTHON" -I -S "${GUEST%/*}/relay.py" "$(port air)" >$run/relay.log 2>&1 &
fi
[ -s /etc/machine-id ] || dbus-uuidgen --ensure=/etc/machine-id
mkdir -p /run/dbus /var/lib/bluetooth
# The bus gives up root's rights for this user's; a host without D-Bus has none.
grep -q ^messagebus: /etc/passwd || echo messagebus:x:199:199::/:/usr/sbin/nologin >>/etc/passwd
grep -q ^messagebus: /etc/group || echo messagebus:x:199: >>/etc/group
dbus-daemon --system --nofork --nopidfile >$run/dbus.log 2>&1 &
await 120 "system bus" test -S /run/dbus/system_bus_socket
/usr/libexec/bluetooth/bluetoothd --nodetach ${VERBOSE:+-d} >$run/bluetoothd.log 2>&1 &
echo $! >/run/bluetoothd.pid
mark daemons
[ -n "$TRACE" ] && { btmon -w $run/hci.btsnoop >/dev/null 2>$run/btmon.log & }

is_powered() {
	dbus-send --system --print-reply --dest=org.bluez /org/bluez/hci0 \
		org.freedesktop.DBus.Properties.Get string:org.bluez.Adapter1 string:Powered |
		grep -q "boolean true"
}
if [ -n "$PERIPHERAL" ]; then
	await 240 "powered adapter" is_powered
	mark adapter
fi

# A port can be opened once, a pipe by every process that asks for /dev/stdout.
mkfifo /run/out /run/err
cat /run/out >"$(port out)" & out=$!
cat /run/err >"$(port err)" & err=$!
mark command
setsid bash $run/command </dev/null >/run/out 2>/run/err 7>&-
status=$?
mark done
# A child that the command left behind may hold the pipes; nobody waits long for it.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null || break
	busybox sleep 0.05
done
echo "$status" >$run/exit-status
power_off
