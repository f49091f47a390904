#!/bin/sh
# The Debian package in an empty Debian 12: installed, used on the command line and in its window,
# upgraded beneath a running window, purged; and nothing is left but what belongs to the person.
#   sh tests/packages/deb.sh FILE.deb
name=deb
. "$(dirname "$0")/proof.sh"
own_namespace "$@"
deb=$(realpath "$1")
chroot=$work/root
checked() { # what tools of Debian say of it
	lintian --fail-on error,warning "$deb"
	overrides=$(grep -c '^flashdesk:' resources/packaging/linux/lintian-overrides)
	[ "$overrides" -le 5 ]
	desktop-file-validate "$1/usr/share/applications/flashdesk.desktop"
	appstreamcli validate --no-net "$1"/usr/share/metainfo/*.xml
	xmllint --noout "$1/usr/share/mime/packages/flashdesk.xml"
	man --warnings -l "$1/usr/share/man/man1/flashdesk.1.gz" >"$work/manual.txt" 2>"$work/manual.err"
	[ ! -s "$work/manual.err" ]
	bash -n "$1/usr/share/bash-completion/completions/flashdesk"
	note "lintian clean with $overrides overrides"
}

installed() {
	cp "$deb" "$chroot/tmp/flashdesk.deb"
	install /tmp/flashdesk.deb
	note "$(inside dpkg-query -W -f '.\n' | wc -l) packages in all"
}

nothing_missing() {
	inside find /usr/lib/flashdesk -name '*.so*' ! -name libqgtk3.so -exec ldd {} + >"$work/ldd"
	! grep 'not found' "$work/ldd"
}

says_its_version() { as_person flashdesk --version | tee "$work/version" && grep -q "$1" "$work/version"; }

tests_itself() {
	as_person env QT_QPA_PLATFORM=offscreen flashdesk --self-test
}

completes() { # as a shell asks
	as_person env COMP_WORDS="flashdesk up" COMP_CWORD=1 _FLASHDESK_COMPLETE=bash_complete \
		flashdesk | grep -qx 'plain,update'
}

desktop_tools() {
	install libglib2.0-bin desktop-file-utils shared-mime-info
	cp "$chroot/home/technician/firmware/demo_app_1.4.2.bin" \
		"$chroot/home/technician/firmware/board.signed.bin"
	as_person gio mime application/x-mcuboot-image | grep flashdesk.desktop
	as_person gio info -a standard::content-type firmware/board.signed.bin | grep x-mcuboot-image
}

in_its_window() {
	simulate_network flashdesk
	as_person gio launch /usr/share/applications/flashdesk.desktop firmware/board.signed.bin &
	update_in_window "$port" "$pictures/deb-window.png"
	as_person flashdesk info --device "udp:127.0.0.1:$port" --json | tee "$work/info.json"
	grep -q '"version": "1.4.2"' "$work/info.json"
	note "verdict seen; picture .work/artifacts/deb-window.png"
}

newer() { # a package of a later version, whose program is another at every byte that was not read
	rm -rf "$work/newer"
	dpkg-deb -R "$deb" "$work/newer"
	sed -i 's/^Version: .*/&+newer/' "$work/newer/DEBIAN/control"
	program=$work/newer/usr/lib/flashdesk/flashdesk
	length=$(stat -c %s "$program")
	truncate -s 100000 "$program"
	truncate -s "$length" "$program"
	dpkg-deb --root-owner-group -Znone -b "$work/newer" "$chroot/tmp/newer.deb"
}

upgraded() { # while the window is open, which goes on working
	newer
	install /tmp/newer.deb
	there_is_a_window
	xdotool windowactivate --sync "$(window)"
	xdotool key F1
	wait_for 20 "the help" xdotool search --onlyvisible --name 'elp'
	picture "$pictures/deb-upgraded.png"
}

closed() {
	xdotool search --onlyvisible --name 'elp' windowclose || :
	sleep 1
	xdotool windowclose "$(window)" || :
	pkill --nslist pid --ns $$ -x flashdesk || :
	! grep -q Traceback "$chroot"/home/technician/.local/state/flashdesk/*.log
}

purged() {
	inside apt-get -qq purge -y flashdesk
	left=$(cd "$chroot" && find . -xdev -path '*flashdesk*' ! -path './home/*' ! -path './tmp/*' \
		! -path './var/cache/apt/*')
	[ -z "$left" ] || {
		printf 'left: %s\n' "$left"
		return 1
	}
	rm -f "$chroot"/tmp/*.deb
	inside apt-get -qq purge -y libglib2.0-bin desktop-file-utils shared-mime-info
	inside apt-get -qq autoremove -y --purge
	files >"$work/after"
	comm -13 "$work/before" "$work/after" >"$work/left"
	cat "$work/left"
	[ ! -s "$work/left" ]
	[ -d "$chroot/home/technician/.local/state/flashdesk" ]
	note "nothing but $(cd "$chroot/home/technician" && echo .local/state/flashdesk)"
}

port=$((20000 + $(date +%s) % 10000))
rm -rf "$work/content"
dpkg-deb -x "$deb" "$work/content"
step "the file" at_most 40 "$deb"
step "unpacked" at_most 120 "$work/content"
step "lintian, desktop-file-validate, appstreamcli, man" checked "$work/content"
step "an empty Debian 12" make_chroot "$chroot"
files >"$work/before"
step "apt-get install, without recommends" installed
step "no library is missing" nothing_missing
step "its version" says_its_version "$(dpkg-deb -f "$deb" Version)"
step "update on the command line, LANG=C" update_by_command_line flashdesk
step "flashdesk --self-test" tests_itself
step "completion" completes
step "file type and menu entry" desktop_tools
open_display
step "update in the window, from its menu entry" in_its_window
step "a line: a unit, its record, its report" a_line flashdesk
step "upgrade beneath the open window" upgraded
step "closed, no crash noted" closed
step "purge: nothing is left" purged
