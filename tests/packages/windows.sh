#!/bin/sh
# setup.exe proven under Wine, on Debian 12 from nothing; see windows.py.
# The same environment as that of the Linux packages, which are built with Debian's own Python.
PATH=/usr/bin:/bin:$PATH
. "$(dirname "$0")/../../resources/prepare.sh"
need_packages $python_packages $qt_packages wine64 gcc-mingw-w64-x86-64 nsis osslsigncode openssl \
	fonts-dejavu-core xvfb xdotool openbox tesseract-ocr
make_venv .work/package-venv "[package]"
exec .work/package-venv/bin/python -m tests.packages.windows "$@"
