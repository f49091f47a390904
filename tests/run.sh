#!/bin/sh
# Every check there is: lint, types, unit, property, conformance, GUI, end to end, Bluetooth; and
# that the rooms of tests/coverage_list.py are reached whole.
#   sh tests/run.sh [pytest arguments]
# FLASHDESK_ZEPHYR_SERVERS=DIR adds the tests against real Zephyr and MCUboot servers.
. "$(dirname "$0")/../resources/prepare.sh"
need_packages $python_packages $qt_packages xvfb xdotool openbox postgresql
(need_packages qemu-system-x86) || say "without QEMU the Bluetooth tests are skipped"
make_venv .venv "[test]"
python=.venv/bin/python
# An independent client for the cross-check; its import names clash with ours.
if [ "$(cat .work/peer/.stamp 2>/dev/null)" != "$(cksum <tests/conformance/peer-requirements.txt)" ]; then
	say "making the environment of the independent client"
	rm -rf .work/peer
	mkdir -p .work
	python3 -m venv .work/peer
	.work/peer/bin/python -m pip --disable-pip-version-check -q install \
		-r tests/conformance/peer-requirements.txt
	cksum <tests/conformance/peer-requirements.txt >.work/peer/.stamp
fi
began=$(date +%s)
mkdir -p .work/artifacts
# What the Bluetooth machines are made of; fetched once, while the other checks run.
"$python" -m tests.ble.vm >.work/ble-vm.log 2>&1 &
parts=$!
failed=

bluetooth() { # NAME ARGUMENTS: these tests on a machine of their own
	name=$1
	shift
	"$python" -m tests.ble -q --junit-xml ".work/artifacts/ble-$name.xml" "$@" \
		>".work/ble-$name.log" 2>&1
}

check() {
	name=$1
	shift
	say "$name"
	"$@" || failed="$failed $name"
}

check lint .venv/bin/ruff check --no-cache
check format .venv/bin/ruff format --no-cache --check -q
check types .venv/bin/mypy
# The window is tested on real X displays, each with a window manager: one for each worker, so that
# no window of another one takes the keyboard. Two workers for a core: many tests wait for programs
# and emulated devices, more than they work.
displays=
servers=
first_display=$((90 + $$ % 400))
for number in $(seq "$first_display" $((first_display + 3))); do
	Xvfb ":$number" -screen 0 1400x1000x24 -nolisten tcp >".work/xvfb-$number.log" 2>&1 &
	servers="$servers $!"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -e "/tmp/.X11-unix/X$number" ] && break
		sleep 0.3
	done
	DISPLAY=:$number openbox >/dev/null 2>&1 &
	servers="$! $servers"
	displays="$displays :$number"
done
FLASHDESK_TEST_DISPLAYS=$displays DISPLAY=:$number QT_QPA_PLATFORM=xcb
export FLASHDESK_TEST_DISPLAYS DISPLAY QT_QPA_PLATFORM
trap 'kill $servers $parts ${first-} ${second-} ${third-} 2>/dev/null || :' EXIT
measure=
[ $# -gt 0 ] || measure="-p tests.coverage_list"
check tests "$python" -m pytest $measure -q -n 4 --dist loadgroup -p no:cacheprovider \
	--junit-xml .work/tests.xml "$@"
[ $# -gt 0 ] || check coverage "$python" -m tests.coverage_list
rm -f .work/artifacts/ble-*.xml
if [ $# -eq 0 ]; then
	wait "$parts" || cat .work/ble-vm.log >&2
	say "Bluetooth, on three virtual machines at once: they wait more than they work"
	sed -n 's/^ble-vm: made of/made of/p' .work/ble-vm.log
	one=tests/ble/test_update.py two="tests/ble/test_transport.py tests/ble/test_pairing.py"
	bluetooth 1 $one &
	first=$!
	bluetooth 2 $two &
	second=$!
	bluetooth 3 tests/ble $(printf -- '--ignore=%s ' $one $two) &
	third=$!
	for machine in "1 $first" "2 $second" "3 $third"; do
		check "Bluetooth, machine ${machine% *}" wait "${machine#* }"
		tail -n 40 ".work/ble-${machine% *}.log"
	done
fi
"$python" tests/summary.py "$(($(date +%s) - began))" "$failed" \
	.work/tests.xml .work/artifacts/ble-*.xml
[ -z "$failed" ]
