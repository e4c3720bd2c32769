package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"malote.dev/receiver"
)

// session is a series of deliveries to one handler with one store.
type session struct {
	ID       string  `json:"id"`
	Profile  string  `json:"profile"`
	Now      *int64  `json:"now"`
	Options  options `json:"options"`
	Parallel bool    `json:"parallel"`
	Steps    []step  `json:"steps"`
}

type step struct {
	Delivery  string          `json:"delivery"`
	Entity    string          `json:"entity"`
	Handler   string          `json:"handler"` // ok, throw, slow, hang, crash, retry or park
	Store     string          `json:"store"`   // ok or down
	AdvanceS  float64         `json:"advance_s"`
	HTTP      json.RawMessage `json:"http"` // a number or a list of numbers
	Ran       *bool           `json:"ran"`
	Duplicate *bool           `json:"duplicate"`
}

// turn is a step at work. It travels in the context, so that the scripted handler and store know
// which step they serve.
type turn struct {
	step
	run     *sessionRun
	blocked chan struct{} // closed once it answered, reached its handler or waits for another
	once    sync.Once
	ran     bool
	slow    bool
	answer  receiver.Response
}

func (t *turn) reached() { t.once.Do(func() { close(t.blocked) }) }

type turnKey struct{}

func turnOf(ctx context.Context) *turn { return ctx.Value(turnKey{}).(*turn) }

type sessionRun struct {
	profile receiver.Profile
	signer  *receiver.Verifier
	handler *receiver.Handler
	clock   *scriptedClock
	all     chan struct{}  // closed once every step is blocked; from the start if they take turns
	slow    sync.WaitGroup // handlers that wait for all, until they are answered
	release chan struct{}  // closed at the end: lets go of handlers that hang
}

type stepResult struct {
	HTTP      int  `json:"http"`
	Ran       bool `json:"ran"`
	Duplicate bool `json:"duplicate"`
}

type sessionResult struct {
	ID    string       `json:"id"`
	Steps []stepResult `json:"steps"`
}

func runSession(file *vectors, s *session) (sessionResult, []string) {
	got := sessionResult{ID: s.ID}
	run, err := newRun(file, s)
	if err != nil {
		return got, []string{err.Error()}
	}
	if !s.Parallel {
		close(run.all)
	}
	turns, answered := run.start(s)
	if s.Parallel {
		close(run.all)
	}
	for _, done := range answered {
		<-done
	}
	close(run.release)
	_ = run.handler.Drain(context.Background())
	var problems []string
	for i, t := range turns {
		step := stepResult{t.answer.Status, t.ran,
			bytes.Contains(t.answer.Body, []byte(`"duplicate":true`))}
		got.Steps = append(got.Steps, step)
		for _, problem := range t.compare(step) {
			problems = append(problems, fmt.Sprintf("step %d: %s", i+1, problem))
		}
	}
	return got, problems
}

// start sends the steps: each after the answer to the one before, or, in a parallel session, as
// soon as that one is in its handler or waits.
func (run *sessionRun) start(s *session) (turns []*turn, answered []chan struct{}) {
	for i := range s.Steps {
		t := &turn{step: s.Steps[i], run: run, blocked: make(chan struct{})}
		run.clock.advance(time.Duration(t.AdvanceS * float64(time.Second)))
		if t.Delivery == "" {
			continue
		}
		done := make(chan struct{})
		turns, answered = append(turns, t), append(answered, done)
		go func() {
			defer close(done)
			t.answer = run.send(t)
			t.reached()
			if t.slow {
				run.slow.Done()
			}
		}()
		if s.Parallel {
			<-t.blocked
		} else {
			<-done
		}
	}
	return turns, answered
}

func newRun(file *vectors, s *session) (*sessionRun, error) {
	profile, err := file.profile(s.Profile, nil)
	if err != nil {
		return nil, err
	}
	now := file.Now
	if s.Now != nil {
		now = *s.Now
	}
	run := &sessionRun{profile: profile, clock: &scriptedClock{now: time.Unix(now, 0)},
		all: make(chan struct{}), release: make(chan struct{})}
	// A copy that waits looks again once nothing is left that could end the first one.
	run.clock.pause = func() {
		<-run.all
		run.slow.Wait()
	}
	options, err := settings(file.Defaults, s.Options)
	if err != nil {
		return nil, err
	}
	memory := receiver.NewMemoryStore(receiver.StoreConfig{Clock: run.clock})
	options = append(options, receiver.WithProfile(profile), receiver.WithClock(run.clock),
		receiver.WithStore(scriptedStore{memory}))
	secret := secretFor(profile.SecretEncoding)
	if run.signer, err = receiver.NewVerifier(secret, options...); err != nil {
		return nil, err
	}
	run.handler, err = receiver.New(secret, options...)
	if err == nil {
		run.handler.OnPrefix("", run.handle)
	}
	return run, err
}

