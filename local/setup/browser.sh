#!/bin/sh
# Finds a Chromium for the tests of pages; as root of a Debian installs it. Called by make.
set -eu
cd "$(dirname "$0")/../.."

is_there() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

if ! is_there && grep -q "^ID=debian" /etc/os-release 2>/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Debian's Chromium (once, about half a minute) ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium \
        >/dev/null
fi
is_there || {
    echo "A browser is missing: install chromium or google-chrome, so that it is on the PATH." >&2
    exit 1
}
touch .venv/.browser
