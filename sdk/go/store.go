package receiver

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// State is what Begin found.
type State int

// Acquired: the key is ours until the lease ends. Done: it was committed. InFlight: another has it.
const (
	Acquired State = iota + 1
	Done
	InFlight
)

// Store remembers which events were done. Begin is atomic, and a claim whose lease ran out counts
// as none. Commit also marks a key whose claim was lost; Abort never undoes a commit. All may be
// called from many goroutines and must return when ctx ends.
type Store interface {
	Begin(ctx context.Context, key string, lease time.Duration) (State, error)
	Commit(ctx context.Context, key string, ttl time.Duration) error
	Abort(ctx context.Context, key string) error
}

// StoreConfig is for NewMemoryStore and OpenFileStore; its zero value is good.
type StoreConfig struct {
	Limit int   // keys kept; 100,000 if zero. When full, the oldest done key is forgotten
	Clock Clock // SystemClock if nil
}

// MemoryStore keeps keys in this process: copies after a restart run again.
type MemoryStore struct {
	config StoreConfig
	mutex  sync.Mutex
	keys   map[string]*list.Element
	claims *list.List // of *record, oldest first
	done   *list.List
}

type record struct {
	key   string
	done  bool
	until time.Time
}

// NewMemoryStore makes an empty store.
func NewMemoryStore(config StoreConfig) *MemoryStore {
	if config.Limit <= 0 {
		config.Limit = 100_000
	}
	if config.Clock == nil {
		config.Clock = SystemClock{}
	}
	return &MemoryStore{config: config, keys: map[string]*list.Element{}, claims: list.New(),
		done: list.New()}
}

// Begin claims a key. It fails when the store is full of claims that still hold.
func (m *MemoryStore) Begin(_ context.Context, key string, lease time.Duration) (State, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	now := m.config.Clock.Now()
	if element, ok := m.keys[key]; ok {
		held := element.Value.(*record)
		if held.until.After(now) {
			if held.done {
				return Done, nil
			}
			// A clock that was set back must not make a claim last longer than its lease.
			if latest := now.Add(lease); held.until.After(latest) {
				held.until = latest
			}
			return InFlight, nil
		}
		m.remove(element)
	}
	if !m.makeRoom(now) {
		return 0, problemf(ErrStoreFull, "%d claims are held", m.claims.Len())
	}
	m.keys[key] = m.claims.PushBack(&record{key: key, until: now.Add(lease)})
	return Acquired, nil
}

// Commit marks a key as done.
func (m *MemoryStore) Commit(_ context.Context, key string, ttl time.Duration) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	now := m.config.Clock.Now()
	m.commitUntil(key, now, now.Add(ttl))
	return nil
}

func (m *MemoryStore) commitUntil(key string, now, until time.Time) {
	if element, ok := m.keys[key]; ok {
		m.remove(element)
	}
	m.makeRoom(now)
	m.keys[key] = m.done.PushBack(&record{key: key, done: true, until: until})
}

// Abort frees a claim.
func (m *MemoryStore) Abort(_ context.Context, key string) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if element, ok := m.keys[key]; ok && !element.Value.(*record).done {
		m.remove(element)
	}
	return nil
}

// Len returns how many keys are kept.
func (m *MemoryStore) Len() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.keys)
}

// makeRoom forgets what ran out at the old ends, and the oldest done key if that is not enough.
func (m *MemoryStore) makeRoom(now time.Time) bool {
	for _, queue := range []*list.List{m.claims, m.done} {
		for front := queue.Front(); front != nil && !front.Value.(*record).until.After(now); {
			m.remove(front)
			front = queue.Front()
		}
	}
	if len(m.keys) >= m.config.Limit && m.done.Len() > 0 {
		m.remove(m.done.Front())
	}
	return len(m.keys) < m.config.Limit
}

func (m *MemoryStore) remove(element *list.Element) {
	held := element.Value.(*record)
	delete(m.keys, held.key)
	if held.done {
		m.done.Remove(element)
	} else {
		m.claims.Remove(element)
	}
}
