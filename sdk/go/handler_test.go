package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAnswersThatComeBeforeAnyHashing(t *testing.T) {
	f := newFixture(t, WithMaxBody(200))
	for _, c := range []struct {
		name   string
		change func(*Request)
		status int
		body   string
		code   Code
	}{
		{"GET", func(r *Request) { r.Method = "GET" }, 405, `{"error":"method_not_allowed"}`,
			ErrMethodNotAllowed},
		{"lower case", func(r *Request) { r.Method = "post" }, 405, "", ErrMethodNotAllowed},
		{"gzip", set("Content-Encoding", "gzip"), 415, `{"error":"unsupported_media_type"}`,
			ErrContentEncoding},
		{"two encodings", set("Content-Encoding", "identity, gzip"), 415, "", ErrContentEncoding},
		{"hidden encoding", func(r *Request) { r.Header["content-encoding"] = []string{"br"} }, 415, "",
			ErrContentEncoding},
		{"form", set("Content-Type", "application/x-www-form-urlencoded"), 415, "", ErrMediaType},
		{"no type", func(r *Request) { r.Header.Del("Content-Type") }, 415, "", ErrMediaType},
		{"empty type", set("Content-Type", ""), 415, "", ErrMediaType},
		{"text", set("Content-Type", "text/json"), 415, "", ErrMediaType},
		{"jsonp", set("Content-Type", "application/jsonp"), 415, "", ErrMediaType},
		{"plus", set("Content-Type", "application/+json"), 415, "", ErrMediaType},
		{"list", set("Content-Type", "application/x, y+json"), 415, "", ErrMediaType},
		{"second type", func(r *Request) { r.Header.Add("Content-Type", "text/html") }, 415, "",
			ErrMediaType},
		{"large", func(r *Request) { r.Body = make([]byte, 201) }, 413, `{"error":"body_too_large"}`,
			ErrBodyTooLarge},
		{"method first", func(r *Request) { r.Method, r.Body = "PUT", make([]byte, 201) }, 405, "",
			ErrMethodNotAllowed},
		{"identity", set("Content-Encoding", "Identity"), 200, bodyReceived, ""},
		{"charset", set("Content-Type", "Application/JSON ; charset=utf-8"), 200, bodyReceived, ""},
		{"suffix", set("Content-Type", "application/cloudevents+json"), 200, bodyReceived, ""},
	} {
		request := f.signed("dlv_1", testBody)
		c.change(request)
		f.refused = nil
		response := f.handler.Handle(context.Background(), request)
		if response.Status != c.status || f.lastRefusal().Code != c.code ||
			(c.body != "" && string(response.Body) != c.body) {
			t.Errorf("%s: %d %s %v", c.name, response.Status, response.Body, f.lastRefusal())
		}
		if c.status == 405 && response.Header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow is %q", c.name, response.Header.Get("Allow"))
		}
	}
}

func set(name, value string) func(*Request) {
	return func(r *Request) { r.Header.Set(name, value) }
}

func TestRefusalsSayNothingOnTheWire(t *testing.T) {
	f := newFixture(t)
	for _, value := range []string{"", "junk", "v1," + strings.Repeat("A", 43) + "=", "v9,x"} {
		request := f.signed("dlv_1", testBody)
		request.Header.Set("webhook-signature", value)
		expect(t, f.handler.Handle(context.Background(), request), 401, `{"error":"unauthorized"}`)
	}
	expect(t, f.send("dlv_1", "[]"), 400, `{"error":"unreadable_payload"}`)
}

func TestGoneAnswersEverything(t *testing.T) {
	f := newFixture(t, WithGone())
	expect(t, f.handler.Handle(context.Background(), &Request{Method: "GET"}), 410, `{"error":"gone"}`)
	f.handler.SetGone(false)
	expect(t, f.send("a", testBody), 200, bodyReceived)
}

