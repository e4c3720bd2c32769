<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

/** A PHP server of its own process on 127.0.0.1, for one script. */
final class PhpServer
{
    private const SECONDS = 20;

    public readonly string $folder;
    private readonly string $address;
    /** @var resource */
    private $process;
    /** @var resource what the server logs */
    private $log;

    /**
     * @param array<string, string> $environment
     * @param list<string> $settings of php.ini
     */
    public function __construct(string $script, array $environment = [], array $settings = [])
    {
        $this->folder = sys_get_temp_dir() . '/malote-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
        // a session of its own, so that the server's workers can be ended with it
        $command = ['setsid', PHP_BINARY];
        foreach ($settings as $setting) {
            array_push($command, '-d', $setting);
        }
        array_push($command, '-S', '127.0.0.1:0', $script);
        $environment += [
            'STATE_DIR' => $this->folder,
            'EFFECTS_FILE' => $this->effectsFile(),
            'PHP_CLI_SERVER_WORKERS' => '5',
            'PATH' => (string) getenv('PATH'),
        ];
        $process = proc_open($command, [2 => ['pipe', 'w']], $pipes, null, $environment);
        if ($process === false) {
            throw new \RuntimeException('php -S does not start');
        }
        $this->process = $process;
        $this->log = $pipes[2];
        stream_set_timeout($this->log, self::SECONDS);
        do {
            $line = fgets($this->log);
            if ($line === false) {
                throw new \RuntimeException('php -S ended before it was ready');
            }
        } while (preg_match('~\(http://([^)]+)\) started~', $line, $part) !== 1);
        $this->address = $part[1];
    }

    public function __destruct()
    {
        posix_kill(-proc_get_status($this->process)['pid'], SIGKILL);
        fclose($this->log);
        proc_close($this->process);
        array_map('unlink', glob("$this->folder/*") ?: []);
        rmdir($this->folder);
    }

    /** @return list<string> the lines that handlers wrote */
    public function effects(): array
    {
        $file = $this->effectsFile();
        return is_file($file) ? file($file, FILE_IGNORE_NEW_LINES) : [];
    }

    /**
     * @param array<string, string|list<string>> $headers
     * @return array{int, string} status and body
     */
    public function post(array $headers, string $body, string $method = 'POST'): array
    {
        return self::receive($this->send($headers, $body, $method));
    }

    /**
     * The same request on many connections, all sent before any answer is read.
     *
     * @param array<string, string|list<string>> $headers
     * @return list<array{int, string}>
     */
    public function postAtOnce(int $copies, array $headers, string $body): array
    {
        $sockets = array_map(fn () => $this->send($headers, $body, 'POST'), range(1, $copies));
        return array_map(self::receive(...), $sockets);
    }

    /** @return resource */
    private function send(array $headers, string $body, string $method)
    {
        $socket = stream_socket_client("tcp://$this->address", $code, $message, self::SECONDS);
        if ($socket === false) {
            throw new \RuntimeException("no connection to $this->address: $message");
        }
        stream_set_timeout($socket, self::SECONDS);
        $head = "$method /hook HTTP/1.1\r\nHost: $this->address\r\nConnection: close\r\n";
        foreach ($headers + ['Content-Length' => (string) strlen($body)] as $name => $values) {
            foreach ((array) $values as $value) {
                $head .= "$name: $value\r\n";
            }
        }
        // a server that has seen enough may close before it has read all
        set_error_handler(static fn () => true);
        for ($rest = "$head\r\n$body"; $rest !== ''; $rest = substr($rest, $written)) {
            $written = fwrite($socket, $rest);
            if ($written === false || $written === 0) {
                break;
            }
        }
        restore_error_handler();
        return $socket;
    }

    /**
     * @param resource $socket
     * @return array{int, string}
     */
    private static function receive($socket): array
    {
        [$head, $body] = explode("\r\n\r\n", (string) stream_get_contents($socket), 2) + [1 => ''];
        fclose($socket);
        return [(int) substr($head, 9, 3), $body];
    }

    private function effectsFile(): string
    {
        return "$this->folder/effects.txt";
    }
}
