<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Catalogue;
use Malote\Receiver\Claim;
use Malote\Receiver\ConfigError;
use Malote\Receiver\MemoryStore;
use Malote\Receiver\OverBudget;
use Malote\Receiver\PdoStore;
use Malote\Receiver\Receiver;
use Malote\Receiver\Store;
use Malote\Receiver\SystemClock;

/** @return array<string, \Closure(ManualClock): Store> */
function stores(): array
{
    return [
        'memory' => static fn (ManualClock $clock) => new MemoryStore($clock),
        'sqlite' => static fn (ManualClock $clock) => PdoStore::sqlite(':memory:', $clock),
    ];
}

test('a store claims, remembers, frees and forgets', function () {
    foreach (stores() as $name => $make) {
        $clock = new ManualClock(NOW);
        $store = $make($clock);
        same(Claim::Acquired, $store->begin('a', 60), $name);
        same(Claim::InFlight, $store->begin('a', 60), $name);
        same(Claim::Acquired, $store->begin('A', 60), "$name: keys differ in case");
        same(Claim::Acquired, $store->begin('a ', 60), "$name: keys differ in spaces");
        $store->abort('a');
        same(Claim::Acquired, $store->begin('a', 60), "$name: aborted");
        $store->commit('a', 100);
        $store->abort('a');
        same(Claim::Done, $store->begin('a', 60), "$name: done stays done");
        $clock->now += 99.9;
        same(Claim::Done, $store->begin('a', 60), $name);
        $clock->now += 0.1;
        same(Claim::Acquired, $store->begin('a', 60), "$name: after the ttl");
        $clock->now += 59.9;
        same(Claim::InFlight, $store->begin('a', 60), $name);
        $clock->now += 0.1;
        same(Claim::Acquired, $store->begin('a', 60), "$name: after the lease");
        $clock->now -= 5000;
        same(Claim::InFlight, $store->begin('a', 60), "$name: a clock that went back");
        $clock->now += 60;
        same(Claim::Acquired, $store->begin('a', 60), "$name: a lease later by that clock");
        $store->commit('never begun', 60);
        same(Claim::Done, $store->begin('never begun', 60), $name);
        $store->abort('unknown');
        foreach (['', '0', "\0", str_repeat('x', 100_000), "' OR 1=1 --"] as $key) {
            same(Claim::Acquired, $store->begin($key, 60), "$name: odd keys");
            same(Claim::InFlight, $store->begin($key, 60), "$name: odd keys");
        }
    }
});

test('the memory store is bounded, and forgets what is done first', function () {
    $store = new MemoryStore(new ManualClock(NOW), 3);
    $store->begin('busy', 60);
    foreach (['a', 'b', 'c'] as $key) {
        same(Claim::Acquired, $store->begin($key, 60));
        $store->commit($key, 60);
    }
    same(Claim::InFlight, $store->begin('busy', 60));
    same(Claim::Done, $store->begin('c', 60));
    same(Claim::Acquired, $store->begin('a', 60));
    same(Claim::Acquired, $store->begin('d', 60));
    throws(\OverflowException::class, fn () => $store->begin('e', 60));
});

test('the PDO store purges what ran out, and nothing else', function () {
    $clock = new ManualClock(NOW);
    $store = PdoStore::sqlite(':memory:', $clock);
    foreach (['a', 'b'] as $key) {
        $store->begin($key, 60);
        $store->commit($key, $key === 'a' ? 10 : 1000);
    }
    $store->begin('c', 20);
    $clock->now += 100;
    same(2, $store->purge());
    same(Claim::Done, $store->begin('b', 60));
});

