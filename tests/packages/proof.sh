# Sourced by the proofs of packages: steps with their times, and an empty Debian to work in.
# Needs `name` (of the proof); gives `step`, `row`, `make_chroot`, `inside`, `as_person`, `show`.

. "$(dirname "$0")/../../resources/prepare.sh"
work=$root/.work/packages/proof-$name
pictures=$root/.work/artifacts
table=${FLASHDESK_TABLE:-$root/.work/packages/table}
mkdir -p "$work" "$pictures"
python=$root/.work/package-venv/bin/python
suite=bookworm

row() { # WHAT SECONDS [SIZE-OR-WORDS]
	printf '%s\t%s\t%s\n' "$name: $1" "$2" "${3-}" >>"$table"
}

# step WHAT COMMAND...: to its end; what it printed is shown only if it failed, and ends the proof.
# The last line that begins with "note: " stands beside the time.
step() {
	what=$1
	shift
	say "$name: $what"
	from=$(date +%s)
	set +e # in a condition the shell would go on after what fails
	(
		set -e
		"$@"
	) >"$work/step.log" 2>&1
	failed=$?
	set -e
	if [ $failed -ne 0 ]; then
		tail -n 60 "$work/step.log" >&2
		row "$what" "$(($(date +%s) - from))" FAILED
		say "$name: FAILED: $what"
		exit 1
	fi
	row "$what" "$(($(date +%s) - from))" "$(sed -n 's/^note: //p' "$work/step.log" | tail -n 1)"
}

note() { printf 'note: %s\n' "$*"; }

size() { du -sb "$1" | awk '{printf "%.1f MB", $1 / 1000000}'; }

at_most() { # MEGABYTES FILE-OR-FOLDER
	note "$(size "$2"), at most $1 MB"
	[ "$(du -sb "$2" | cut -f1)" -le "$(($1 * 1000000))" ]
}

# -- an empty Debian ------------------------------------------------------------------------------

# The proofs run in a mount namespace of their own: whatever is mounted goes with the last process.
own_namespace() {
	[ -z "${FLASHDESK_NAMESPACE-}" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		say "$name: cannot be proven: an empty Debian to install into needs root (chroot, mount)"
		row "an empty Debian" 0 "FAILED: not root"
		exit 1
	fi
	if ! unshare --mount --pid --fork true 2>/dev/null; then
		say "$name: cannot be proven: this system lets root neither mount nor make namespaces"
		row "an empty Debian" 0 "FAILED: no namespaces"
		exit 1
	fi
	FLASHDESK_NAMESPACE=1
	export FLASHDESK_NAMESPACE
	exec unshare --mount --propagation private --pid --fork --kill-child sh "$0" "$@"
}

# Where this computer gets Debian from.
mirror() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		sed -n "s/ $suite\$//p" | grep '^https\{0,1\}:' | grep /debian | head -n 1
}

