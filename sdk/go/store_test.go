package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var background = context.Background()

func begin(t *testing.T, store Store, key string, want State) {
	t.Helper()
	if got, err := store.Begin(background, key, time.Minute); got != want || err != nil {
		t.Fatalf("begin %q is %v %v, not %v", key, got, err, want)
	}
}

func commit(t *testing.T, store Store, key string) {
	t.Helper()
	if err := store.Commit(background, key, time.Hour); err != nil {
		t.Fatal(err)
	}
}

// Every store is held to the same rules.
func TestStoreRules(t *testing.T) {
	for name, open := range map[string]func(StoreConfig) Store{
		"memory": func(config StoreConfig) Store { return NewMemoryStore(config) },
		"file": func(config StoreConfig) Store {
			store, err := OpenFileStore(filepath.Join(t.TempDir(), "log"), config)
			if err != nil {
				t.Fatal(err)
			}
			return store
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newTestClock()
			store := open(StoreConfig{Clock: clock})
			begin(t, store, "a", Acquired)
			begin(t, store, "a", InFlight)
			begin(t, store, "b", Acquired)
			_ = store.Abort(background, "a")
			begin(t, store, "a", Acquired)
			commit(t, store, "a")
			begin(t, store, "a", Done)
			_ = store.Abort(background, "a")
			begin(t, store, "a", Done)
			clock.advance(time.Minute)
			begin(t, store, "b", Acquired) // its lease ran out
			clock.advance(-24 * time.Hour)
			begin(t, store, "b", InFlight)
			clock.advance(time.Minute)
			begin(t, store, "b", Acquired) // though the clock went back
			clock.advance(24*time.Hour - time.Minute)
			clock.advance(time.Hour)
			begin(t, store, "a", Acquired) // its time ran out
			commit(t, store, "never begun")
			begin(t, store, "never begun", Done)
			_ = store.Abort(background, "unknown")
			for _, odd := range []string{"", "with\nline ends\r\n", "é\xff\x00", "__proto__", "a b"} {
				begin(t, store, odd, Acquired)
				commit(t, store, odd)
				begin(t, store, odd, Done)
			}
		})
	}
}

func TestOneOfManyClaimsAtOnceWins(t *testing.T) {
	store := NewMemoryStore(StoreConfig{})
	var won int32
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if state, _ := store.Begin(background, "a", time.Hour); state == Acquired {
				atomic.AddInt32(&won, 1)
			}
		}()
	}
	group.Wait()
	if won != 1 {
		t.Errorf("%d claims won", won)
	}
}

func TestMemoryStoreIsBounded(t *testing.T) {
	clock := newTestClock()
	store := NewMemoryStore(StoreConfig{Limit: 3, Clock: clock})
	for i := 0; i < 10; i++ {
		key := fmt.Sprint(i)
		begin(t, store, key, Acquired)
		commit(t, store, key)
	}
	if store.Len() != 3 {
		t.Errorf("%d keys are kept", store.Len())
	}
	begin(t, store, "9", Done)
	begin(t, store, "0", Acquired) // forgotten, and takes the place of another
	begin(t, store, "x", Acquired)
	begin(t, store, "y", Acquired)
	if _, err := store.Begin(background, "z", time.Minute); !errors.Is(err, ErrStoreFull) {
		t.Errorf("a store full of claims: %v", err)
	}
	clock.advance(time.Minute)
	begin(t, store, "z", Acquired)
	if store.Len() != 1 {
		t.Errorf("%d keys are kept after their leases", store.Len())
	}
}

func openFile(t *testing.T, path string, clock Clock) *FileStore {
	t.Helper()
	store, err := OpenFileStore(path, StoreConfig{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestFileStoreRemembersAfterARestart(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "done.log"), newTestClock()
	store := openFile(t, path, clock)
	begin(t, store, "done", Acquired)
	commit(t, store, "done")
	begin(t, store, "claimed", Acquired)
	if _, err := OpenFileStore(path, StoreConfig{}); !errors.Is(err, ErrStore) {
		t.Errorf("opened twice: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Commit(background, "late", time.Hour); !errors.Is(err, ErrStore) {
		t.Errorf("commit after close: %v", err)
	}
	store = openFile(t, path, clock)
	begin(t, store, "done", Done)
	begin(t, store, "claimed", Acquired)
	store.Close()
	clock.advance(time.Hour)
	store = openFile(t, path, clock)
	begin(t, store, "done", Acquired)
	store.Close()
	if text, _ := os.ReadFile(path); len(text) != 0 {
		t.Errorf("what ran out is still there: %q", text)
	}
}

func TestFileStoreSurvivesATornLog(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "done.log"), newTestClock()
	store := openFile(t, path, clock)
	for i := 17; i < 20; i++ {
		commit(t, store, fmt.Sprint("key ", i))
	}
	store.Close()
	whole, _ := os.ReadFile(path)
	lines := bytes.Count(whole, []byte("\n"))
	for cut := 0; cut <= len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		store := openFile(t, path, clock)
		kept := bytes.Count(whole[:cut], []byte("\n"))
		if store.memory.Len() != kept {
			t.Fatalf("cut at %d: %d keys, not %d of %d", cut, store.memory.Len(), kept, lines)
		}
		commit(t, store, "after")
		store.Close()
		store = openFile(t, path, clock)
		begin(t, store, "after", Done)
		store.Close()
	}
	junk := "junk\n12 x\n" + strings.Repeat("\x00", 100) + "\n\n" + string(whole)
	if err := os.WriteFile(path, []byte(junk), 0o600); err != nil {
		t.Fatal(err)
	}
	store = openFile(t, path, clock)
	begin(t, store, "key 19", Done)
	store.Close()
}

func TestFileStoreDoesNotGrowForEver(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "done.log"), newTestClock()
	store := openFile(t, path, clock)
	defer store.Close()
	store.spare = 20
	for i := 0; i < 50; i++ {
		commit(t, store, "the same")
	}
	if text, _ := os.ReadFile(path); bytes.Count(text, []byte("\n")) > 23 {
		t.Errorf("the log has %d lines for one key", bytes.Count(text, []byte("\n")))
	}
	begin(t, store, "the same", Done)
}

func TestFileStoreWithoutItsFolder(t *testing.T) {
	if _, err := OpenFileStore(filepath.Join(t.TempDir(), "no", "log"), StoreConfig{}); !errors.Is(err,
		ErrStore) {
		t.Error(err)
	}
}