test('the PDO store refuses a connection that hides errors, and an odd table', function () {
    $pdo = new \PDO('sqlite::memory:');
    $pdo->setAttribute(\PDO::ATTR_ERRMODE, \PDO::ERRMODE_SILENT);
    throws(ConfigError::class, fn () => new PdoStore($pdo));
    $pdo = new \PDO('sqlite::memory:');
    throws(ConfigError::class, fn () => new PdoStore($pdo, 'a; DROP TABLE b'));
    $store = new PdoStore(new \PDO('sqlite::memory:'));
    throws(\PDOException::class, fn () => $store->begin('a', 1));
});

test('a database that cannot be reached is a store that is down', function () {
    $errors = 0;
    $receiver = receiver(store: PdoStore::sqlite('/nowhere/at/all.db'))
        ->on('order.created', fn () => throw new \LogicException('not to be run'))
        ->onError(function (\Throwable $error) use (&$errors) {
            $errors += $error instanceof \PDOException ? 1 : 0;
        });
    same(503, deliver($receiver)->status);
    same(1, $errors);
});

test('of many processes that claim one key, one gets it', function () {
    $path = tempnam(sys_get_temp_dir(), 'malote');
    PdoStore::sqlite($path);
    $results = [];
    foreach (range(1, 5) as $number) {
        $results[] = in_child(function () use ($path): string {
            $store = PdoStore::sqlite($path);
            $got = '';
            foreach (range(1, 20) as $key) {
                $got .= $store->begin("key $key", 600) === Claim::Acquired ? '1' : '0';
            }
            return $got;
        });
    }
    $winners = array_fill(0, 20, 0);
    foreach ($results as $result) {
        foreach (str_split(stream_get_contents($result)) as $key => $got) {
            $winners[$key] += (int) $got;
        }
    }
    array_map('unlink', glob("$path*"));
    same(array_fill(0, 20, 1), $winners);
});

/** @return resource what the child writes, once it ends */
function in_child(\Closure $work)
{
    $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    if (pcntl_fork() === 0) {
        fclose($pair[0]);
        try {
            fwrite($pair[1], $work());
        } finally {
            // without what the parent wants to happen at its own end
            posix_kill(getmypid(), SIGKILL);
        }
    }
    fclose($pair[1]);
    return $pair[0];
}

test('a copy of what was done is not handled again', function () {
    foreach (stores() as $name => $make) {
        $ran = 0;
        $receiver = receiver(store: $make(new ManualClock(NOW)))->onAny(function () use (&$ran) {
            $ran++;
        });
        same('{"received":true}', deliver($receiver)->body, $name);
        same('{"received":true,"duplicate":true}', deliver($receiver)->body, $name);
        same('{"received":true}', deliver($receiver, ORDER, [], 'msg_2')->body, $name);
        same(2, $ran, $name);
    }
});

test('without a store every copy runs', function () {
    $ran = 0;
    $receiver = receiver()->on('order.created', function () use (&$ran) {
        $ran++;
    });
    deliver($receiver);
    deliver($receiver);
    same(2, $ran);
});

test('what failed, and what is to be retried, runs again; what is parked does not', function () {
    $ran = '';
    $receiver = receiver(store: new MemoryStore(new ManualClock(NOW)))->on(
        'order.created',
        function () use (&$ran) {
            $ran .= '.';
            return match (strlen($ran)) {
                1 => throw new \Exception(),
                2 => \Malote\Receiver\Outcome::retry(0),
                default => \Malote\Receiver\Outcome::park('x'),
            };
        },
    );
    same([500, 503, 200, 200], array_map(fn () => deliver($receiver)->status, range(1, 4)));
    same('...', $ran);
});

test('a store that fails to begin is 503, or not minded', function () {
    foreach (['refuse' => [503, 0], 'run' => [200, 1]] as $choice => $wanted) {
        $store = new ScriptedStore(new MemoryStore());
        $store->down = ['begin'];
        $ran = 0;
        $receiver = receiver(store: $store, onStoreError: $choice)->onAny(function () use (&$ran) {
            $ran++;
        });
        same($wanted, [deliver($receiver)->status, $ran], $choice);
    }
});

