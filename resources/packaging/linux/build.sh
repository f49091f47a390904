#!/bin/sh
# Called by ../build.sh: deb or portable.
# Debian's own Python comes first: another one brings a libpython that needs what Debian lacks.
PATH=/usr/bin:/bin:$PATH
. "$(dirname "$0")/../../prepare.sh"
kind=$1
began=$(date +%s)
need_packages $python_packages $qt_packages binutils xz-utils
need_packages "libpython$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
make_venv .work/package-venv "[package]"
version=$(.work/package-venv/bin/python -c 'import app; print(app.VERSION)')

say "freezing flashdesk $version"
FLASHDESK_PROFILE=$kind .work/package-venv/bin/pyinstaller -y --log-level ERROR \
	--distpath ".work/$kind" --workpath ".work/$kind/build" resources/packaging/flashdesk.spec
folder=.work/$kind/flashdesk
mkdir -p dist
case $kind in
portable)
	out=dist/flashdesk-$version-linux-$(uname -m).tar.xz
	tar -C ".work/$kind" --owner=0 --group=0 --sort=name -cJf "$out" flashdesk
	;;
deb) say "not yet"; exit 1 ;;
esac
say "$out: $(du -m "$out" | cut -f1) MB, $(du -sm "$folder" | cut -f1) MB unpacked, $(($(date +%s) - began)) s"
