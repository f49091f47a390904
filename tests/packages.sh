#!/bin/sh
# Packages are built from this checkout and prove themselves, each in an empty system of its kind:
#   sh tests/packages.sh [deb] [portable] [windows]     deb and portable if none is named
# It needs root: Debian is unpacked, mounted and installed into. What ran is told in a table;
# pictures of the windows land in .work/artifacts.
. "$(dirname "$0")/../resources/prepare.sh"
for kind in "$@"; do
	case $kind in
	deb | portable | windows) ;;
	*)
		say "there is no proof of '$kind': deb, portable, windows"
		exit 2
		;;
	esac
done
[ $# -gt 0 ] || set -- deb portable
version=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' app/__init__.py)
FLASHDESK_TABLE=$root/.work/packages/table
export FLASHDESK_TABLE
mkdir -p .work/packages
: >"$FLASHDESK_TABLE"
began=$(date +%s)
failed=

prove() { # KIND
	case $1 in
	windows)
		sh resources/packaging/build.sh windows && sh tests/packages/windows.sh
		;;
	*)
		need_packages debootstrap lintian desktop-file-utils appstream libxml2-utils man-db \
			xvfb xdotool openbox
		sh resources/packaging/build.sh "$1" || return 1
		sh "tests/packages/$1.sh" dist/flashdesk[-_]"$version"[-_]*."$2"
		;;
	esac
}

for kind in "$@"; do
	from=$(date +%s)
	ending=deb
	[ "$kind" = deb ] || ending=tar.xz
	(prove "$kind" "$ending") || failed="$failed $kind"
	printf '%s: in all\t%s\t\n' "$kind" "$(($(date +%s) - from))" >>"$FLASHDESK_TABLE"
done
awk -F '\t' '{ printf "%-62s %5s s  %s\n", $1, $2, $3 }' "$FLASHDESK_TABLE"
verdict="all good"
[ -z "$failed" ] || verdict="FAILED:$failed"
printf 'flashdesk packages: %s in %s s; %s\n' "$*" "$(($(date +%s) - began))" "$verdict"
[ -z "$failed" ]
