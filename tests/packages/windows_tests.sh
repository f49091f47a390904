#!/bin/sh
# The unit, property, conformance and widget tests on a Windows Python under Wine, on Debian 12 from
# nothing; see windows_tests.py.
#   sh tests/packages/windows_tests.sh [pytest arguments]
. "$(dirname "$0")/../../resources/prepare.sh"
need_packages python3 python3-venv wine64 gcc-mingw-w64-x86-64 fonts-dejavu-core
exec python3 -m tests.packages.windows_tests "$@"
