#!/bin/sh
# setup.exe into dist/: on Debian 12 under Wine, from nothing; on Windows (Git's sh) with the `python`
# on the PATH, which gets the project and PyInstaller where it lacks them.
. "$(dirname "$0")/../../prepare.sh"
case $(uname -s) in
MINGW* | MSYS* | CYGWIN*)
	python -c 'import PyInstaller, PySide6' 2>/dev/null ||
		python -m pip install -q -c resources/constraints.txt -e ".[package]"
	exec python resources/packaging/windows/build.py "$@"
	;;
esac
need_packages python3 python3-venv wine64 gcc-mingw-w64-x86-64 nsis osslsigncode fonts-dejavu-core
exec python3 resources/packaging/windows/build.py "$@"