func TestOutcomes(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name   string
		handle HandlerFunc
		status int
		body   string
		after  string
		again  bool // the next copy runs
	}{
		{"ack", func(context.Context, *Event) error { return nil }, 200, bodyReceived, "", false},
		{"park", func(context.Context, *Event) error { return Park(boom) }, 200, bodyReceived, "", false},
		{"park nil", func(context.Context, *Event) error { return Park(nil) }, 200, "", "", false},
		{"failure", func(context.Context, *Event) error { return boom }, 500, bodyFailed, "", true},
		{"retry", func(context.Context, *Event) error { return Retry(boom, 90*time.Second) }, 503,
			bodyTryAgain, "90", true},
		{"retry at once", func(context.Context, *Event) error { return Retry(nil, 0) }, 503, "", "5", true},
		{"retry soon", func(context.Context, *Event) error { return Retry(nil, time.Millisecond) }, 503,
			"", "1", true},
		{"wrapped", func(context.Context, *Event) error {
			return fmt.Errorf("while shipping: %w", Retry(boom, time.Minute))
		}, 503, "", "60", true},
		{"panic", func(context.Context, *Event) error { panic("x") }, 500, bodyFailed, "", true},
		{"panic with an error", func(context.Context, *Event) error { panic(boom) }, 500, "", "", true},
		{"panic with Park", func(context.Context, *Event) error { panic(Park(boom)) }, 500, "", "", true},
		{"panic with nil", func(context.Context, *Event) error { panic(nil) }, 500, "", "", true},
		{"abort handler", func(context.Context, *Event) error { panic(http.ErrAbortHandler) }, 500, "",
			"", true},
		{"nil pointer", func(_ context.Context, e *Event) error { e = nil; e.Type = "x"; return nil }, 500,
			"", "", true},
		{"Goexit", func(context.Context, *Event) error { runtime.Goexit(); return nil }, 500, "", "", true},
		{"a nil that is not nil", func(context.Context, *Event) error { return (*oddError)(nil) }, 500,
			"", "", true},
		{"an error that panics", func(context.Context, *Event) error { return &oddError{} }, 500, "", "",
			true},
	} {
		f := newFixture(t)
		f.handler.settings.store = NewMemoryStore(StoreConfig{Clock: f.clock})
		runs := 0
		f.handler.On("order.created", func(ctx context.Context, e *Event) error {
			runs++
			return c.handle(ctx, e)
		})
		for range []int{1, 2} {
			response := f.send("a", testBody)
			if response.Status != c.status || response.Header.Get("Retry-After") != c.after {
				t.Errorf("%s: %d %s, Retry-After %q", c.name, response.Status, response.Body,
					response.Header.Get("Retry-After"))
			}
		}
		if (runs == 2) != c.again {
			t.Errorf("%s: ran %d times", c.name, runs)
		}
	}
}

// oddError panics when asked for anything.
type oddError struct{ cause error }

func (e *oddError) Error() string { panic("odd") }
func (e *oddError) Unwrap() error { return e.cause }
func (e *oddError) As(any) bool   { panic("odd") }

func TestPanicsAreReportedWithTheirStack(t *testing.T) {
	f := newFixture(t)
	f.handler.On("order.created", func(context.Context, *Event) error { panic("over the edge") })
	f.send("a", testBody)
	var thrown *PanicError
	if !errors.As(f.lastError(), &thrown) || thrown.Value != "over the edge" ||
		!strings.Contains(string(thrown.Stack), "handler_test.go") {
		t.Errorf("%v", f.lastError())
	}
}

