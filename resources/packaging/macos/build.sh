#!/bin/sh
# Called by ../build.sh macos, on a Mac with Apple silicon: the program in a disk image, in dist/.
# `python3` is put into it: the workflow has python.org's.
#
# MACOS_IDENTITY     signs with that "Developer ID Application" of the keychain; without it the
#                    program has the ad-hoc signature that Apple silicon demands, and macOS wants
#                    its user's leave at the first start
# MACOS_NOTARY       a profile of `xcrun notarytool store-credentials`: has Apple notarize the
#                    signed image, and staples the ticket to it
# MACOS_KEYCHAIN     where that profile is, if not in the usual one
. "$(dirname "$0")/../../prepare.sh"
if [ "$(uname -s) $(uname -m)" != "Darwin arm64" ]; then
	say "a disk image is made on a Mac with Apple silicon: its tools are nowhere else"
	exit 1
fi
make_venv .work/package-venv "[package]"
version=$(.work/package-venv/bin/python -c 'import app; print(app.VERSION)')

say "freezing flashdesk $version"
.work/package-venv/bin/pyinstaller -y --log-level WARN \
	--distpath .work/macos --workpath .work/macos/build resources/packaging/flashdesk.spec
codesign --verify --deep --strict .work/macos/Flashdesk.app

image=.work/macos/image
rm -rf "$image"
mkdir -p "$image" dist
cp -R .work/macos/Flashdesk.app "$image/"
cp LICENSE "$image/LICENSE.txt"
ln -s /Applications "$image/Applications"
out=dist/flashdesk-$version-macos-arm64.dmg
attempt=1
# The system's indexer holds fresh files open now and then.
until hdiutil create -volname Flashdesk -srcfolder "$image" -format UDZO -ov "$out"; do
	[ "$attempt" -lt 3 ] || exit 1
	attempt=$((attempt + 1))
	sleep 5
done
if [ -n "${MACOS_IDENTITY-}" ]; then
	codesign --sign "$MACOS_IDENTITY" --timestamp "$out"
	if [ -n "${MACOS_NOTARY-}" ]; then
		xcrun notarytool submit "$out" --wait --keychain-profile "$MACOS_NOTARY" \
			${MACOS_KEYCHAIN:+--keychain "$MACOS_KEYCHAIN"}
		xcrun stapler staple "$out"
	fi
fi
say "$out: $(du -m "$out" | cut -f1) MB, $(du -sm "$image" | cut -f1) MB unpacked"
