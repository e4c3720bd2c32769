# Sourced by the scripts of this SDK: finds Go 1.19 or later as $GO, and keeps it off the network.
for GO in "${GO:-}" /usr/lib/go-1.19/bin/go go; do
  [ -n "$GO" ] && command -v "$GO" >/dev/null 2>&1 && break
  GO=
done
if [ -z "$GO" ]; then
  echo "skipped: no Go toolchain (apt-get install golang-1.19-go)"
  exit 77
fi
export GO GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off GOSUMDB=off GOWORK=off
