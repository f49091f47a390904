#!/bin/sh
# A package of this checkout, into dist/:
#   sh resources/packaging/build.sh deb        Debian package, with the system's own libraries
#   sh resources/packaging/build.sh portable   tar.xz that runs where it is unpacked
#   sh resources/packaging/build.sh windows    setup.exe (see windows/build.sh)
#   sh resources/packaging/build.sh macos      dmg, on a Mac (see macos/build.sh)
# FLASHDESK_COMPRESSION=zstd makes the first two fast instead of small.
usage() {
	sed -n 's/^#  *\(sh .*\)/  \1/p' "$0" >&2
	exit 2
}
[ $# -eq 1 ] || usage
packaging=$(cd "$(dirname "$0")" && pwd)
case $1 in
deb | portable) exec sh "$packaging/linux/build.sh" "$1" ;;
windows | macos)
	if [ ! -f "$packaging/$1/build.sh" ]; then
		printf '%s\n' "flashdesk: this checkout cannot build for $1" >&2
		exit 1
	fi
	exec sh "$packaging/$1/build.sh"
	;;
*) usage ;;
esac
