package receiver

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

var answers = map[Code]struct {
	status int
	word   string
}{
	ErrInvalidPayload:      {http.StatusBadRequest, "unreadable_payload"},
	ErrMissingHeader:       {http.StatusUnauthorized, "unauthorized"},
	ErrMalformedHeader:     {http.StatusUnauthorized, "unauthorized"},
	ErrNoMatchingSignature: {http.StatusUnauthorized, "unauthorized"},
	ErrTooOld:              {http.StatusUnauthorized, "unauthorized"},
	ErrTooNew:              {http.StatusUnauthorized, "unauthorized"},
	ErrMethodNotAllowed:    {http.StatusMethodNotAllowed, "method_not_allowed"},
	ErrBodyTooLarge:        {http.StatusRequestEntityTooLarge, "body_too_large"},
	ErrMediaType:           {http.StatusUnsupportedMediaType, "unsupported_media_type"},
	ErrContentEncoding:     {http.StatusUnsupportedMediaType, "unsupported_media_type"},
	ErrNoSecret:            {http.StatusInternalServerError, "not_configured"},
	ErrBadSecret:           {http.StatusInternalServerError, "not_configured"},
	ErrBodyConsumed:        {http.StatusInternalServerError, "not_configured"},
}

func respond(status int, body string) Response {
	return Response{status, http.Header{"Content-Type": {"application/json"}}, []byte(body)}
}

func received() Response  { return respond(http.StatusOK, `{"received":true}`) }
func duplicate() Response { return respond(http.StatusOK, `{"received":true,"duplicate":true}`) }
func failed() Response {
	return respond(http.StatusInternalServerError, `{"error":"handler_failed"}`)
}

// tryAgain rounds up to whole seconds and asks for at least one.
func tryAgain(after time.Duration) Response {
	if after <= 0 {
		after = retryAfter
	}
	seconds := int64(after / time.Second)
	if after%time.Second != 0 {
		seconds++
	}
	response := respond(http.StatusServiceUnavailable, `{"error":"try_again"}`)
	response.Header.Set("Retry-After", strconv.FormatInt(seconds, 10))
	return response
}

func (h *Handler) refuse(ctx context.Context, request *Request, refused *Refusal) Response {
	observe(h, &h.refused, func(f func(context.Context, *Refusal, *Request)) {
		f(ctx, refused, request)
	})
	answer := answers[refused.Code]
	if answer.status == http.StatusInternalServerError {
		h.report(ctx, refused, nil)
	}
	response := respond(answer.status, `{"error":"`+answer.word+`"}`)
	if refused.Code == ErrMethodNotAllowed {
		response.Header.Set("Allow", http.MethodPost)
	}
	return response
}

// admit judges what is known before the body is read.
func (h *Handler) admit(request *Request, length int64) *Refusal {
	if request.Method != http.MethodPost {
		return refusal(ErrMethodNotAllowed, "", "the method is not POST")
	}
	if !each(request.Header, "Content-Encoding", func(value string) bool {
		return value == "" || strings.EqualFold(value, "identity")
	}) {
		return refusal(ErrContentEncoding, "Content-Encoding", "only identity can be verified")
	}
	_, present := header(request.Header, "Content-Type")
	if present != 1 || !each(request.Header, "Content-Type", isJSON) {
		return refusal(ErrMediaType, "Content-Type", "it is not application/json")
	}
	return h.admitLength(length)
}

func (h *Handler) admitLength(length int64) *Refusal {
	if length > h.settings.maxBody {
		return refusal(ErrBodyTooLarge, "", "the body is longer than max_body")
	}
	return nil
}

// each asks about every value of a header.
func each(all http.Header, name string, ask func(string) bool) bool {
	for spelled, values := range all {
		if http.CanonicalHeaderKey(spelled) != name {
			continue
		}
		for _, value := range values {
			if !ask(strings.Trim(value, " \t")) {
				return false
			}
		}
	}
	return true
}

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"

// isJSON takes application/json and application/*+json, with any parameters.
func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.Trim(media, " \t"))
	subtype := strings.TrimPrefix(media, "application/")
	if subtype == media || strings.Trim(subtype, tokenCharacters) != "" {
		return false
	}
	return subtype == "json" || (strings.HasSuffix(subtype, "+json") && len(subtype) > len("+json"))
}

// Handle answers one request; ServeHTTP is an adapter for it. It never panics. The values of ctx
// reach the handlers, its end does not.
func (h *Handler) Handle(ctx context.Context, request *Request) (response Response) {
	defer h.lastResort(ctx, &response)
	if h.gone.Load() {
		return respond(http.StatusGone, `{"error":"gone"}`)
	}
	if refused := h.admit(request, int64(len(request.Body))); refused != nil {
		return h.refuse(ctx, request, refused)
	}
	return h.receive(ctx, request)
}

// lastResort is for panics outside of handlers: in a clock, a lookup, or here.
func (h *Handler) lastResort(ctx context.Context, response *Response) {
	if thrown := recover(); thrown != nil {
		h.report(ctx, &PanicError{thrown, debug.Stack()}, nil)
		*response = tryAgain(0)
	}
}

// receive verifies and parses a request that was admitted, and has its event done.
func (h *Handler) receive(ctx context.Context, request *Request) Response {
	v := h.verifier
	keys := v.keys
	if h.settings.lookup != nil {
		secrets, err := h.lookUp(ctx, request)
		if err != nil {
			h.report(ctx, &problem{ErrLookup, "the secret lookup failed", err}, nil)
			return tryAgain(0)
		}
		if len(secrets) == 0 {
			return h.refuse(ctx, request, refusal(ErrNoMatchingSignature, "",
				"the secret lookup found none"))
		}
		if keys, err = decodeKeys(v.scheme.SecretEncoding, secrets); err != nil {
			return h.refuse(ctx, request, refusal(CodeOf(err), "", err.Error()))
		}
	}
	verified, refused := v.verify(keys, request.Header, request.Body)
	if refused != nil {
		return h.refuse(ctx, request, refused)
	}
	event, refused := readEvent(v.scheme, request.Header, request.Body, verified)
	if refused == nil {
		return h.claimAndRun(ctx, event)
	}
	if h.settings.park {
		h.park(ctx, event, refused)
		return received()
	}
	return h.refuse(ctx, request, refused)
}

func (h *Handler) lookUp(ctx context.Context, request *Request) (secrets []string, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &PanicError{thrown, debug.Stack()}
		}
	}()
	return h.settings.lookup(ctx, Hints{Header: request.Header, Body: request.Body})
}

func (h *Handler) park(ctx context.Context, event *Event, reason error) {
	told := observe(h, &h.parked, func(f func(context.Context, *Event, error)) {
		f(ctx, event, reason)
	})
	if !told {
		h.report(ctx, fmt.Errorf("parked without an OnParked: %w", reason), event)
	}
}
