<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** The request PHP itself is serving: FPM, mod_php, `php -S`. */
final class Sapi
{
    public static function run(Receiver $receiver): void
    {
        ignore_user_abort(true);
        // a handler that ends the script, or a fatal error on the page, must not look like success
        self::markFailed();
        $level = ob_get_level();
        ob_start();
        $response = $receiver->respond(
            (string) ($_SERVER['REQUEST_METHOD'] ?? ''),
            Headers::fromGlobals(),
            static fn (int $limit): string => self::readInput($limit),
        );
        while (ob_get_level() > $level) {
            ob_end_clean();
        }
        self::send($response);
    }

    /** Until there is an answer, the status is 500: PHP answers 200 to errors it displays. */
    public static function markFailed(): void
    {
        if (PHP_SAPI !== 'cli' && !headers_sent()) {
            http_response_code(500);
        }
    }

    private static function readInput(int $limit): string
    {
        $input = fopen('php://input', 'rb');
        $body = $input === false ? '' : (string) stream_get_contents($input, $limit);
        if ($body === '' && (int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > 0) {
            throw new ConfigError('body_consumed', 'php://input is empty although a body was sent; '
                . 'something before the receiver has read it');
        }
        return $body;
    }

    private static function send(Response $response): void
    {
        if (!headers_sent()) {
            http_response_code($response->status);
            foreach ($response->headers as $name => $value) {
                header("$name: $value");
            }
        }
        echo $response->body;
    }
}
