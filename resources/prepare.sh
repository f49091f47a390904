# Sourced by start.sh, tests/run.sh and what builds packages: system packages and a virtual
# environment, made where they are missing. Debian 12 and its relatives; elsewhere the packages are
# left to the user.

set -eu
root=$(cd "$(dirname "$0")" && pwd)
while [ ! -f "$root/pyproject.toml" ] && [ "$root" != / ]; do root=$(dirname "$root"); done
cd "$root"

say() { printf '%s\n' "flashdesk: $*" >&2; }

# Install those of the named Debian packages that are missing.
need_packages() {
	missing=
	command -v dpkg-query >/dev/null 2>&1 || return 0
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*"install ok installed") ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null 2>&1; then
			say "these system packages are missing:$missing"
			say "install them as root (apt-get install$missing) and start this again"
			exit 1
		fi
		as_root=sudo
	fi
	say "installing system packages:$missing"
	log=$(mktemp)
	# One list that cannot be fetched is no matter if the packages are in the others.
	$as_root apt-get -qq -o Acquire::Retries=3 update >"$log" 2>&1 || :
	if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 \
		-o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		say "the packages could not be installed; is the network reachable?"
		exit 1
	fi
	rm -f "$log"
}

# make_venv FOLDER EXTRAS: this project in an environment of its own, with the pinned versions.
make_venv() {
	stamp=$(cat pyproject.toml resources/constraints.txt | cksum | tr -d ' ')-$2
	[ "$(cat "$1/.stamp" 2>/dev/null)" = "$stamp" ] && return 0
	say "making the Python environment in $1 (once; some minutes on a slow network)"
	[ -x "$1/bin/python" ] || { rm -rf "$1" && python3 -m venv "$1"; }
	"$1/bin/python" -m pip --disable-pip-version-check -q install \
		-c resources/constraints.txt -e ".$2" || {
		say "the Python packages could not be installed; is the network reachable?"
		exit 1
	}
	printf '%s' "$stamp" >"$1/.stamp"
}

python_packages="python3 python3-venv"
qt_packages="libegl1 libgl1 libfontconfig1 libglib2.0-0 libdbus-1-3 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
