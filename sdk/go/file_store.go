package receiver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FileStore is a MemoryStore whose done keys survive a restart: each commit appends one line to a
// log and syncs it before the sender is told. Claims are not written, because the handlers that
// held them ended with the process. One process at a time may have the file open.
type FileStore struct {
	memory *MemoryStore
	path   string
	lock   *os.File
	mutex  sync.Mutex // guards what follows
	log    *os.File
	size   int64
	lines  int
	spare  int // lines the log may have beyond twice the keys before it is rewritten
}

// OpenFileStore opens or makes the log at path; beside it are path.lock and, for moments, path.new.
func OpenFileStore(path string, config StoreConfig) (*FileStore, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &problem{ErrStore, "cannot open the lock file", err}
	}
	if err := lockFile(lock); err != nil {
		lock.Close()
		return nil, &problem{ErrStore, path + " is open in another process", err}
	}
	store := &FileStore{memory: NewMemoryStore(config), path: path, lock: lock, spare: 1000}
	if err = store.load(); err == nil {
		err = store.rewrite()
	}
	if err != nil {
		lock.Close()
		return nil, &problem{ErrStore, "cannot read or write " + path, err}
	}
	return store, nil
}

// Begin claims a key within this process.
func (f *FileStore) Begin(ctx context.Context, key string, lease time.Duration) (State, error) {
	return f.memory.Begin(ctx, key, lease)
}

// Abort frees a claim.
func (f *FileStore) Abort(ctx context.Context, key string) error {
	return f.memory.Abort(ctx, key)
}

// Commit returns when the key is on disk.
func (f *FileStore) Commit(ctx context.Context, key string, ttl time.Duration) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.log == nil {
		return problemf(ErrStore, "the file store is closed")
	}
	line := logLine(key, f.memory.config.Clock.Now().Add(ttl))
	_, err := f.log.WriteString(line)
	if err == nil {
		err = f.log.Sync()
	}
	if err != nil {
		_ = f.log.Truncate(f.size) // or the next line would be glued to half of this one
		_ = f.memory.Commit(ctx, key, ttl)
		return &problem{ErrStore, "cannot write " + f.path, err}
	}
	f.size += int64(len(line))
	f.lines++
	if err := f.memory.Commit(ctx, key, ttl); err != nil {
		return err
	}
	if f.lines > 2*f.memory.Len()+f.spare {
		return f.rewrite()
	}
	return nil
}

// Close lets go of the file. Handlers that still run can no longer commit.
func (f *FileStore) Close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.log == nil {
		return nil
	}
	err := f.log.Close()
	f.log = nil
	f.lock.Close()
	return err
}

func logLine(key string, until time.Time) string {
	return fmt.Sprintf("%d %s\n", until.Unix(), strconv.Quote(key))
}

// load reads the log. A line that does not parse is the half of one that a crash cut off.
func (f *FileStore) load() error {
	file, err := os.Open(f.path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	now := f.memory.config.Clock.Now()
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // the end; a last line without its \n was never acknowledged
		}
		seconds, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		until, errUntil := strconv.ParseInt(seconds, 10, 64)
		key, errKey := strconv.Unquote(quoted)
		if errUntil == nil && errKey == nil && time.Unix(until, 0).After(now) {
			f.memory.commitUntil(key, now, time.Unix(until, 0))
		}
	}
	return nil
}

// rewrite replaces the log by one with only the keys that are kept.
func (f *FileStore) rewrite() error {
	next, err := os.OpenFile(f.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	var size int64
	lines := 0
	out := bufio.NewWriter(next)
	f.memory.mutex.Lock()
	for element := f.memory.done.Front(); element != nil; element = element.Next() {
		held := element.Value.(*record)
		written, _ := out.WriteString(logLine(held.key, held.until))
		size += int64(written)
		lines++
	}
	f.memory.mutex.Unlock()
	if err = out.Flush(); err == nil {
		err = next.Sync()
	}
	if err == nil {
		err = os.Rename(f.path+".new", f.path)
	}
	if err != nil {
		next.Close()
		return err
	}
	if folder, err := os.Open(filepath.Dir(f.path)); err == nil {
		_ = folder.Sync()
		folder.Close()
	}
	if f.log != nil {
		f.log.Close()
	}
	f.log, f.size, f.lines = next, size, lines
	return nil
}
