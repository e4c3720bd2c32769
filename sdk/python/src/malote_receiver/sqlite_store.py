"""A durable store in one SQLite file, for all threads and processes of one machine."""
import contextlib
import os
import sqlite3
import threading
import time
import weakref
from typing import List, Optional, Union

from .clock import Clock
from .store import Claim

_SCHEMA = """
CREATE TABLE IF NOT EXISTS malote_receiver_keys (
  key TEXT PRIMARY KEY,
  done INTEGER NOT NULL,
  until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS malote_receiver_keys_until ON malote_receiver_keys (until);
"""

#: How many old keys one commit sweeps away: more than it adds, so that the file stays small.
_SWEEP = 20


class SQLiteStore:
    """Keys survive a restart and a crash. The file must not lie on a network file system.

    `timeout` is how many seconds a call waits for another process's write. A store made before a
    fork may be used after it: the child opens a connection of its own.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"], *, clock: Clock = time.time,
                 timeout: float = 5) -> None:
        self._path = path
        self._clock = clock
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connection: Optional[sqlite3.Connection] = None
        #: Connections of before a fork: neither used nor closed.
        self._parents: List[Optional[sqlite3.Connection]] = []
        if hasattr(os, "register_at_fork"):
            reference = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _start_again(reference()))
        with self._lock:
            self._connect()

    def begin(self, key: str, lease: float) -> Claim:
        now = self._clock()
        with _Transaction(self) as connection:
            row = connection.execute(
                "SELECT done, until FROM malote_receiver_keys WHERE key = ?", (key,)).fetchone()
            if row is not None and row[1] > now:
                if row[0]:
                    return Claim.DONE
                # A clock that was set back must not make a claim last longer than its lease.
                connection.execute("UPDATE malote_receiver_keys SET until = min(until, ?) "
                                   "WHERE key = ?", (now + lease, key))
                return Claim.IN_FLIGHT
            connection.execute("REPLACE INTO malote_receiver_keys VALUES (?, 0, ?)",
                               (key, now + lease))
            return Claim.ACQUIRED

    def commit(self, key: str, ttl: float) -> None:
        now = self._clock()
        with _Transaction(self) as connection:
            connection.execute("REPLACE INTO malote_receiver_keys VALUES (?, 1, ?)",
                               (key, now + ttl))
            connection.execute(
                "DELETE FROM malote_receiver_keys WHERE key IN (SELECT key FROM "
                "malote_receiver_keys WHERE until <= ? LIMIT ?)", (now, _SWEEP))

    def abort(self, key: str) -> None:
        with _Transaction(self) as connection:
            connection.execute(
                "DELETE FROM malote_receiver_keys WHERE key = ? AND NOT done", (key,))

    def close(self) -> None:
        """Later calls open the file again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None,
                                         check_same_thread=False)
            with contextlib.suppress(sqlite3.OperationalError):
                # Locked: another process is just making the file, and sets the same mode.
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
            self._connection = connection
        return self._connection


class _Transaction:
    """One write transaction on the store's connection; an error rolls it back."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store

    def __enter__(self) -> sqlite3.Connection:
        self._store._lock.acquire()
        try:
            connection = self._store._connect()
            connection.execute("BEGIN IMMEDIATE")
            return connection
        except BaseException:
            self._store._lock.release()
            raise

    def __exit__(self, kind: object, *_: object) -> None:
        connection = self._store._connect()
        try:
            connection.execute("ROLLBACK" if kind else "COMMIT")
        except sqlite3.Error:
            connection.close()  # whatever it was in the middle of ends here
            self._store._connection = None
            raise
        finally:
            self._store._lock.release()


def _start_again(store: Optional[SQLiteStore]) -> None:
    if store is not None:
        store._lock = threading.Lock()  # a thread of the parent may have held the old one
        store._parents.append(store._connection)
        store._connection = None
