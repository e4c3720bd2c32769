<?php

declare(strict_types=1);

namespace Malote\Receiver;

use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;

/** PSR-7 requests and responses, of any implementation. */
final class Psr7
{
    public static function respond(
        Receiver $receiver,
        ServerRequestInterface $request,
        ResponseFactoryInterface $factory,
    ): ResponseInterface {
        $answer = $receiver->respond(
            $request->getMethod(),
            Headers::fromMap($request->getHeaders()),
            static fn (int $limit): string => self::read($request, $limit),
        );
        $response = $factory->createResponse($answer->status);
        foreach ($answer->headers as $name => $value) {
            $response = $response->withHeader($name, $value);
        }
        if ($factory instanceof StreamFactoryInterface) {
            return $response->withBody($factory->createStream($answer->body));
        }
        $response->getBody()->write($answer->body);
        return $response;
    }

    /** @throws ConfigError body_consumed */
    private static function read(ServerRequestInterface $request, int $limit): string
    {
        $body = '';
        try {
            $stream = $request->getBody();
            if ($stream->isSeekable()) {
                $stream->rewind();
            } elseif ($stream->tell() > 0) {
                throw self::consumed();
            }
            $body = self::readStream($stream, $limit);
        } catch (\RuntimeException $unreadable) {
            throw self::consumed();
        }
        if ($body === '' && (int) $request->getHeaderLine('content-length') > 0) {
            throw self::consumed();
        }
        return $body;
    }

    private static function readStream(StreamInterface $stream, int $limit): string
    {
        $body = '';
        while (strlen($body) < $limit && !$stream->eof()) {
            $body .= $stream->read(min(65_536, $limit - strlen($body)));
        }
        return $body;
    }

    private static function consumed(): ConfigError
    {
        return new ConfigError('body_consumed', 'the body was read before it came to the receiver: '
            . 'put the receiver before middleware that parses bodies');
    }
}
