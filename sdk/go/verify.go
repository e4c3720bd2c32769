package receiver

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"
)

// Verified says what was proven about a request.
type Verified struct {
	MatchedSecret   int       // 0 is the secret, 1 the first previous one
	SignedAt        time.Time // the sender's time, if it was signed; else zero
	MessageID       string    // the id header, signed or not
	IDSigned        bool
	ReplayProtected bool // the time was signed and judged
}

// Verifier proves and signs requests of one sender. It is safe for many goroutines.
type Verifier struct {
	scheme        *scheme
	secrets       []string // kept for Explain only
	keys          []*key
	tolerance     time.Duration
	judgeTime     bool
	enforceTime   bool
	maxSignatures int
	clock         Clock
}

// NewVerifier builds a verifier; of the options those about secrets, schemes and time matter.
func NewVerifier(secret string, options ...Option) (*Verifier, error) {
	settings := defaults()
	for _, option := range options {
		option(&settings)
	}
	if settings.lookup != nil {
		return nil, problemf(ErrBadOption, "secret_lookup is for New, not for NewVerifier")
	}
	return newVerifier(secret, &settings)
}

func newVerifier(secret string, settings *settings) (*Verifier, error) {
	if err := settings.check(secret); err != nil {
		return nil, err
	}
	profile := settings.profile
	if profile == nil {
		builtin, err := SchemeProfile(settings.scheme)
		if err != nil {
			return nil, err
		}
		profile = &builtin
	}
	scheme, err := compile(*profile)
	if err != nil {
		return nil, err
	}
	if settings.enforceTime && scheme.Timestamp == nil {
		return nil, problemf(ErrBadOption, "the scheme %s has no timestamp that could be enforced",
			scheme.Name)
	}
	v := &Verifier{
		scheme: scheme, tolerance: settings.tolerance, judgeTime: settings.judgeTime,
		enforceTime: settings.enforceTime, maxSignatures: settings.maxSignatures,
		clock: settings.clock,
	}
	if settings.lookup != nil {
		return v, nil
	}
	v.secrets = append([]string{secret}, settings.previous...)
	v.keys, err = decodeKeys(scheme.SecretEncoding, v.secrets)
	return v, err
}

// String keeps the secrets out of logs.
func (v *Verifier) String() string { return "receiver.Verifier(" + v.scheme.Name + ")" }

// GoString does the same for %#v.
func (v *Verifier) GoString() string { return v.String() }

// Verify proves a request from its headers and the bytes of its body. The error is a *Refusal.
func (v *Verifier) Verify(h http.Header, body []byte) (Verified, error) {
	verified, refused := v.verify(v.keys, h, body)
	if refused != nil {
		return Verified{}, refused
	}
	return verified, nil
}

func (v *Verifier) verify(keys []*key, h http.Header, body []byte) (Verified, *Refusal) {
	if len(keys) == 0 {
		return Verified{}, refusal(ErrNoSecret, "", "there is no secret to verify with")
	}
	said, refused := v.read(h)
	if refused != nil {
		return Verified{}, refused
	}
	matched := match(keys, v.scheme, &said, body)
	if matched < 0 {
		hint := "the secret is another, or the body is not what was signed; Explain may tell"
		if len(body) == 0 {
			hint = "the body is empty: was it read before it came here?"
		}
		return Verified{}, refusal(ErrNoMatchingSignature, v.scheme.SignatureHeader, hint)
	}
	return v.judge(matched, &said)
}

// match returns the first key that made any of the signatures, or -1.
func match(keys []*key, s *scheme, said *sent, body []byte) int {
	var digest [sha256.Size]byte
	for i, key := range keys {
		key.sum(&digest, s, said.id, said.timestamp, body)
		equal := 0
		for j := range said.signatures {
			equal |= subtle.ConstantTimeCompare(digest[:], said.signatures[j][:])
		}
		if equal == 1 {
			return i
		}
	}
	return -1
}

func (v *Verifier) judge(matched int, said *sent) (Verified, *Refusal) {
	verified := Verified{MatchedSecret: matched, MessageID: said.id, IDSigned: v.scheme.signsID}
	if !v.scheme.signsTime && !v.enforceTime {
		return verified, nil
	}
	seconds, _ := parseTime(v.scheme.Timestamp.Format, said.timestamp)
	if v.judgeTime {
		age := v.clock.Now().Unix() - seconds
		limit := int64(v.tolerance / time.Second)
		if age > limit {
			return Verified{}, refusal(ErrTooOld, v.scheme.timeHeader(), "it is "+
				strconv.FormatInt(age, 10)+" s old: a replay, or this clock is fast")
		}
		if -age > limit {
			return Verified{}, refusal(ErrTooNew, v.scheme.timeHeader(), "it is "+
				strconv.FormatInt(-age, 10)+" s ahead: this clock is slow")
		}
	}
	if v.scheme.signsTime {
		verified.SignedAt = time.Unix(seconds, 0).UTC()
		verified.ReplayProtected = v.judgeTime
	}
	return verified, nil
}

// Sign makes the headers that the sender of this scheme would send with body, for tests. It signs
// with the first secret; id is left out where the scheme has none.
func (v *Verifier) Sign(id string, at time.Time, body []byte) http.Header {
	s := v.scheme
	h := http.Header{"Content-Type": {"application/json"}}
	timestamp := ""
	if s.Timestamp != nil {
		timestamp = strconv.FormatInt(at.Unix(), 10)
		if s.Timestamp.Format == "rfc3339" {
			timestamp = at.UTC().Format("2006-01-02T15:04:05Z")
		}
		if s.timestamp != "" {
			h.Set(s.timestamp, timestamp)
		}
	}
	if s.id != "" && id != "" {
		h.Set(s.id, id)
	}
	var digest [sha256.Size]byte
	v.keys[0].sum(&digest, s, id, timestamp, body)
	value := encodeSignature(s.Encoding, digest[:])
	switch s.HeaderFormat {
	case "bare":
		value = s.Prefix + value
	case "v1-space-list":
		value = "v1," + value
	case "t-v1-comma":
		value = "t=" + timestamp + ",v1=" + value
	case "t-v1-space":
		value = "t=" + timestamp + " v1=" + value
	}
	h.Set(s.signature, value)
	return h
}
