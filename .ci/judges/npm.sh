#!/bin/bash
# Installs the judges that come from npm, at the versions in npm/package-lock.json, into a
# cache outside the repository:  npm.sh
# prints the folder on its last line. It asks the registry that npm is set up with, and none
# when the cache is there. No script of a package is run.
set -eu
here=$(cd "$(dirname "$0")/npm" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pressrun-judges-$(sha256sum < "$here/package-lock.json" | cut -c 1-12)

if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2> /dev/null || ! command -v npm > /dev/null; then
    echo "Node.js 18 or newer is needed, with npm, and here is $(node --version 2> /dev/null || echo none); see nodejs.org/en/download" >&2
    exit 1
fi
if [ ! -e "$cache/installed" ]; then
    rm -rf "$cache" && mkdir -p "$cache"
    cp "$here/package.json" "$here/package-lock.json" "$cache"
    (cd "$cache" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > npm.log 2>&1) || {
        tail -20 "$cache/npm.log" >&2
        echo "npm could not install the judges; it needs its registry once (npm config get registry), or $cache from another machine" >&2
        exit 1
    }
    touch "$cache/installed"
fi
echo "$cache"