func secretFor(encoding string) string {
	bytes := []byte("a secret of thirty-two bytes, ok")
	switch encoding {
	case "whsec-base64":
		return "whsec_" + base64.StdEncoding.EncodeToString(bytes)
	case "hex":
		return hex.EncodeToString(bytes)
	}
	return string(bytes)
}

// send signs and posts what the sender of the profile would.
func (run *sessionRun) send(t *turn) receiver.Response {
	entity := t.Entity
	if entity == "" {
		entity = "ord_1"
	}
	content := map[string]any{}
	place(content, run.profile.Data, map[string]any{"id": entity})
	place(content, run.profile.Type, "order.created")
	place(content, run.profile.EventID, "evt_"+t.Delivery)
	body, _ := json.Marshal(content)
	headers := run.signer.Sign("dlv_"+t.Delivery, run.clock.Now(), body)
	for _, source := range run.profile.Type {
		if name := strings.TrimPrefix(source, "header:"); name != source {
			headers.Set(name, "order.created")
		}
	}
	ctx := context.WithValue(context.Background(), turnKey{}, t)
	return run.handler.Handle(ctx, &receiver.Request{Method: "POST", Header: headers, Body: body})
}

// place puts a value where the first body source points.
func place(content map[string]any, sources []string, value any) {
	for _, source := range sources {
		pointer := strings.TrimPrefix(source, "body:/")
		if pointer == source {
			continue
		}
		tokens := strings.Split(pointer, "/")
		for _, token := range tokens[:len(tokens)-1] {
			inner, ok := content[token].(map[string]any)
			if !ok {
				inner = map[string]any{}
				content[token] = inner
			}
			content = inner
		}
		content[tokens[len(tokens)-1]] = value
		return
	}
}

func (run *sessionRun) handle(ctx context.Context, _ *receiver.Event) error {
	t := turnOf(ctx)
	t.ran = true
	if t.slow = t.Handler == "slow"; t.slow {
		run.slow.Add(1)
	}
	t.reached()
	switch t.Handler {
	case "throw":
		return errors.New("scripted failure")
	case "crash":
		panic("scripted crash")
	case "slow":
		<-run.all
	case "hang":
		deadline, _ := ctx.Deadline()
		run.clock.advance(deadline.Sub(run.clock.Now()))
		<-run.release
	case "retry":
		return receiver.Retry(nil, 0)
	case "park":
		return receiver.Park(errors.New("scripted"))
	}
	return nil
}

// scriptedStore is down when the step says so, and loses the outcome of a step that crashed: the
// process that would have told it is no more.
type scriptedStore struct{ receiver.Store }

var errDown = errors.New("scripted: the store is down")

func (s scriptedStore) Begin(ctx context.Context, key string, lease time.Duration) (
	receiver.State, error) {
	t := turnOf(ctx)
	if t.Store == "down" {
		return 0, errDown
	}
	state, err := s.Store.Begin(ctx, key, lease)
	if state == receiver.InFlight {
		t.reached()
	}
	return state, err
}

func (s scriptedStore) Commit(ctx context.Context, key string, ttl time.Duration) error {
	if turnOf(ctx).Store == "down" {
		return errDown
	}
	return s.Store.Commit(ctx, key, ttl)
}

func (s scriptedStore) Abort(ctx context.Context, key string) error {
	t := turnOf(ctx)
	if t.Store == "down" {
		return errDown
	}
	if t.Handler == "crash" {
		return nil
	}
	return s.Store.Abort(ctx, key)
}

func (t *turn) answers() bool { return len(t.HTTP) > 0 && !bytes.Equal(t.HTTP, []byte("null")) }

func (t *turn) compare(got stepResult) (problems []string) {
	var statuses []int
	if t.answers() && json.Unmarshal(t.HTTP, &statuses) != nil {
		statuses = make([]int, 1)
		if json.Unmarshal(t.HTTP, &statuses[0]) != nil {
			return []string{"http is neither a number nor a list: " + string(t.HTTP)}
		}
	}
	allowed := len(statuses) == 0
	for _, status := range statuses {
		allowed = allowed || status == got.HTTP
	}
	if !allowed {
		problems = append(problems, fmt.Sprintf("http is %d, not %s", got.HTTP, t.HTTP))
	}
	if t.Ran != nil && *t.Ran != got.Ran {
		problems = append(problems, fmt.Sprintf("ran is %v", got.Ran))
	}
	if t.Duplicate != nil && *t.Duplicate != got.Duplicate {
		problems = append(problems, fmt.Sprintf("duplicate is %v", got.Duplicate))
	}
	return problems
}