test('a store that fails after the work was done does not undo it', function () {
    $store = new ScriptedStore(new MemoryStore());
    $store->down = ['commit', 'abort'];
    $errors = [];
    $fails = false;
    $receiver = receiver(store: $store)
        ->on('order.created', function () use (&$fails) {
            $fails && throw new \Exception('the handler fails');
        })
        ->onError(function (\Throwable $error) use (&$errors) {
            $errors[] = $error->getMessage();
        });
    same(200, deliver($receiver)->status);
    $fails = true;
    same(500, deliver($receiver, ORDER, [], 'msg_2')->status);
    same(['the store is down (commit)', 'the handler fails', 'the store is down (abort)'], $errors);
});

test('a copy waits for the first, and a claim that is not given up is 503', function () {
    $clock = new ManualClock(NOW);
    $store = new MemoryStore($clock);
    $store->begin('standard/msg_1', 60);
    $receiver = receiver(store: $store, clock: $clock, wait: 5.0);
    $answer = deliver($receiver);
    same('503 {"error":"try_again"}', "$answer->status $answer->body");
    same('5', $answer->headers['Retry-After']);
    same(true, $clock->now >= NOW + 5 && $clock->now < NOW + 6);
});

test('a lease that ran out is not given back: another may have it', function () {
    $clock = new ManualClock(NOW);
    $store = new MemoryStore($clock);
    $receiver = receiver(store: $store, clock: $clock);
    $receiver->on('order.created', function () use ($clock, $store) {
        $clock->now += 61;
        same(Claim::Acquired, $store->begin('standard/msg_1', 60));
        throw new \Exception();
    });
    deliver($receiver);
    same(Claim::InFlight, $store->begin('standard/msg_1', 60));
});

test('work that ends late is 503, but done is done', function () {
    $clock = new ManualClock(NOW);
    $ran = 0;
    $receiver = receiver(store: new MemoryStore($clock), clock: $clock, budget: 8.0)->on(
        'order.created',
        function () use ($clock, &$ran) {
            $ran++;
            $clock->now += 8.1;
        },
    );
    same(503, deliver($receiver)->status);
    same('{"received":true,"duplicate":true}', deliver($receiver)->body);
    same(1, $ran);
});

test('the alarm cuts off a handler, and leaves the claim to its lease', function () {
    $clock = new ManualClock(NOW);
    $ran = 0;
    $receiver = receiver(store: new MemoryStore($clock), clock: $clock);
    $receiver->on('order.created', function () use (&$ran) {
        $ran++;
        if ($ran === 1) {
            posix_kill(getmypid(), SIGALRM);
            throw new \Error('the alarm did not come');
        }
    });
    $seen = null;
    $receiver->onError(function (\Throwable $error) use (&$seen) {
        $seen = $error;
    });
    same(503, deliver($receiver)->status);
    same(OverBudget::class, $seen::class);
    same(SIG_DFL, pcntl_signal_get_handler(SIGALRM), 'the alarm is put back');
    same(503, deliver($receiver)->status);
    $clock->now += 60;
    same(200, deliver($receiver)->status);
    same(2, $ran);
});

test('sessions of every scheme end as the contract says', function () {
    $file = json_decode((string) file_get_contents(__DIR__ . '/sessions.json'), true);
    foreach (Catalogue::PROFILES as $scheme => $profile) {
        foreach ($file['sessions'] as $session) {
            $run = new SessionRun(
                ['profile' => $scheme] + $session,
                ['now' => NOW, 'profiles' => Catalogue::PROFILES] + $file,
            );
            same([], $run->faults(), "$scheme {$session['id']}");
        }
    }
});

test('the system clock tells the time', function () {
    $clock = new SystemClock();
    $before = time();
    same(true, $clock->now() >= $before);
    $receiver = new Receiver(secret: WHSEC);
    same(200, $receiver->respond('POST', $receiver->sign('1', $before, ORDER), ORDER)->status);
});
