#!/bin/sh
# Called by ../build.sh: deb or portable.
# Debian's own Python comes first: another one may need libraries that Debian does not have.
PATH=/usr/bin:/bin:$PATH
. "$(dirname "$0")/../../prepare.sh"
kind=$1
maintainer="Flashdesk authors <flashdesk@example.org>"
wayland_packages="libwayland-client0 libwayland-cursor0 libx11-xcb1"
began=$(date +%s)
here=resources/packaging/linux
work=.work/packages/$kind
need_packages $python_packages $qt_packages $wayland_packages binutils xz-utils
need_packages "libpython$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
[ "$kind" != deb ] || need_packages dpkg-dev
make_venv .work/package-venv "[package]"
python=.work/package-venv/bin/python
version=$("$python" -c 'import app; print(app.VERSION)')
# What is built from the same sources is dated the same.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
PYTHONHASHSEED=0
export SOURCE_DATE_EPOCH PYTHONHASHSEED

say "freezing flashdesk $version"
rm -rf "$work"
mkdir -p "$work" dist
FLASHDESK_PROFILE=$kind .work/package-venv/bin/pyinstaller -y --log-level ERROR \
	--distpath "$work" --workpath "$work/build" resources/packaging/flashdesk.spec
"$python" "$here/icu.py" "$work/flashdesk" >&2
find "$work/flashdesk" -name '*.so*' -type f -exec chmod 644 {} +

filled() { # FILE: with its @NAMES@
	sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" \
		-e "s/@GLIBC@/$(ldd --version | sed -n '1s/.* //p')/" "$1"
}

# What belongs to the system's menus, manuals and shells: the same tree in both packages.
share() { # FOLDER
	mkdir -p "$1/applications" "$1/metainfo" "$1/mime/packages" "$1/man/man1" \
		"$1/bash-completion/completions" "$1/zsh/vendor-completions" \
		"$1/fish/vendor_completions.d" "$1/icons/hicolor/scalable/apps"
	cp "$here/flashdesk.desktop" "$1/applications/"
	cp "$here/flashdesk.xml" "$1/mime/packages/"
	filled "$here/flashdesk.metainfo.xml" >"$1/metainfo/io.github.flashdesk.flashdesk.metainfo.xml"
	LC_ALL=C.UTF-8 LANGUAGE= "$python" "$here/manual.py" "$SOURCE_DATE_EPOCH" |
		gzip -9n >"$1/man/man1/flashdesk.1.gz"
	completion bash "$1/bash-completion/completions/flashdesk"
	completion zsh "$1/zsh/vendor-completions/_flashdesk"
	completion fish "$1/fish/vendor_completions.d/flashdesk.fish"
	cp app/resources/icons/flashdesk.svg "$1/icons/hicolor/scalable/apps/"
	"$python" resources/packaging/icons.py "$work/icons"
	for png in "$work"/icons/*.png; do
		size=$(basename "$png" .png)
		mkdir -p "$1/icons/hicolor/${size}x$size/apps"
		cp "$png" "$1/icons/hicolor/${size}x$size/apps/flashdesk.png"
	done
}

size() { # FILE-OR-FOLDER
	du -sb "$1" | awk '{printf "%.1f MB", $1 / 1000000}'
}

completion() { # SHELL FILE
	_FLASHDESK_COMPLETE=$1_source .work/package-venv/bin/flashdesk >"$2"
}

. "$here/$kind.sh"
say "$out: $(size "$out"), unpacked $(size "$unpacked"), $(($(date +%s) - began)) s"
