#!/bin/sh
# The program runs from the disk image as it would be downloaded:
#   sh resources/packaging/macos/smoke.sh IMAGE PYTHON
set -eu
place=$(mktemp -d)
mkdir "$place/image"
hdiutil attach "$1" -nobrowse -readonly -mountpoint "$place/image"
trap 'hdiutil detach "$place/image" -force; rm -rf "$place"' EXIT
program=$place/image/Flashdesk.app/Contents/MacOS/flashdesk
plutil -lint "$place/image/Flashdesk.app/Contents/Info.plist"
sh "$(dirname "$0")/../smoke.sh" "$program" "$2"
