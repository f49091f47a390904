#!/bin/sh
# setup.exe into dist/, on Debian 12 under Wine, from nothing. On Windows: build.py, with the Python
# that has the project and PyInstaller.
. "$(dirname "$0")/../../prepare.sh"
need_packages python3 python3-venv wine64 gcc-mingw-w64-x86-64 nsis osslsigncode fonts-dejavu-core
exec python3 resources/packaging/windows/build.py "$@"
