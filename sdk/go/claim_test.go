package receiver

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func withMemory(t *testing.T, options ...Option) *fixture {
	f := newFixture(t, options...)
	f.handler.settings.store = NewMemoryStore(StoreConfig{Clock: f.clock})
	return f
}

func TestCopiesRunOnce(t *testing.T) {
	f := withMemory(t)
	runs := 0
	f.handler.On("order.created", func(context.Context, *Event) error { runs++; return nil })
	expect(t, f.send("a", testBody), 200, bodyReceived)
	f.clock.advance(time.Minute)
	expect(t, f.send("a", testBody), 200, bodyDuplicate)
	expect(t, f.send("b", testBody), 200, bodyReceived)
	f.clock.advance(7*24*time.Hour + time.Second)
	expect(t, f.send("a", testBody), 200, bodyReceived)
	if runs != 3 {
		t.Errorf("ran %d times", runs)
	}
}

func TestFiftyCopiesAtOnceRunOnce(t *testing.T) {
	f := withMemory(t)
	var runs int32
	release := make(chan struct{})
	f.handler.On("order.created", func(context.Context, *Event) error {
		atomic.AddInt32(&runs, 1)
		<-release
		return nil
	})
	var answers []<-chan Response
	for i := 0; i < 50; i++ {
		answers = append(answers, f.sendLater("a", testBody))
	}
	f.clock.awaitTimers(50) // one budget, and 49 that wait
	close(release)
	_ = f.handler.Drain(context.Background())
	f.clock.advance(time.Second)
	fresh := 0
	for _, answer := range answers {
		if response := <-answer; string(response.Body) == bodyReceived {
			fresh++
		} else {
			expect(t, response, 200, bodyDuplicate)
		}
	}
	if fresh != 1 || runs != 1 {
		t.Errorf("%d were answered as new, %d ran", fresh, runs)
	}
}

func TestACopyRunsAfterTheFirstFailed(t *testing.T) {
	f := withMemory(t)
	fail := make(chan error, 2)
	f.handler.On("order.created", func(context.Context, *Event) error { return <-fail })
	first := f.sendLater("a", testBody)
	f.clock.awaitTimers(1)
	second := f.sendLater("a", testBody)
	f.clock.awaitTimers(2)
	fail <- errors.New("x")
	expect(t, <-first, 500, bodyFailed)
	fail <- nil
	f.clock.advance(time.Second)
	expect(t, <-second, 200, bodyReceived)
}

func TestACopyIsSentAwayAfterItsWait(t *testing.T) {
	f := withMemory(t, WithWait(0))
	release := make(chan struct{})
	f.handler.On("order.created", func(context.Context, *Event) error { <-release; return nil })
	first := f.sendLater("a", testBody)
	f.clock.awaitTimers(1)
	expect(t, f.send("a", testBody), 503, bodyTryAgain)
	f.handler.settings.wait = 200 * time.Millisecond
	f.handler.settings.clock = backwardClock{f.clock}
	expect(t, f.send("a", testBody), 503, bodyTryAgain)
	close(release)
	expect(t, <-first, 200, bodyReceived)
}

// backwardClock goes back whenever somebody waits for it, and its timers fire at once.
type backwardClock struct{ *testClock }

func (c backwardClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	c.advance(-d)
	fired := make(chan time.Time, 1)
	fired <- c.Now()
	return fired, func() {}
}

func TestAWaitingCopyLeavesWithItsSender(t *testing.T) {
	f := withMemory(t)
	release := make(chan struct{})
	f.handler.On("order.created", func(context.Context, *Event) error { <-release; return nil })
	first := f.sendLater("a", testBody)
	f.clock.awaitTimers(1)
	ctx, hangUp := context.WithCancel(context.Background())
	hangUp()
	expect(t, f.handler.Handle(ctx, f.signed("a", testBody)), 503, bodyTryAgain)
	close(release)
	expect(t, <-first, 200, bodyReceived)
}

func TestALateFailureDoesNotFreeTheClaimOfAnother(t *testing.T) {
	f := withMemory(t, WithBudget(time.Second), WithWait(0))
	releases := []chan error{make(chan error), make(chan error)}
	runs := int32(0)
	f.handler.On("order.created", func(context.Context, *Event) error {
		return <-releases[atomic.AddInt32(&runs, 1)-1]
	})
	overBudget := func() {
		answer := f.sendLater("a", testBody)
		f.clock.awaitTimers(1)
		f.clock.advance(time.Second)
		expect(t, <-answer, 503, bodyTryAgain)
	}
	overBudget()
	f.clock.advance(time.Minute) // the lease runs out, and the next copy takes the claim
	overBudget()
	aborted := make(chan struct{})
	f.handler.OnError(func(_ context.Context, err error, _ *Event) {
		if err.Error() == "late" {
			close(aborted)
		}
	})
	releases[0] <- errors.New("late")
	<-aborted // a failure is reported after its claim was given back
	expect(t, f.send("a", testBody), 503, bodyTryAgain)
	releases[1] <- nil
	_ = f.handler.Drain(context.Background())
	expect(t, f.send("a", testBody), 200, bodyDuplicate)
}

