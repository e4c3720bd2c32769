package receiver

import (
	"context"
	"sync"
	"time"
)

// Clock is the only source of time of this package. Its methods are called from many goroutines.
type Clock interface {
	Now() time.Time
	// NewTimer returns a channel that gets one value after d, and a function that lets go of it.
	NewTimer(d time.Duration) (fired <-chan time.Time, stop func())
}

// SystemClock is the default.
type SystemClock struct{}

func (SystemClock) Now() time.Time { return time.Now() }

func (SystemClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	timer := time.NewTimer(d)
	return timer.C, func() { timer.Stop() }
}

// budget is the context a handler gets: the values of the request's, but not its end. A sender that
// hangs up does not cancel work that has begun; running out of the budget does.
type budget struct {
	values   context.Context
	deadline time.Time
	done     chan struct{}
	mutex    sync.Mutex
	err      error
}

func newBudget(values context.Context, deadline time.Time) *budget {
	return &budget{values: values, deadline: deadline, done: make(chan struct{})}
}

func (b *budget) Deadline() (time.Time, bool) { return b.deadline, true }
func (b *budget) Done() <-chan struct{}       { return b.done }
func (b *budget) Value(key any) any           { return b.values.Value(key) }

func (b *budget) Err() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.err
}

// end cancels the context, the first time it is called.
func (b *budget) end(why error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.err == nil {
		b.err = why
		close(b.done)
	}
}

// detached has the values of a context and never ends: for telling the store an outcome.
type detached struct{ values context.Context }

func (detached) Deadline() (time.Time, bool) { return time.Time{}, false }
func (detached) Done() <-chan struct{}       { return nil }
func (detached) Err() error                  { return nil }
func (d detached) Value(key any) any         { return d.values.Value(key) }
