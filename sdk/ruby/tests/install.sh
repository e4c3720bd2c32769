#!/usr/bin/env bash
# Builds the gem, installs it into an empty folder, without a network, and uses it from there.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

step() {  # step SENTENCE COMMAND...
  local sentence=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok   $sentence"
  else
    failed=$((failed + 1))
    echo "FAIL $sentence"
    sed 's/^/     /' "$work/log"
  fi
}

build() {
  (cd "$here" && gem build malote-receiver.gemspec --output "$work/receiver.gem")
}

holds_only_the_library() {
  local names
  names=$(tar -xOf "$work/receiver.gem" data.tar.gz | tar -tz) || return 1
  grep -qx 'lib/malote/receiver/events.rb' <<<"$names" && ! grep -Ev '^(lib/|README)' <<<"$names"
}

install_it() {
  gem install --local --no-document --install-dir "$work/gems" "$work/receiver.gem"
}

use_it() {
  (cd "$work" && GEM_HOME=$work/gems GEM_PATH=$work/gems ruby -w use.rb) |
    tee /dev/stderr | grep -qx 'order ord_1: 200'
}

cat >"$work/use.rb" <<'END'
gem "malote-receiver", "0.1.0"
require "malote/receiver"

app = Malote::App.new(secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=") do
  on_typed(Malote::Events::OrderCreated) { |order| print "order #{order.order_id}: " }
end
body = '{"id":"evt_1","type":"order.created","data":{"order_id":"ord_1"}}'
puts app.handle("POST", app.sign("msg_1", Time.now.to_i, body), body).status
END

step "the gem is built" build
step "the gem holds the library and nothing else" holds_only_the_library
step "the gem is installed" install_it
step "the installed gem is used" use_it
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
