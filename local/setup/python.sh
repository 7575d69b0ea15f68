#!/bin/sh
# Makes .venv with Python 3.13 and everything of requirements-dev.txt. Called by make.
set -eu
cd "$(dirname "$0")/../.."

is_right() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in python3.13 "$(uv python find 3.13 2>/dev/null || true)" python3 python; do
        if [ -n "$candidate" ] && is_right "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

python=$(find_python) || {
    echo "Python 3.13 is missing: install it (python3.13 on the PATH, pyenv or uv) and try again." >&2
    exit 1
}
echo "Setting up Python packages in .venv (once, about half a minute) ..."
[ -x .venv/bin/python ] && is_right .venv/bin/python || { rm -rf .venv; "$python" -m venv .venv; }
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
    --requirement requirements-dev.txt
touch .venv/.installed
