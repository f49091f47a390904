#!/bin/sh
# A built program proves itself, wherever it was built and installed: it tells its version, checks
# its parts, and brings a simulated device to run a file.
#   sh resources/packaging/smoke.sh PROGRAM PYTHON
# PYTHON has the project: it makes the firmware. tests/packages.sh looks closer, and at more.
set -eu
program=$1
python=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLASHDESK_STATE=$work/state
export FLASHDESK_STATE
cd "$(dirname "$0")/../.."
version=$("$python" -c 'import app; print(app.VERSION)')

# Through pipes, each: that is where output has failed.
"$program" --version | grep -F "flashdesk, version $version"
"$program" --self-test
"$python" -c 'import pathlib, sys, smp.simulator as s
pathlib.Path(sys.argv[1]).write_bytes(s.build_image("9.8.7", 20_000))' "$work/app.bin"
"$program" update "$work/app.bin" --device sim:fast --watch 1 --json | tee "$work/told"
tail -n 1 "$work/told" | grep -F '"outcome": "updated"' >/dev/null
echo "smoke.sh: $program works"
