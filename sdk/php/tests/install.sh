#!/usr/bin/env bash
# Packs the library, installs the archive with Composer into an empty project, without a network,
# and uses it from there.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v composer >/dev/null; then
  echo "skipped: the package test needs composer (Debian: composer)"
  echo "0 passed, 0 failed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export COMPOSER_HOME=$work/home COMPOSER_DISABLE_NETWORK=1 COMPOSER_ALLOW_SUPERUSER=1
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

holds_only_the_library() {
  local names
  names=$(tar -tf "$work/packages/receiver.tar") || return 1
  grep -q '^src/Receiver.php$' <<<"$names" && grep -q '^generated/events.php$' <<<"$names" &&
    ! grep -E '^(tests|bench|test|conformance|generate.py)(/|$)' <<<"$names"
}

use_it() {
  php "$work/app/use.php" | grep -qx 'order ord_1: 200'
}

mkdir -p "$work/packages" "$work/app"
make_project() {  # of type "package": one of type "artifact" wants PHP's zip extension
  php -r '
    $package = json_decode(file_get_contents($argv[1]), true);
    $package["dist"] = ["type" => "tar", "url" => $argv[2]];
    echo json_encode([
        "repositories" => [
            ["type" => "package", "package" => $package],
            ["packagist.org" => false],
        ],
        "require" => ["malote/receiver" => "0.1.0"],
    ]);' "$here/composer.json" "$work/packages/receiver.tar" >"$work/app/composer.json"
}

cat >"$work/app/use.php" <<'END'
<?php
declare(strict_types=1);
require __DIR__ . '/vendor/autoload.php';
use Malote\Receiver\Event;
use Malote\Receiver\Events\OrderCreated;
use Malote\Receiver\Receiver;

$receiver = (new Receiver(secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='))
    ->onTyped(OrderCreated::class, function (OrderCreated $order) {
        echo "order $order->order_id: ";
    });
$body = '{"id":"evt_1","type":"order.created","data":{"order_id":"ord_1"}}';
echo $receiver->respond('POST', $receiver->sign('msg_1', time(), $body), $body)->status, "\n";
END

step "composer.json is valid" \
  composer --working-dir="$here" --no-interaction --no-check-publish validate
step "the library is packed" composer --working-dir="$here" --no-interaction archive \
  --format=tar --dir="$work/packages" --file=receiver
step "the archive holds the library and nothing else" holds_only_the_library
step "a project is made" make_project
step "the archive is installed" composer --working-dir="$work/app" --no-interaction install
step "the installed library is used" use_it
step "it works with an optimised autoloader too" composer --working-dir="$work/app" \
  --no-interaction dump-autoload --classmap-authoritative
step "the installed library is used again" use_it
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
