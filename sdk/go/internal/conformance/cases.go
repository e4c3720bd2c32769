package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"malote.dev/receiver"
)

// result is the line --json prints.
type result struct {
	ID            string     `json:"id"`
	Verify        string     `json:"verify"`
	HTTP          int        `json:"http"`
	Dispatch      *string    `json:"dispatch"`
	MatchedSecret *int       `json:"matched_secret"`
	Event         *eventText `json:"event"`

	replayProtected bool
}

// caseClock stands still: no case needs a timer to fire.
type caseClock int64

func (c caseClock) Now() time.Time { return time.Unix(int64(c), 0) }

func (c caseClock) NewTimer(time.Duration) (<-chan time.Time, func()) {
	return make(chan time.Time), func() {}
}

func runCase(file *vectors, c *testCase) (result, []string) {
	got, err := handleCase(file, c)
	got.ID = c.ID
	if err != nil {
		return got, []string{err.Error()}
	}
	return got, compare(c, &got)
}

func handleCase(file *vectors, c *testCase) (got result, err error) {
	got.Verify = "ok"
	profile, err := file.profile(c.Profile, c.Secrets)
	if err != nil {
		return got, err
	}
	now := file.Now
	if c.Now != nil {
		now = *c.Now
	}
	options, err := settings(file.Defaults, c.Options)
	if err != nil {
		return got, err
	}
	options = append(options, receiver.WithProfile(profile), receiver.WithClock(caseClock(now)))
	first := ""
	for i, secret := range c.Secrets {
		if i == 0 {
			first = secret.Value
		} else {
			options = append(options, receiver.WithPreviousSecrets(secret.Value))
		}
	}
	h, err := receiver.New(first, options...)
	if err != nil {
		got.Verify, got.HTTP = string(receiver.CodeOf(err)), http.StatusInternalServerError
		return got, nil
	}
	watch(h, &got)
	bytes, err := c.Request.Body.bytes()
	if err != nil {
		return got, err
	}
	got.HTTP = h.Handle(context.Background(), &receiver.Request{
		Method: c.Request.Method, Header: header(c.Request.Headers), Body: bytes,
	}).Status
	return got, nil
}

func watch(h *receiver.Handler, got *result) {
	dispatched := func(how string) { got.Dispatch = &how }
	h.On("order.created", func(context.Context, *receiver.Event) error {
		dispatched("handled")
		return nil
	})
	h.OnUnhandled(func(context.Context, *receiver.Event, bool) error {
		dispatched("unhandled")
		return nil
	})
	h.OnAny(func(_ context.Context, e *receiver.Event) {
		got.MatchedSecret = &e.Verified.MatchedSecret
		got.replayProtected = e.Verified.ReplayProtected
		got.Event = &eventText{e.Type, e.ID}
	})
	h.OnRefused(func(_ context.Context, refused *receiver.Refusal, _ *receiver.Request) {
		got.Verify = string(refused.Code)
	})
}

func compare(c *testCase, got *result) (problems []string) {
	differ := func(what string, want, have any) {
		problems = append(problems, fmt.Sprintf("%s is %v, not %v", what, have, want))
	}
	if got.Verify != c.Expect.Verify {
		differ("verify", c.Expect.Verify, got.Verify)
	}
	if c.Expect.HTTP != 0 && got.HTTP != c.Expect.HTTP {
		differ("http", c.Expect.HTTP, got.HTTP)
	}
	if want := c.Expect.Dispatch; want != "" && (got.Dispatch == nil || *got.Dispatch != want) {
		differ("dispatch", want, got.Dispatch)
	}
	if want := c.Expect.MatchedSecret; want != nil &&
		(got.MatchedSecret == nil || *got.MatchedSecret != *want) {
		differ("matched_secret", *want, got.MatchedSecret)
	}
	if want := c.Expect.Event; want != nil && (got.Event == nil || *got.Event != *want) {
		differ("event", *want, got.Event)
	}
	if want := c.Expect.ReplayProtected; want != nil && got.replayProtected != *want {
		differ("replay_protected", *want, got.replayProtected)
	}
	return problems
}
