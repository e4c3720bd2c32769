package receiver

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"
)

// The examples' own secrets; nobody uses them.
const (
	testSecret  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	otherSecret = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

var testTime = time.Unix(1776868200, 0).UTC()

const testBody = `{"id":"evt_1","type":"order.created","data":{"order_id":"ord_1","n":12345678901234567890}}`

// testClock moves when told to, and tells how many timers wait for it.
type testClock struct {
	mutex   sync.Mutex
	changed *sync.Cond
	now     time.Time
	timers  map[chan time.Time]time.Time
}

func newTestClock() *testClock {
	c := &testClock{now: testTime, timers: map[chan time.Time]time.Time{}}
	c.changed = sync.NewCond(&c.mutex)
	return c
}

func (c *testClock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *testClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	fired := make(chan time.Time, 1)
	c.timers[fired] = c.now.Add(d)
	c.changed.Broadcast()
	return fired, func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.timers, fired)
	}
}

func (c *testClock) advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
	for fired, at := range c.timers {
		if !at.After(c.now) {
			fired <- c.now
			delete(c.timers, fired)
		}
	}
}

// awaitTimers returns once so many timers wait.
func (c *testClock) awaitTimers(count int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for len(c.timers) < count {
		c.changed.Wait()
	}
}

// fixture is a handler with a clock, and a signer for it.
type fixture struct {
	t       *testing.T
	clock   *testClock
	handler *Handler
	signer  *Verifier
	mutex   sync.Mutex
	errors  []error
	refused []*Refusal
}

func newFixture(t *testing.T, options ...Option) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: newTestClock()}
	options = append([]Option{WithClock(f.clock)}, options...)
	var err error
	if f.handler, err = New(testSecret, options...); err != nil {
		t.Fatal(err)
	}
	if f.signer, err = NewVerifier(testSecret, options...); err != nil {
		t.Fatal(err)
	}
	f.handler.OnError(func(_ context.Context, err error, _ *Event) {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.errors = append(f.errors, err)
	})
	f.handler.OnRefused(func(_ context.Context, refused *Refusal, _ *Request) {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.refused = append(f.refused, refused)
	})
	return f
}

func (f *fixture) signed(id, body string) *Request {
	return &Request{Method: http.MethodPost, Body: []byte(body),
		Header: f.signer.Sign(id, f.clock.Now(), []byte(body))}
}

func (f *fixture) send(id, body string) Response {
	return f.handler.Handle(context.Background(), f.signed(id, body))
}

// sendLater sends in the background.
func (f *fixture) sendLater(id, body string) <-chan Response {
	answer := make(chan Response, 1)
	go func() { answer <- f.send(id, body) }()
	return answer
}

func (f *fixture) lastError() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.errors) == 0 {
		return nil
	}
	return f.errors[len(f.errors)-1]
}

func (f *fixture) lastRefusal() *Refusal {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.refused) == 0 {
		return &Refusal{}
	}
	return f.refused[len(f.refused)-1]
}

func expect(t *testing.T, response Response, status int, body string) {
	t.Helper()
	if response.Status != status || (body != "" && string(response.Body) != body) {
		t.Fatalf("answer is %d %s, not %d %s", response.Status, response.Body, status, body)
	}
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		t.Fatalf("Content-Type is %q", got)
	}
}

const (
	bodyReceived  = `{"received":true}`
	bodyDuplicate = `{"received":true,"duplicate":true}`
	bodyTryAgain  = `{"error":"try_again"}`
	bodyFailed    = `{"error":"handler_failed"}`
)
