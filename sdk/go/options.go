package receiver

import (
	"context"
	"net/http"
	"time"
)

// Option changes a default of New or NewVerifier.
type Option func(*settings)

// Hints is what a secret lookup sees. Nothing in it is proven yet: use it to choose a secret only.
type Hints struct {
	Header http.Header
	Body   []byte
}

// SecretLookup returns the secrets to try, the current one first; none refuses the request.
type SecretLookup func(ctx context.Context, hints Hints) ([]string, error)

type settings struct {
	scheme        string
	profile       *Profile
	previous      []string
	lookup        SecretLookup
	tolerance     time.Duration
	judgeTime     bool
	enforceTime   bool
	maxBody       int64
	maxSignatures int
	budget        time.Duration
	store         Store
	lease         time.Duration
	ttl           time.Duration
	wait          time.Duration
	runWithout    bool
	park          bool
	clock         Clock
	gone          bool
}

func defaults() settings {
	return settings{
		scheme: "standard", tolerance: 300 * time.Second, judgeTime: true, maxBody: 1 << 20,
		maxSignatures: 16, budget: 8 * time.Second, lease: time.Minute, ttl: 7 * 24 * time.Hour,
		wait: 5 * time.Second, clock: SystemClock{},
	}
}

func (s *settings) check(secret string) error {
	switch {
	case s.lookup != nil && (secret != "" || len(s.previous) > 0):
		return problemf(ErrBadOption, "give either a secret or secret_lookup")
	case s.lookup == nil && secret == "":
		return problemf(ErrNoSecret, "the secret is empty: is the environment variable set?")
	case s.tolerance < 0:
		return problemf(ErrBadOption, "tolerance is negative; WithoutTolerance judges no times")
	case s.maxBody <= 0 || s.maxSignatures <= 0:
		return problemf(ErrBadOption, "max_body and max_signatures must be positive")
	case s.budget <= 0 || s.lease <= 0 || s.ttl <= 0 || s.wait < 0:
		return problemf(ErrBadOption, "budget, lease and ttl must be positive, wait not negative")
	case s.clock == nil:
		return problemf(ErrBadOption, "clock is nil")
	}
	return nil
}

// WithScheme chooses a built-in profile by name; the default is "standard". See Schemes.
func WithScheme(name string) Option {
	return func(s *settings) { s.scheme, s.profile = name, nil }
}

// WithProfile uses a profile of your own.
func WithProfile(profile Profile) Option {
	return func(s *settings) { s.profile = &profile }
}

// WithPreviousSecrets also accepts what older secrets signed, while a secret is rotated.
func WithPreviousSecrets(secrets ...string) Option {
	return func(s *settings) { s.previous = append(s.previous, secrets...) }
}

// WithSecretLookup asks for the secrets of each request, for senders with a key per shop. Give New
// an empty secret.
func WithSecretLookup(lookup SecretLookup) Option {
	return func(s *settings) { s.lookup = lookup }
}

// WithTolerance sets how far a timestamp may be off, both ways, the edge included. Whole seconds
// count; the default is 300 s.
func WithTolerance(tolerance time.Duration) Option {
	return func(s *settings) { s.tolerance, s.judgeTime = tolerance, true }
}

// WithoutTolerance judges no times: for events from a queue. Replays pass.
func WithoutTolerance() Option { return func(s *settings) { s.judgeTime = false } }

// WithEnforceUnsignedTimestamp judges a timestamp the signature does not cover, and demands it.
func WithEnforceUnsignedTimestamp() Option { return func(s *settings) { s.enforceTime = true } }

// WithMaxBody sets how many bytes a body may have; the default is 1 MiB.
func WithMaxBody(bytes int64) Option { return func(s *settings) { s.maxBody = bytes } }

// WithMaxSignatures sets how many signatures one header may have; the default is 16.
func WithMaxSignatures(count int) Option { return func(s *settings) { s.maxSignatures = count } }

// WithBudget sets how long all handlers of one delivery may take before the sender is answered 503;
// the default is 8 s.
func WithBudget(budget time.Duration) Option { return func(s *settings) { s.budget = budget } }

// WithStore drops copies of what was done; without a store every copy runs.
func WithStore(store Store) Option { return func(s *settings) { s.store = store } }

// WithLease sets how long a claim holds without an outcome; the default is 60 s. Let it be longer
// than your slowest handler.
func WithLease(lease time.Duration) Option { return func(s *settings) { s.lease = lease } }

// WithTTL sets how long a done key is kept; the default is 7 days.
func WithTTL(ttl time.Duration) Option { return func(s *settings) { s.ttl = ttl } }

// WithWait sets how long a copy waits for the outcome of the first; the default is 5 s.
func WithWait(wait time.Duration) Option { return func(s *settings) { s.wait = wait } }

// WithRunOnStoreError runs handlers, perhaps twice, while the store is down. The default is 503.
func WithRunOnStoreError() Option { return func(s *settings) { s.runWithout = true } }

// WithParkUnreadable answers 200 to genuine requests that cannot be read and gives them to
// OnParked, as an event without a type. The default is 400.
func WithParkUnreadable() Option { return func(s *settings) { s.park = true } }

// WithClock sets the only source of time.
func WithClock(clock Clock) Option { return func(s *settings) { s.clock = clock } }

// WithGone starts with SetGone(true).
func WithGone() Option { return func(s *settings) { s.gone = true } }
