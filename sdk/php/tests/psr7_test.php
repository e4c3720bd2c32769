<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\ConfigError;
use Malote\Receiver\Receiver;
use Nyholm\Psr7\Factory\Psr17Factory;
use Nyholm\Psr7\ServerRequest;
use Nyholm\Psr7\Stream;
use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;

/** Debian's package, or nothing to test with */
function has_psr7(): bool
{
    $debian = '/usr/share/php/Nyholm/Psr7/autoload.php';
    if (is_file($debian)) {
        require_once $debian;
    }
    return class_exists(Psr17Factory::class);
}

/** @return array{int, string} */
function answered(ResponseInterface $response): array
{
    return [$response->getStatusCode(), (string) $response->getBody()];
}

function psr7_receiver(?ResponseFactoryInterface $factory = new Psr17Factory()): Receiver
{
    return receiver(responseFactory: $factory);
}

if (!has_psr7()) {
    fwrite(STDERR, "skipped: the PSR-7 tests need Debian's php-nyholm-psr7\n");
    return;
}

test('a PSR-7 request is answered with a PSR-7 response, with either kind of factory', function () {
    $onlyResponses = new class implements ResponseFactoryInterface {
        public function createResponse(int $code = 200, string $reason = ''): ResponseInterface
        {
            return (new Psr17Factory())->createResponse($code, $reason);
        }
    };
    foreach ([new Psr17Factory(), $onlyResponses] as $factory) {
        $receiver = psr7_receiver($factory);
        $response = $receiver->handle(new ServerRequest('POST', '/', signed($receiver), ORDER));
        same([200, '{"received":true}'], answered($response));
        same('application/json', $response->getHeaderLine('content-type'));
        $response = $receiver->handle(new ServerRequest('PUT', '/', signed($receiver), ORDER));
        same([405, 'POST'], [$response->getStatusCode(), $response->getHeaderLine('allow')]);
    }
    $request = new ServerRequest('POST', '/');
    throws(ConfigError::class, fn () => psr7_receiver(null)->handle($request));
});

test('copies of a PSR-7 header are seen', function () {
    $receiver = psr7_receiver();
    $headers = signed($receiver);
    $headers['webhook-id'] = ['msg_1', 'msg_1'];
    same(401, $receiver->handle(new ServerRequest('POST', '/', $headers, ORDER))->getStatusCode());
});

test('a PSR-7 body that was read is read again, or the remedy is logged', function () {
    $receiver = psr7_receiver();
    $request = new ServerRequest('POST', '/', signed($receiver), ORDER);
    $request->getBody()->getContents();
    same(200, $receiver->handle($request)->getStatusCode());

    $pipe = static function () {
        [$read, $write] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        fwrite($write, ORDER);
        return Stream::create($read);
    };
    $unread = $request->withBody($pipe());
    same(200, $receiver->handle($unread)->getStatusCode(), 'a stream that cannot be rewound');
    $logged = '';
    $receiver->onError(function (\Throwable $error) use (&$logged) {
        $logged = $error->getMessage();
    });
    $detached = Stream::create(ORDER);
    $detached->detach();
    $empty = $request->withHeader('content-length', '73')->withBody(Stream::create(''));
    foreach ([$request->withBody($detached), $empty] as $consumed) {
        $logged = '';
        $response = $receiver->handle($consumed);
        same([500, '{"error":"not_configured"}'], answered($response));
        contains('before middleware that parses bodies', $logged);
    }
});

test('no more of a PSR-7 body is read than the limit', function () {
    $receiver = psr7_receiver();
    $endless = new class implements \Psr\Http\Message\StreamInterface {
        public int $read = 0;

        public function read($length): string
        {
            $this->read += $length;
            return str_repeat('x', $length);
        }

        public function __toString(): string
        {
            throw new \LogicException('the whole of it was asked for');
        }

        public function close(): void
        {
        }

        public function detach()
        {
            return null;
        }

        public function getSize(): ?int
        {
            return null;
        }

        public function tell(): int
        {
            return $this->read;
        }

        public function eof(): bool
        {
            return false;
        }

        public function isSeekable(): bool
        {
            return false;
        }

        public function seek($offset, $whence = SEEK_SET): void
        {
        }

        public function rewind(): void
        {
        }

        public function isWritable(): bool
        {
            return false;
        }

        public function write($string): int
        {
            return 0;
        }

        public function isReadable(): bool
        {
            return true;
        }

        public function getContents(): string
        {
            throw new \LogicException('the whole of it was asked for');
        }

        public function getMetadata($key = null)
        {
            return null;
        }
    };
    $request = (new ServerRequest('POST', '/', signed($receiver)))->withBody($endless);
    same(413, $receiver->handle($request)->getStatusCode());
    same(1_048_577, $endless->read);
});
