package receiver

import (
	"context"
	"runtime/debug"
	"time"
)

// claim is the hold on one key; a nil claim is an event without a store.
type claim struct {
	store Store
	key   string
	ends  time.Time // when the lease runs out
}

// claimAndRun runs the handler unless another copy did or does.
func (h *Handler) claimAndRun(ctx context.Context, event *Event) Response {
	if h.settings.store == nil {
		return h.run(ctx, event, nil)
	}
	state, err := h.begin(ctx, event.Key)
	if err != nil {
		h.report(ctx, err, event)
		if h.settings.runWithout {
			return h.run(ctx, event, nil)
		}
		return tryAgain(0)
	}
	switch state {
	case Done:
		return duplicate()
	case InFlight:
		return tryAgain(0)
	}
	ends := h.settings.clock.Now().Add(h.settings.lease)
	return h.run(ctx, event, &claim{h.settings.store, event.Key, ends})
}

// begin claims a key, and waits for the outcome of another copy. It adds up its own pauses, so that
// a clock that is set back cannot make it wait longer.
func (h *Handler) begin(ctx context.Context, key string) (State, error) {
	pause := 10 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		state, err := h.tryBegin(ctx, key)
		if err != nil || state != InFlight || waited >= h.settings.wait {
			return state, err
		}
		if pause = 2 * pause; pause > 250*time.Millisecond {
			pause = 250 * time.Millisecond
		}
		if left := h.settings.wait - waited; pause > left {
			pause = left
		}
		fired, stop := h.settings.clock.NewTimer(pause)
		select {
		case <-fired:
		case <-ctx.Done():
			stop()
			return InFlight, nil
		}
	}
}

func (h *Handler) tryBegin(ctx context.Context, key string) (state State, err error) {
	err = guard("begin", func() (err error) {
		state, err = h.settings.store.Begin(ctx, key, h.settings.lease)
		if err == nil && state != Acquired && state != Done && state != InFlight {
			err = problemf(ErrStore, "it returned the unknown state %d", int(state))
		}
		return err
	})
	return state, err
}

// guard calls a store, which may panic.
func guard(what string, call func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &problem{ErrStore, what, &PanicError{thrown, debug.Stack()}}
		}
	}()
	if err = call(); err != nil {
		err = &problem{ErrStore, what, err}
	}
	return err
}

// run gives the event to its handler and answers when that is done or the budget is used up. The
// handler keeps its goroutine, and the claim, until it ends; its outcome then decides.
func (h *Handler) run(ctx context.Context, event *Event, held *claim) Response {
	clock := h.settings.clock
	limited := newBudget(ctx, clock.Now().Add(h.settings.budget))
	fired, stop := clock.NewTimer(h.settings.budget)
	defer stop()
	answered := make(chan Response, 1)
	h.running.add(1)
	go func() {
		defer h.running.add(-1)
		outcome := error(ErrNotFinished) // stays if the handler calls runtime.Goexit
		defer func() {
			response := tryAgain(0)
			defer func() { answered <- response }()
			defer h.lastResort(ctx, &response)
			limited.end(context.Canceled)
			response = h.settle(ctx, event, held, outcome)
		}()
		outcome = h.invoke(limited, event)
	}()
	select {
	case response := <-answered:
		return response
	case <-fired:
	}
	limited.end(context.DeadlineExceeded)
	h.report(ctx, problemf(ErrOverBudget, "the handler is still at work after %v",
		h.settings.budget), event)
	return tryAgain(0)
}

func (h *Handler) invoke(ctx context.Context, event *Event) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = &PanicError{recover(), debug.Stack()}
		}
	}()
	observe(h, &h.any, func(f func(context.Context, *Event)) { f(ctx, event) })
	if handle := h.find(event); handle != nil {
		err = handle(ctx, event)
	}
	returned = true
	return err
}

// settle tells the store the outcome and makes the answer.
func (h *Handler) settle(ctx context.Context, event *Event, held *claim, outcome error) Response {
	ctx = detached{ctx}
	if outcome == nil {
		h.commit(ctx, event, held)
		return received()
	}
	if parked, ok := isKind[*parkError](outcome); ok {
		h.park(ctx, event, parked)
		h.commit(ctx, event, held)
		return received()
	}
	h.abort(ctx, event, held)
	h.report(ctx, outcome, event)
	if retry, ok := isKind[*retryError](outcome); ok {
		return tryAgain(retry.after)
	}
	return failed()
}

func (h *Handler) commit(ctx context.Context, event *Event, held *claim) {
	if held == nil {
		return
	}
	err := guard("commit", func() error {
		return held.store.Commit(ctx, held.key, h.settings.ttl)
	})
	if err != nil {
		h.report(ctx, err, event) // the work is done all the same
	}
}

func (h *Handler) abort(ctx context.Context, event *Event, held *claim) {
	// A claim that ran out may be another copy's by now.
	if held == nil || !h.settings.clock.Now().Before(held.ends) {
		return
	}
	err := guard("abort", func() error { return held.store.Abort(ctx, held.key) })
	if err != nil {
		h.report(ctx, err, event)
	}
}