make_chroot() { # FOLDER: minimal, made once and then unpacked
	base=$root/.work/packages/$suite.tar
	if [ ! -f "$base" ]; then
		from_mirror=$(mirror)
		[ -n "$from_mirror" ] || {
			echo "no mirror of Debian $suite among the sources of apt"
			return 1
		}
		rm -rf "$work/base"
		debootstrap --variant=minbase "$suite" "$work/base" "$from_mirror"
		rm -rf "$work"/base/var/cache/apt/archives/*.deb
		tar -C "$work/base" -cf "$base.part" .
		mv "$base.part" "$base"
		rm -rf "$work/base"
	fi
	rm -rf "$1"
	mkdir -p "$1"
	tar -C "$1" -xf "$base"
	cp -L /etc/resolv.conf "$1/etc/resolv.conf"
	apt-config dump | grep -i '^Acquire::[^ ]*proxy' >"$1/etc/apt/apt.conf.d/90proxy" || :
	mkdir -p "$root/.work/packages/archives/partial"
	mount -t proc proc "$1/proc"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
	mount --bind "$root/.work/packages/archives" "$1/var/cache/apt/archives"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	inside useradd --create-home technician
	inside apt-get -qq -o Acquire::Retries=3 update
	note "$(size "$base")"
}

inside() { # COMMAND...: as root in $chroot
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C DEBIAN_FRONTEND=noninteractive \
		chroot "$chroot" "$@"
}

install() { inside apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends "$@"; }

# As somebody who sits before it: no D-Bus, no locale, an X display.
as_person() {
	env -i PATH=/usr/bin:/bin HOME=/home/technician LANG="${person_lang-C}" DISPLAY="${DISPLAY-}" \
		/usr/sbin/chroot --userspec=technician:technician "$chroot" /bin/sh -c 'cd && exec "$@"' - "$@"
}

# Which files there are. Not counted: what dpkg, apt and caches of fonts note down.
notes='^/(proc|dev|sys|tmp|home|root|var/lib/(dpkg|apt|systemd)|var/cache|var/log|etc/apt)(/|$)'

files() { (cd "$chroot" && find . -xdev | sed 's,^\.,,' | grep -Ev "$notes" | sort); }

# -- what a person sees and does ------------------------------------------------------------------

open_display() { # of a number that is free
	rm -f "$work/display"
	Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -ac 3>"$work/display" 2>"$work/xvfb.log" &
	xvfb=$!
	trap 'kill $xvfb' EXIT
	wait_for 20 "the display" test -s "$work/display"
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
	openbox >"$work/openbox.log" 2>&1 &
}

wait_for() { # SECONDS WHAT COMMAND...: asked again until it is true
	until_then=$(($(date +%s) + $1))
	awaited=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$until_then" ]; then
			echo "waited in vain for $awaited"
			return 1
		fi
		sleep 0.3
	done
}

update_by_command_line() { # PROGRAM: a simulated device
	inside install -d -o technician /home/technician/firmware
	"$python" -c 'import sys, pathlib; from app.demo import demo_files
demo_files(pathlib.Path(sys.argv[1]))' "$chroot/home/technician/firmware"
	as_person "$1" update firmware/demo_app_1.4.2.bin --device sim:fast --watch 1 --json |
		tee "$work/update.json"
	tail -n 1 "$work/update.json" | grep -q '"outcome": "updated"'
	as_person "$1" info --device sim:fast --json | grep -q '"version": "1.4.2"'
}

simulate_network() { # PROGRAM: a device at udp:127.0.0.1:$port
	as_person "$1" simulate --listen "udp:$port" --profile udp --json >"$work/simulator.log" &
	wait_for 20 "the simulator" grep -q udp: "$work/simulator.log"
}

# A station of one place: its job is pinned, its unit passes, and that is in the records.
a_line() { # PROGRAM
	home=$chroot/home/technician
	printf '%s\n' 'product = "Sensor"' 'firmware = "firmware/demo_app_1.4.2.bin"' 'limit = 1' \
		'watch = 1' '[recognise]' 'transport = "udp"' '[[place]]' 'name = "1"' \
		"at = \"udp:127.0.0.1:$port\"" >"$home/line.toml"
	inside chown technician /home/technician/line.toml
	as_person "$1" job pin line.toml
	as_person "$1" station line.toml --arm --json </dev/null >"$work/line.json"
	tail -n 1 "$work/line.json" | grep -q '"passed": 1.*"saved": 1, "waiting": 0'
	as_person "$1" records export line.html
	grep -q PASS "$home/line.html"
	rm "$home/line.toml" "$home/line.html"
}

picture() { "$python" "$root/tests/packages/picture.py" "$@"; }

window() { xdotool search --onlyvisible --name '^Flashdesk' 2>/dev/null | tail -n 1; }
there_is_a_window() { [ -n "$(window)" ]; }

# By keys alone, as the window is: a device on the network is added, and updated to the file that
# the window was opened with.
update_in_window() { # UDP-PORT PICTURE
	wait_for 60 "the window" there_is_a_window
	note "window after about $(($(date +%s) - from)) s"
	xdotool windowactivate --sync "$(window)"
	xdotool windowsize --sync "$(window)" 1200 740
	wait_for 20 "the empty list" picture "$work/begin.png" --shows window
	xdotool key F6
	xdotool key Tab
	xdotool key space
	wait_for 20 "the dialog" xdotool search --onlyvisible --name '^Add a device$'
	xdotool type "udp:127.0.0.1:$1"
	xdotool key Return
	wait_for 30 "the button Update" picture "$work/armed.png" --shows armed
	xdotool key ctrl+Return
	wait_for 120 "the verdict" picture "$2" --shows verdict
}
