package receiver

import (
	"context"
	"errors"
	"log"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Request is one delivery, as an adapter hands it to Handle.
type Request struct {
	Method string
	Header http.Header // every value of every name
	Body   []byte      // the bytes as sent; kept by the event
}

// Response is the answer to it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Handler receives the webhooks of one sender. It is an http.Handler, and safe for many goroutines.
type Handler struct {
	settings settings
	verifier *Verifier
	gone     atomic.Bool
	running  running

	mutex     sync.RWMutex // guards what is registered
	handlers  map[string]HandlerFunc
	prefixes  map[string]HandlerFunc
	unhandled func(context.Context, *Event, bool) error
	any       []func(context.Context, *Event)
	refused   []func(context.Context, *Refusal, *Request)
	failed    []func(context.Context, error, *Event)
	parked    []func(context.Context, *Event, error)
}

// HandlerFunc handles an event. Its context ends with the budget. Return nil when the work is done
// or safely stored; see Retry and Park for other ends. A panic is a failure.
type HandlerFunc func(ctx context.Context, e *Event) error

// New builds a handler. It refuses to start without a secret, with ErrNoSecret.
func New(secret string, options ...Option) (*Handler, error) {
	settings := defaults()
	for _, option := range options {
		option(&settings)
	}
	verifier, err := newVerifier(secret, &settings)
	if err != nil {
		return nil, err
	}
	h := &Handler{settings: settings, verifier: verifier, handlers: map[string]HandlerFunc{},
		prefixes: map[string]HandlerFunc{}}
	h.gone.Store(settings.gone)
	return h, nil
}

// String keeps the secrets out of logs.
func (h *Handler) String() string { return "receiver.Handler(" + h.verifier.scheme.Name + ")" }

// GoString does the same for %#v.
func (h *Handler) GoString() string { return h.String() }

// On registers the handler of one type. An event finds its handler by the type as sent, then by any
// other name the catalogue knows for it. A second handler of a type panics with an error that is
// ErrDuplicateHandler, as http.Handle does for a pattern.
func (h *Handler) On(eventType string, handle HandlerFunc) {
	h.register(h.handlers, "type", eventType, handle)
}

// OnPrefix registers a handler for all types that begin with prefix and have none of their own; the
// longest prefix wins. A second handler of a prefix panics as in On.
func (h *Handler) OnPrefix(prefix string, handle HandlerFunc) {
	h.register(h.prefixes, "prefix", prefix, handle)
}

func (h *Handler) register(to map[string]HandlerFunc, what, name string, handle HandlerFunc) {
	if handle == nil {
		panic(problemf(ErrBadOption, "the handler of %s %q is nil", what, name))
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if _, taken := to[name]; taken {
		panic(problemf(ErrDuplicateHandler, "%s %q already has a handler", what, name))
	}
	to[name] = handle
}

// OnUnhandled gets the events that no handler is for; known says whether the catalogue has the
// type. Without it they are acknowledged and dropped. Its error counts as a handler's.
func (h *Handler) OnUnhandled(handle func(ctx context.Context, e *Event, known bool) error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.unhandled != nil {
		panic(problemf(ErrDuplicateHandler, "there is an OnUnhandled already"))
	}
	h.unhandled = handle
}

// OnAny sees every event before its handler. It cannot change the answer.
func (h *Handler) OnAny(observe func(context.Context, *Event)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.any = append(h.any, observe)
}

// OnRefused sees every request that was refused.
func (h *Handler) OnRefused(observe func(context.Context, *Refusal, *Request)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.refused = append(h.refused, observe)
}

// OnError sees what went wrong on our side: failed handlers, a store that is down. The event is nil
// where there was none yet. Without an OnError these go to the standard logger.
func (h *Handler) OnError(observe func(context.Context, error, *Event)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.failed = append(h.failed, observe)
}

// OnParked gets the events that were acknowledged but could not be handled. Keep them somewhere.
func (h *Handler) OnParked(observe func(ctx context.Context, e *Event, reason error)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.parked = append(h.parked, observe)
}

// Typed is a struct of the event catalogue, such as OrderCreated, or one of yours.
type Typed interface{ EventType() string }

// OnTyped registers a handler for the type that T names and decodes the data into T. Data that does
// not fit is a failure: the sender comes again, and OnError is told.
func OnTyped[T Typed](h *Handler, handle func(ctx context.Context, e *Event, data T) error) {
	var zero T
	h.On(zero.EventType(), func(ctx context.Context, e *Event) error {
		var data T
		if err := e.Decode(&data); err != nil {
			return err
		}
		return handle(ctx, e, data)
	})
}

// SetGone is an operator's switch: while it is on, everything is answered 410, which tells senders
// that the endpoint is no more.
func (h *Handler) SetGone(gone bool) { h.gone.Store(gone) }

// find returns the handler of an event, or nil.
func (h *Handler) find(e *Event) HandlerFunc {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	if handle, ok := h.handlers[e.Type]; ok {
		return handle
	}
	if e.Canonical != "" {
		for _, name := range catalogueNames[e.Canonical] {
			if handle, ok := h.handlers[name]; ok {
				return handle
			}
		}
	}
	longest := -1
	var found HandlerFunc
	for prefix, handle := range h.prefixes {
		if len(prefix) > longest && strings.HasPrefix(e.Type, prefix) {
			longest, found = len(prefix), handle
		}
	}
	if unhandled := h.unhandled; found == nil && unhandled != nil {
		return func(ctx context.Context, e *Event) error {
			return unhandled(ctx, e, e.Canonical != "")
		}
	}
	return found
}

// observe calls observers one by one. What they throw goes no further.
func observe[T any](h *Handler, list *[]T, call func(T)) (called bool) {
	h.mutex.RLock()
	observers := *list
	h.mutex.RUnlock()
	for _, observer := range observers {
		func() {
			defer func() { _ = recover() }()
			call(observer)
		}()
	}
	return len(observers) > 0
}

func (h *Handler) report(ctx context.Context, err error, e *Event) {
	told := observe(h, &h.failed, func(f func(context.Context, error, *Event)) { f(ctx, err, e) })
	if told {
		return
	}
	if e == nil {
		log.Printf("webhook receiver: %v", err)
	} else {
		log.Printf("webhook receiver: %s %q: %v", e.Key, e.Type, err)
	}
}

// running counts the handlers at work, those past their budget too.
type running struct {
	mutex sync.Mutex
	count int
	idle  chan struct{} // closed when count falls to zero; nil while nobody waits
}

func (r *running) add(change int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.count += change
	if r.count == 0 && r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

// Drain waits until no handler is at work, also none past its budget. Call it after the server's
// Shutdown and before the store is closed.
func (h *Handler) Drain(ctx context.Context) error {
	h.running.mutex.Lock()
	if h.running.count == 0 {
		h.running.mutex.Unlock()
		return nil
	}
	if h.running.idle == nil {
		h.running.idle = make(chan struct{})
	}
	idle := h.running.idle
	h.running.mutex.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter is how long a sender is asked to wait when we do not know better.
const retryAfter = 5 * time.Second

// isKind is errors.As for errors of users, whose methods may panic.
func isKind[T error](err error) (kind T, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	ok = errors.As(err, &kind)
	return kind, ok
}
