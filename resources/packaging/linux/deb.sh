# Sourced by build.sh: a Debian package around the frozen folder.
unpacked=$work/root
out=dist/flashdesk_${version}_$(dpkg --print-architecture).deb
doc=$unpacked/usr/share/doc/flashdesk
mkdir -p "$unpacked/DEBIAN" "$unpacked/usr/bin" "$unpacked/usr/lib/udev/rules.d" "$doc" \
	"$unpacked/usr/share/lintian/overrides"
mv "$work/flashdesk" "$unpacked/usr/lib/flashdesk"
ln -s ../lib/flashdesk/flashdesk "$unpacked/usr/bin/flashdesk"
cp "$here/70-flashdesk.rules" "$unpacked/usr/lib/udev/rules.d/"
cp "$here/lintian-overrides" "$unpacked/usr/share/lintian/overrides/flashdesk"
share "$unpacked/usr/share"
{
	printf 'Flashdesk\nCopyright 2026 the Flashdesk authors\nLicence: Apache-2.0, '
	printf 'whose text is in /usr/share/common-licenses/Apache-2.0\n\n'
	printf 'It contains the work of others, as follows. Texts of the GNU licences are in\n'
	printf '/usr/share/common-licenses (GPL-2, GPL-3, LGPL-3).\n\n'
	"$python" resources/packaging/licences.py --debian
} >"$doc/copyright"
{
	printf 'flashdesk (%s) unstable; urgency=medium\n\n  * See the changes of this version ' "$version"
	printf 'in its repository, resources/changes.md.\n\n -- %s  %s\n' "$maintainer" \
		"$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

# Depends, from what the files need. GTK's theme is used where GTK is, so nobody has to have it.
internal=$unpacked/usr/lib/flashdesk/_internal
mkdir -p "$work/shlibs/debian"
printf 'Source: flashdesk\n\nPackage: flashdesk\nArchitecture: any\n' >"$work/shlibs/debian/control"
depends=$(
	absolute=$root/$internal
	cd "$work/shlibs"
	find "$absolute/.." -type f ! -name libqgtk3.so \( -name '*.so*' -o -name flashdesk \) -print0 |
		xargs -0 dpkg-shlibdeps --ignore-missing-info -O -xflashdesk -l"$absolute" \
			-l"$absolute/PySide6/Qt/lib" -l"$absolute/shiboken6" 2>shlibs.log
) || {
	cat "$work/shlibs/shlibs.log" >&2
	exit 1
}
cat >"$unpacked/DEBIAN/control" <<END
Package: flashdesk
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size --exclude DEBIAN "$unpacked" | cut -f1)
Depends: ${depends#shlibs:Depends=}
Recommends: bluez
Section: electronics
Priority: optional
Description: firmware updates with a verdict that is proven
 Updates the firmware of devices that speak SMP (MCUmgr) over serial ports,
 Bluetooth and networks: Zephyr, Apache Mynewt and MCUboot. "Updated" means
 that the device was asked after its restart and runs exactly the image of
 the file, confirmed, with nothing pending.
 .
 A window for people, and commands with JSON for programs.
END
install -m 755 "$here/postinst" "$unpacked/DEBIAN/postinst"
(cd "$unpacked" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u+rwX,go+rX,go-w "$unpacked"
dpkg-deb --root-owner-group "-Z${FLASHDESK_COMPRESSION:-xz}" -b "$unpacked" "$out" >"$work/deb.log"
