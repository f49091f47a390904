#!/bin/sh
# Every check there is: lint, types, unit, property, conformance, GUI, end to end.
#   sh tests/run.sh [pytest arguments]
# FLASHDESK_ZEPHYR_SERVERS=DIR adds the tests against real Zephyr and MCUboot servers.
. "$(dirname "$0")/../resources/prepare.sh"
need_packages $python_packages $qt_packages xvfb xdotool openbox
make_venv .venv "[test]"
python=.venv/bin/python
began=$(date +%s)
failed=

check() {
	name=$1
	shift
	say "$name"
	"$@" || failed="$failed $name"
}

check lint .venv/bin/ruff check --no-cache
check format .venv/bin/ruff format --no-cache --check -q
check types .venv/bin/mypy
mkdir -p .work/artifacts
check tests "$python" -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider \
	--junit-xml .work/tests.xml "$@"
"$python" tests/summary.py .work/tests.xml "$(($(date +%s) - began))" "$failed"
[ -z "$failed" ]
