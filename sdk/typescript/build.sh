#!/usr/bin/env bash
# Builds dist/ if it is stale: `build.sh [npm-folder]...` also installs those folders' packages.
# Exits 77 with a line if Node, npm or the packages cannot be had. Several may run at once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing() {
  printf 'skipped: %s\n' "$1" >&2
  exit 77
}

command -v node >/dev/null || missing "there is no node (Debian: nodejs)"
command -v npm >/dev/null || missing "there is no npm (Debian: npm)"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || missing "node is older than 18"

install() {
  local stamp="$1/node_modules/.package-lock.json"
  [ ! "$1/package-lock.json" -nt "$stamp" ] || {
    # A link to this SDK, not a copy of what it is now (npm 9's default).
    (cd "$1" && npm ci --install-links=false --no-audit --no-fund --loglevel=error >&2) ||
      missing "npm ci failed in ${1#"$here"/}: is the registry within reach?"
    touch "$stamp"
  }
}

mkdir -p "$here/build"
exec 9>"$here/build/lock"
flock 9
install "$here"
stamp=$here/build/built
newer() { find "$here/src" "$here"/*.json -newer "$stamp" -print -quit; }
if [ ! -e "$stamp" ] || [ -n "$(newer)" ]; then
  rm -rf "$here/dist"
  (cd "$here" && node node_modules/typescript/bin/tsc -p tsconfig.json)
  touch "$stamp"
fi
for folder in "$@"; do install "$folder"; done