// strictStore fails on a context that has ended, as a database would.
type strictStore struct{ *MemoryStore }

func (s strictStore) Commit(ctx context.Context, key string, ttl time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.MemoryStore.Commit(ctx, key, ttl)
}

func TestDoneWorkIsCommittedAlthoughTheSenderHungUp(t *testing.T) {
	f := newFixture(t)
	f.handler.settings.store = strictStore{NewMemoryStore(StoreConfig{Clock: f.clock})}
	ctx, hangUp := context.WithCancel(context.Background())
	f.handler.On("order.created", func(context.Context, *Event) error { hangUp(); return nil })
	expect(t, f.handler.Handle(ctx, f.signed("a", testBody)), 200, bodyReceived)
	expect(t, f.send("a", testBody), 200, bodyDuplicate)
}

// brokenStore fails, panics or lies where it is told to.
type brokenStore struct {
	*MemoryStore
	begin, commit, abort func() error
	state                State
}

func (b *brokenStore) Begin(ctx context.Context, key string, lease time.Duration) (State, error) {
	if b.state != 0 {
		return b.state, nil
	}
	if b.begin != nil {
		return 0, b.begin()
	}
	return b.MemoryStore.Begin(ctx, key, lease)
}

func (b *brokenStore) Commit(ctx context.Context, key string, ttl time.Duration) error {
	if b.commit != nil {
		return b.commit()
	}
	return b.MemoryStore.Commit(ctx, key, ttl)
}

func (b *brokenStore) Abort(ctx context.Context, key string) error {
	if b.abort != nil {
		return b.abort()
	}
	return b.MemoryStore.Abort(ctx, key)
}

func TestStoresThatFail(t *testing.T) {
	down := errors.New("down")
	fails := func() error { return down }
	panics := func() error { panic("store") }
	for _, c := range []struct {
		name   string
		store  *brokenStore
		option Option
		fail   bool
		status int
		ran    bool
	}{
		{"begin fails", &brokenStore{begin: fails}, WithWait(0), false, 503, false},
		{"begin panics", &brokenStore{begin: panics}, WithWait(0), false, 503, false},
		{"begin lies", &brokenStore{state: 99}, WithWait(0), false, 503, false},
		{"run anyway", &brokenStore{begin: fails}, WithRunOnStoreError(), false, 200, true},
		{"commit fails", &brokenStore{commit: fails}, WithWait(0), false, 200, true},
		{"commit panics", &brokenStore{commit: panics}, WithWait(0), false, 200, true},
		{"abort fails", &brokenStore{abort: fails}, WithWait(0), true, 500, true},
		{"abort panics", &brokenStore{abort: panics}, WithWait(0), true, 500, true},
	} {
		f := newFixture(t, c.option)
		c.store.MemoryStore = NewMemoryStore(StoreConfig{Clock: f.clock})
		f.handler.settings.store = c.store
		ran := false
		f.handler.On("order.created", func(context.Context, *Event) error {
			if ran = true; c.fail {
				return down
			}
			return nil
		})
		if got := f.send("a", testBody).Status; got != c.status || ran != c.ran {
			t.Errorf("%s: %d, ran %v", c.name, got, ran)
		}
		if f.lastError() == nil {
			t.Errorf("%s: nothing was reported", c.name)
		}
	}
}

func TestForgeriesNeverReachTheStore(t *testing.T) {
	f := newFixture(t)
	f.handler.settings.store = &brokenStore{begin: func() error { t.Error("asked"); return nil }}
	request := f.signed("a", testBody)
	request.Body = []byte(`{"type":"order.created"}`)
	expect(t, f.handler.Handle(context.Background(), request), 401, "")
	expect(t, f.send("a", "[]"), 400, "")
}

func TestRegisteringWhileServing(t *testing.T) {
	f := withMemory(t)
	var group sync.WaitGroup
	for i := 0; i < 20; i++ {
		id := string(rune('a' + i))
		group.Add(2)
		go func() { defer group.Done(); f.send(id, testBody) }()
		go func() {
			defer group.Done()
			f.handler.On(id, func(context.Context, *Event) error { return nil })
		}()
	}
	group.Wait()
}
