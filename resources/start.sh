#!/bin/sh
# Start Flashdesk from a source checkout: sets up what is missing, then runs it.
#   sh resources/start.sh [--demo | COMMAND ...]     see `--help`
. "$(dirname "$0")/prepare.sh"
need_packages $python_packages $qt_packages
make_venv .venv ""
exec .venv/bin/flashdesk "$@"