func TestDispatchOrder(t *testing.T) {
	f := newFixture(t)
	var got []string
	note := func(name string) HandlerFunc {
		return func(context.Context, *Event) error { got = append(got, name); return nil }
	}
	f.handler.On("payment.success", note("alias"))
	f.handler.On("payment.completed", note("other alias"))
	f.handler.On("*", note("star"))
	f.handler.On("order.created", note("exact"))
	f.handler.OnPrefix("order.", note("order."))
	for _, shorter := range []string{"o", "or", "ord", "orde", "order", "order.u"} {
		f.handler.OnPrefix(shorter, note(shorter))
	}
	f.handler.OnPrefix("order.up", note("order.up"))
	f.handler.OnUnhandled(func(_ context.Context, e *Event, known bool) error {
		got = append(got, fmt.Sprintf("unhandled %v", known))
		return nil
	})
	f.handler.OnAny(func(context.Context, *Event) { got = append(got, "any"); panic("ignored") })
	for eventType, want := range map[string]string{
		"order.created": "any exact", "order.updated": "any order.up", "order.x": "any order.",
		"payment.completed": "any other alias", "payment.confirmed": "any alias",
		"commerce.charge.paid": "any alias", "*": "any star", "return.created": "any unhandled true",
		"constructor": "any unhandled false", "__proto__": "any unhandled false",
		"toString": "any unhandled false", "Order.created": "any unhandled false",
		" order.created": "any unhandled false",
	} {
		got = nil
		expect(t, f.send("a", `{"type":"`+eventType+`"}`), 200, bodyReceived)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", eventType, got, want)
		}
	}
}

func TestASecondHandlerIsAnError(t *testing.T) {
	f := newFixture(t)
	nothing := func(context.Context, *Event) error { return nil }
	f.handler.On("a", nothing)
	f.handler.OnPrefix("a", nothing)
	f.handler.OnUnhandled(func(context.Context, *Event, bool) error { return nil })
	for name, register := range map[string]func(){
		"type": func() { f.handler.On("a", nothing) }, "prefix": func() { f.handler.OnPrefix("a", nothing) },
		"unhandled": func() { f.handler.OnUnhandled(nil) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, ErrDuplicateHandler) {
					t.Errorf("%s: %v", name, err)
				}
			}()
			register()
		}()
	}
}

func TestOnTypedDecodes(t *testing.T) {
	f := newFixture(t)
	var got OrderCreated
	OnTyped(f.handler, func(_ context.Context, e *Event, data OrderCreated) error {
		got = data
		return nil
	})
	expect(t, f.send("a", testBody), 200, bodyReceived)
	if got.OrderID != "ord_1" {
		t.Errorf("%+v", got)
	}
	expect(t, f.send("b", `{"type":"order.created","data":{"order_id":7}}`), 500, bodyFailed)
	expect(t, f.send("c", `{"type":"order.created"}`), 500, bodyFailed)
}

func TestObserversCannotChangeAnAnswer(t *testing.T) {
	f := newFixture(t, WithParkUnreadable())
	f.handler.OnRefused(func(context.Context, *Refusal, *Request) { panic("x") })
	f.handler.OnError(func(context.Context, error, *Event) { panic("x") })
	var raw string
	f.handler.OnParked(func(_ context.Context, e *Event, reason error) {
		raw = string(e.Raw)
		panic(reason)
	})
	f.handler.On("fail", func(context.Context, *Event) error { return errors.New("x") })
	expect(t, f.send("a", "[]"), 200, bodyReceived)
	if raw != "[]" {
		t.Errorf("parked %q", raw)
	}
	expect(t, f.send("a", `{"type":"fail"}`), 500, bodyFailed)
	expect(t, f.handler.Handle(context.Background(), &Request{}), 405, "")
}

func TestSecretLookup(t *testing.T) {
	secrets, failure := []string{testSecret}, error(nil)
	clock := newTestClock()
	h, err := New("", WithClock(clock), WithSecretLookup(
		func(_ context.Context, hints Hints) ([]string, error) {
			if hints.Header.Get("webhook-id") == "" || len(hints.Body) == 0 {
				panic("no hints")
			}
			return secrets, failure
		}))
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := NewVerifier(testSecret, WithClock(clock))
	var seen error
	h.OnError(func(_ context.Context, err error, _ *Event) { seen = err })
	send := func(id string) Response {
		return h.Handle(context.Background(), &Request{Method: "POST", Body: []byte(testBody),
			Header: signer.Sign(id, testTime, []byte(testBody))})
	}
	expect(t, send("a"), 200, bodyReceived)
	secrets = []string{otherSecret}
	expect(t, send("a"), 401, "")
	secrets = nil
	expect(t, send("a"), 401, `{"error":"unauthorized"}`)
	secrets = []string{""}
	expect(t, send("a"), 500, `{"error":"not_configured"}`)
	if !errors.Is(seen, ErrNoSecret) {
		t.Error(seen)
	}
	failure = errors.New("database down")
	expect(t, send("a"), 503, bodyTryAgain)
	if !errors.Is(seen, ErrLookup) || !errors.Is(seen, failure) {
		t.Error(seen)
	}
	failure = nil
	expect(t, send(""), 503, bodyTryAgain) // the lookup panics
	if _, err := New(testSecret, WithSecretLookup(emptyLookup)); !errors.Is(err, ErrBadOption) {
		t.Error(err)
	}
}

