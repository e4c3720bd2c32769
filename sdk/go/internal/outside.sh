#!/bin/sh
# Packs the module as a Go proxy would serve it, installs it from there into an empty place, and uses
# it from a program of its own. Prints "outside: ok" last.
set -e
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/internal/toolchain.sh"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
module=malote.dev/receiver version=v0.1.0
python3 - "$here" "$place/proxy/$module/@v" "$module" "$version" <<'PACK'
import pathlib, sys, zipfile
source, target, module, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *sys.argv[3:]
target.mkdir(parents=True)
(target / "list").write_text(version + "\n")
(target / f"{version}.info").write_text(f'{{"Version":"{version}"}}')
(target / f"{version}.mod").write_text((source / "go.mod").read_text())
with zipfile.ZipFile(target / f"{version}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            archive.write(path, f"{module}@{version}/{path.relative_to(source)}")
PACK
mkdir "$place/program"
cd "$place/program"
cp "$here/internal/outside.go.txt" main.go
export GOPROXY="file://$place/proxy" GOMODCACHE="$place/modules" GOFLAGS="-mod=mod -modcacherw"
"$GO" mod init example.com/outside 2>/dev/null
"$GO" get "$module@$version" 2>/dev/null
"$GO" vet .
"$GO" run .
