package receiver

import (
	"errors"
	"fmt"
	"time"
)

// Code says what was wrong in one word, the same in every language's SDK. It is an error, so that
// errors.Is(err, receiver.ErrTooOld) asks for it.
type Code string

func (c Code) Error() string { return string(c) }

// Why a request is refused.
const (
	ErrNoSecret            Code = "no_secret" // also: refused to start
	ErrMissingHeader       Code = "missing_header"
	ErrMalformedHeader     Code = "malformed_header"
	ErrNoMatchingSignature Code = "no_matching_signature"
	ErrTooOld              Code = "timestamp_too_old"
	ErrTooNew              Code = "timestamp_too_new"
	ErrInvalidPayload      Code = "invalid_payload" // genuine, but unreadable
	ErrMethodNotAllowed    Code = "method_not_allowed"
	ErrMediaType           Code = "unsupported_media_type"
	ErrContentEncoding     Code = "unsupported_content_encoding"
	ErrBodyTooLarge        Code = "body_too_large"
	ErrBodyConsumed        Code = "body_consumed" // something read the body before us
)

// Why a receiver cannot be built.
const (
	ErrBadSecret        Code = "bad_secret"
	ErrBadProfile       Code = "bad_profile"
	ErrBadOption        Code = "bad_option"
	ErrDuplicateHandler Code = "duplicate_handler"
)

// What else OnError may be told.
const (
	ErrOverBudget  Code = "over_budget"
	ErrStore       Code = "store_failed"
	ErrLookup      Code = "secret_lookup_failed"
	ErrStoreFull   Code = "store_full"
	ErrNotFinished Code = "handler_not_finished" // it ended its goroutine without returning
)

// CodeOf returns the code of an error of this package, or "".
func CodeOf(err error) Code {
	var code Code
	if errors.As(err, &code) {
		return code
	}
	return ""
}

// Refusal is the error of a request that is not accepted. Header is the header it concerns, if one;
// Hint is for your logs. Neither ever goes on the wire.
type Refusal struct {
	Code   Code
	Header string
	Hint   string
}

func (r *Refusal) Error() string {
	if r.Header == "" {
		return fmt.Sprintf("%s: %s", r.Code, r.Hint)
	}
	return fmt.Sprintf("%s: %s: %s", r.Code, r.Header, r.Hint)
}

// Unwrap makes errors.Is work with the code.
func (r *Refusal) Unwrap() error { return r.Code }

func refusal(code Code, header, hint string) *Refusal {
	return &Refusal{Code: code, Header: header, Hint: hint}
}

// problem is an error with a code and a text; it may wrap another.
type problem struct {
	code  Code
	text  string
	cause error
}

func (p *problem) Error() string {
	if p.cause == nil {
		return fmt.Sprintf("%s: %s", p.code, p.text)
	}
	return fmt.Sprintf("%s: %s: %v", p.code, p.text, p.cause)
}

func (p *problem) Is(target error) bool { return target == p.code }

func (p *problem) As(target any) bool {
	code, ok := target.(*Code)
	if ok {
		*code = p.code
	}
	return ok
}

func (p *problem) Unwrap() error { return p.cause }

func problemf(code Code, format string, args ...any) error {
	return &problem{code: code, text: fmt.Sprintf(format, args...)}
}

// PanicError is what OnError gets when a handler panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("handler panicked: %v", p.Value) }

type retryError struct {
	cause error
	after time.Duration
}

// Retry is returned by a handler that wants the event again. The sender is answered 503 with
// Retry-After; after is rounded up to whole seconds, and zero leaves it to us. err may be nil.
func Retry(err error, after time.Duration) error { return &retryError{err, after} }

func (r *retryError) Error() string { return describe("retry", r.cause) }
func (r *retryError) Unwrap() error { return r.cause }

type parkError struct{ reason error }

// Park is returned by a handler that can never succeed with this event: the sender is told 200, and
// OnParked gets the event and the reason.
func Park(reason error) error { return &parkError{reason} }

func (p *parkError) Error() string { return describe("park", p.reason) }
func (p *parkError) Unwrap() error { return p.reason }

func describe(what string, cause error) string {
	if cause == nil {
		return what
	}
	return fmt.Sprintf("%s: %v", what, cause)
}