func TestOverBudgetIsAnsweredAtOnceAndTheOutcomeDecides(t *testing.T) {
	for _, outcome := range []error{nil, errors.New("late")} {
		f := newFixture(t)
		f.handler.settings.store = NewMemoryStore(StoreConfig{Clock: f.clock})
		release, ended := make(chan struct{}), make(chan error, 1)
		runs := 0
		f.handler.On("order.created", func(ctx context.Context, _ *Event) error {
			if runs++; runs > 1 {
				return nil
			}
			<-ctx.Done()
			ended <- ctx.Err()
			<-release
			return outcome
		})
		first := f.sendLater("a", testBody)
		f.clock.awaitTimers(1)
		f.clock.advance(8 * time.Second)
		expect(t, <-first, 503, bodyTryAgain)
		if err := <-ended; err != context.DeadlineExceeded {
			t.Errorf("the context ended with %v", err)
		}
		if !errors.Is(f.lastError(), ErrOverBudget) {
			t.Errorf("reported: %v", f.lastError())
		}
		second := f.sendLater("a", testBody) // the claim is kept, so this one waits
		f.clock.awaitTimers(1)
		close(release)
		if err := f.handler.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.clock.advance(time.Second)
		if outcome == nil {
			expect(t, <-second, 200, bodyDuplicate)
		} else {
			expect(t, <-second, 200, bodyReceived)
		}
	}
}

func TestHandlersKeepWorkingWhenTheSenderHangsUp(t *testing.T) {
	f := newFixture(t)
	type name struct{}
	ctx, hangUp := context.WithCancel(context.WithValue(context.Background(), name{}, "value"))
	f.handler.On("order.created", func(ctx context.Context, _ *Event) error {
		hangUp()
		deadline, _ := ctx.Deadline()
		if ctx.Value(name{}) != "value" || !deadline.Equal(testTime.Add(8*time.Second)) {
			return errors.New("the context lost its values or its deadline")
		}
		return ctx.Err()
	})
	expect(t, f.handler.Handle(ctx, f.signed("a", testBody)), 200, bodyReceived)
}

func TestDrainEndsWithItsContext(t *testing.T) {
	f := newFixture(t)
	entered, release := make(chan struct{}), make(chan struct{})
	f.handler.On("order.created", func(context.Context, *Event) error {
		close(entered)
		<-release
		return nil
	})
	answer := f.sendLater("a", testBody)
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.handler.Drain(ctx); err != context.Canceled {
		t.Error(err)
	}
	close(release)
	expect(t, <-answer, 200, bodyReceived)
	if err := f.handler.Drain(context.Background()); err != nil {
		t.Error(err)
	}
}

// panickingClock stands for anything of the user's that fails outside of handlers.
type panickingClock struct{ SystemClock }

func (panickingClock) Now() time.Time { panic("no time") }

func TestAPanicOutsideOfHandlersIsAskedForAgain(t *testing.T) {
	f := newFixture(t)
	request := f.signed("a", testBody)
	h, _ := New(testSecret, WithClock(panickingClock{}))
	h.OnError(func(context.Context, error, *Event) {})
	expect(t, h.Handle(context.Background(), request), 503, bodyTryAgain)
}
