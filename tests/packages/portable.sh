#!/bin/sh
# The portable folder in an empty Debian 12 that has what its README asks for and nothing else.
#   sh tests/packages/portable.sh FILE.tar.xz
name=portable
. "$(dirname "$0")/proof.sh"
own_namespace "$@"
archive=$(realpath "$1")
chroot=$work/root
port=$((20000 + $(date +%s) % 10000))
program=flashdesk/flashdesk

unpacked() {
	rm -rf "$work/content"
	mkdir "$work/content"
	tar -C "$work/content" -xf "$archive"
	at_most 120 "$work/content"
	for file in README.txt LICENSE licences/libx11-6.txt _internal/third-party.txt \
		share/man/man1/flashdesk.1.gz share/70-flashdesk.rules; do
		[ -s "$work/content/flashdesk/$file" ]
	done
}

put_there() { cp -a "$work/content/flashdesk" "$chroot/home/technician/flashdesk"; }

on_the_bare_system() { # the command line needs nothing; the window says what it lacks
	put_there
	as_person "$program" --version
	update_by_command_line "$program"
	if as_person env DISPLAY=:1 "$program" >"$work/said" 2>&1; then
		cat "$work/said"
		return 1
	fi
	cat "$work/said"
	grep -q 'apt-get install lib' "$work/said"
	! grep -q Traceback "$work/said"
}

what_the_readme_asks_for() {
	packages=$(sed -n 's/.*Debian, Ubuntu:.*apt-get install //p' "$work/content/flashdesk/README.txt")
	install $packages
	note "$packages"
}

in_its_window() {
	simulate_network "$program"
	as_person "$program" firmware/demo_app_1.4.2.bin &
	update_in_window "$port" "$pictures/portable-window.png"
	as_person "$program" info --device "udp:127.0.0.1:$port" --json | grep -q '"version": "1.4.2"'
}

home_read_only() { # nothing can be remembered, everything else works
	mount --bind "$chroot/home" "$chroot/home"
	mount -o remount,bind,ro "$chroot/home"
	if as_person touch .local/written 2>/dev/null; then return 1; fi
	as_person "$program" update firmware/demo_app_1.4.2.bin --device "udp:127.0.0.1:$port" --watch 0
	umount "$chroot/home"
}

removed() {
	rm -rf "$chroot/home/technician/flashdesk" "$chroot/home/technician/firmware"
	files >"$work/after"
	comm -13 "$work/before" "$work/after" >"$work/left"
	cat "$work/left"
	[ ! -s "$work/left" ]
}

step "the file" at_most 40 "$archive"
step "unpacked" unpacked
step "an empty Debian 12" make_chroot "$chroot"
step "without any library: command line; the window says why not" on_the_bare_system
step "what its README asks for" what_the_readme_asks_for
files >"$work/before"
step "flashdesk --self-test" as_person env QT_QPA_PLATFORM=offscreen "$program" --self-test
open_display
step "update in the window" in_its_window
step "a line: a unit, its record, its report" a_line "$program"
step "update with a home that cannot be written to" home_read_only
step "folder deleted: nothing is left" removed
