#!/bin/sh
# A keychain of its own for the certificate and the notary's profile, out of the environment:
#   sh resources/packaging/macos/keychain.sh >>"$GITHUB_ENV"
# Prints what build.sh needs, as NAME=VALUE; nothing where CERTIFICATE is empty.
#
# CERTIFICATE         a "Developer ID Application" with its key, PKCS #12 in base64
# PASSWORD            its password
# APPLE_ID, TEAM      whose the notarization is; empty: none
# NOTARY_PASSWORD     the Apple ID's password for this program
set -eu
[ -n "${CERTIFICATE-}" ] || exit 0
chain=$HOME/flashdesk-signing.keychain-db
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
key=$(openssl rand -hex 20)
{
	printf '%s' "$CERTIFICATE" | base64 --decode >"$work/certificate.p12"
	security create-keychain -p "$key" "$chain"
	security set-keychain-settings -lut 3600 "$chain"
	security unlock-keychain -p "$key" "$chain"
	security import "$work/certificate.p12" -k "$chain" -P "$PASSWORD" -T /usr/bin/codesign
	security set-key-partition-list -S apple-tool:,apple: -s -k "$key" "$chain"
	security list-keychains -d user -s "$chain" login.keychain-db
} >&2
identity=$(security find-identity -v -p codesigning "$chain" | sed -n 's/.*"\(Developer ID.*\)".*/\1/p' | head -n 1)
echo "MACOS_IDENTITY=$identity"
if [ -n "${APPLE_ID-}" ]; then
	xcrun notarytool store-credentials flashdesk --keychain "$chain" \
		--apple-id "$APPLE_ID" --team-id "$TEAM" --password "$NOTARY_PASSWORD" >&2
	echo "MACOS_NOTARY=flashdesk"
	echo "MACOS_KEYCHAIN=$chain"
fi
