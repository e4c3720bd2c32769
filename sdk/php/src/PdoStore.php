<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * Claims in a table, shared by all processes: SQLite, MySQL or PostgreSQL. Give it a connection of
 * its own: inside a transaction of yours a claim would be invisible to others until you commit.
 */
final class PdoStore implements Store
{
    private const PURGE_ONE_IN = 100;

    private ?\PDO $pdo = null;
    private string $insert = '';

    /**
     * @param \PDO|\Closure(): \PDO $connection as a function it is made on first use, and failing
     *     to is the store's failure, which the sender is told to wait out
     * @param string $table made by createTable()
     * @throws ConfigError bad_option
     */
    public function __construct(
        private readonly \PDO|\Closure $connection,
        private readonly string $table = 'malote_receiver_claims',
        private readonly Clock $clock = new SystemClock(),
    ) {
        if (preg_match('/^[A-Za-z_][A-Za-z0-9_.]*$/D', $table) !== 1) {
            throw new ConfigError('bad_option', 'the table of PdoStore must be a plain name');
        }
        if ($connection instanceof \PDO) {
            $this->use($connection);
        }
    }

    /** A store in an SQLite file, which is made on first use. */
    public static function sqlite(string $path, Clock $clock = new SystemClock()): self
    {
        $open = static function () use ($path): \PDO {
            $pdo = new \PDO("sqlite:$path", options: [\PDO::ATTR_TIMEOUT => 5]);
            $pdo->exec(self::tableSql('malote_receiver_claims'));
            return $pdo;
        };
        return new self($open, clock: $clock);
    }

    /** Once, when you set up your database. */
    public function createTable(): void
    {
        $this->pdo()->exec(self::tableSql($this->table));
    }

    public function begin(string $key, float $lease): Claim
    {
        $until = $this->millis($lease);
        if ($this->insert($key, $until)) {
            return Claim::Acquired;
        }
        // one statement, so that of many who find a claim run out, one gets it
        $take = "UPDATE $this->table SET done = 0, until_ms = ? WHERE claim = ? AND until_ms <= ?";
        if ($this->run($take, [$until, self::name($key), $this->millis(0)]) === 1) {
            return Claim::Acquired;
        }
        // a clock that was set back must not make a claim last longer than its lease
        $limit = "UPDATE $this->table SET until_ms = ? "
            . 'WHERE claim = ? AND done = 0 AND until_ms > ?';
        $this->run($limit, [$until, self::name($key), $until]);
        $query = $this->pdo()->prepare("SELECT done FROM $this->table WHERE claim = ?");
        $query->execute([self::name($key)]);
        // a row that went in between was aborted: the next attempt gets it
        return (int) $query->fetchColumn() === 1 ? Claim::Done : Claim::InFlight;
    }

    public function commit(string $key, float $ttl): void
    {
        $done = "UPDATE $this->table SET done = 1, until_ms = ? WHERE claim = ?";
        if ($this->run($done, [$this->millis($ttl), self::name($key)]) === 0) {
            $this->insert($key, 0);
            $this->run($done, [$this->millis($ttl), self::name($key)]);
        }
        if (random_int(1, self::PURGE_ONE_IN) === 1) {
            $this->purge();
        }
    }

    public function abort(string $key): void
    {
        $this->run("DELETE FROM $this->table WHERE claim = ? AND done = 0", [self::name($key)]);
    }

    /** Forgets what ran out; done now and then by itself. Returns how many. */
    public function purge(): int
    {
        return $this->run("DELETE FROM $this->table WHERE until_ms <= ?", [$this->millis(0)]);
    }

    private function insert(string $key, int $until): bool
    {
        $this->pdo();
        return $this->run($this->insert, [self::name($key), $until]) === 1;
    }

    /** @param list<string|int> $values */
    private function run(string $sql, array $values): int
    {
        $statement = $this->pdo()->prepare($sql);
        foreach ($values as $index => $value) {
            $kind = is_int($value) ? \PDO::PARAM_INT : \PDO::PARAM_STR;
            $statement->bindValue($index + 1, $value, $kind);
        }
        $statement->execute();
        return $statement->rowCount();
    }

    private function pdo(): \PDO
    {
        return $this->pdo ?? $this->use(($this->connection)());
    }

    private function use(\PDO $pdo): \PDO
    {
        if ($pdo->getAttribute(\PDO::ATTR_ERRMODE) !== \PDO::ERRMODE_EXCEPTION) {
            throw new ConfigError('bad_option', 'PdoStore needs PDO::ERRMODE_EXCEPTION');
        }
        $values = "$this->table (claim, done, until_ms) VALUES (?, 0, ?)";
        $this->insert = match ($pdo->getAttribute(\PDO::ATTR_DRIVER_NAME)) {
            'mysql' => "INSERT IGNORE INTO $values",
            'sqlite', 'pgsql' => "INSERT INTO $values ON CONFLICT (claim) DO NOTHING",
            default => throw new ConfigError('bad_option', 'PdoStore: sqlite, mysql or pgsql'),
        };
        return $this->pdo = $pdo;
    }

    private static function tableSql(string $table): string
    {
        return "CREATE TABLE IF NOT EXISTS $table (claim CHAR(64) NOT NULL PRIMARY KEY, "
            . 'done SMALLINT NOT NULL, until_ms BIGINT NOT NULL)';
    }

    private function millis(float $after): int
    {
        return (int) (($this->clock->now() + $after) * 1000);
    }

    /** Of one length and one case: MySQL compares without case, and not beyond a column's end. */
    private static function name(string $key): string
    {
        return hash('sha256', $key);
    }
}
