<?php

declare(strict_types=1);

/* php tests/run.php [TEXT]: runs the tests, or those whose sentence contains the text. */

namespace Malote\Receiver\Tests;

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new \ErrorException($message, 0, $level, $file, $line);
});
ini_set('error_log', '/dev/null');

require __DIR__ . '/../autoload.php';
foreach (glob(__DIR__ . '/support/*.php') ?: [] as $file) {
    require $file;
}
foreach (glob(__DIR__ . '/*_test.php') ?: [] as $file) {
    require $file;
}
exit(run_tests($argv[1] ?? ''));
