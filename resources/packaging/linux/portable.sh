# Sourced by build.sh: the frozen folder as a tar.xz that runs where it is unpacked.
unpacked=$work/flashdesk
out=dist/flashdesk-$version-linux-$(uname -m).tar.xz
share "$unpacked/share"
cp "$here/70-flashdesk.rules" "$unpacked/share/"
cp LICENSE "$unpacked/"
filled "$here/README.txt" >"$unpacked/README.txt"
# The system's libraries that are inside are others' work as well.
mkdir "$unpacked/licences"
for library in $(find "$unpacked/_internal" -maxdepth 1 -name 'lib*.so*' -type f); do
	# dpkg knows some of them by where they were before /lib became a link.
	package=$(dpkg-query -S "*/$(basename "$library")" 2>/dev/null | sed -n '1s/:.*//p')
	[ -n "$package" ] || continue # of a wheel
	cp "/usr/share/doc/$package/copyright" "$unpacked/licences/$package.txt"
done
find "$unpacked" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
pack=xz
[ "${FLASHDESK_COMPRESSION-}" != zstd ] || pack="xz -1"
tar -C "$work" --owner=0 --group=0 --sort=name -I "$pack -T0" -cf "$out" flashdesk
