package receiver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// secretIn gives a secret that every encoding can read.
func secretIn(encoding string) string {
	return map[string]string{"utf8": "a plain secret", "whsec-base64": testSecret,
		"hex": "00112233445566778899aabbccddeeff"}[encoding]
}

func verifierFor(t *testing.T, scheme string, options ...Option) *Verifier {
	t.Helper()
	profile, err := SchemeProfile(scheme)
	if err != nil {
		t.Fatal(err)
	}
	options = append([]Option{WithScheme(scheme), WithClock(newTestClock())}, options...)
	v, err := NewVerifier(secretIn(profile.SecretEncoding), options...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEverySchemeAcceptsWhatItSigns(t *testing.T) {
	for _, scheme := range Schemes() {
		v := verifierFor(t, scheme)
		h := v.Sign("dlv_1", testTime, []byte(testBody))
		verified, err := v.Verify(h, []byte(testBody))
		if err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		profile, _ := SchemeProfile(scheme)
		if verified.ReplayProtected != contains(profile.Signed, "ts") {
			t.Errorf("%s: replay protection is said to be %v", scheme, verified.ReplayProtected)
		}
		if _, err := v.Verify(h, []byte(testBody+" ")); !errors.Is(err, ErrNoMatchingSignature) {
			t.Errorf("%s: a changed body gives %v", scheme, err)
		}
	}
}

func TestNoSchemeAcceptsMutatedSignatures(t *testing.T) {
	for _, scheme := range Schemes() {
		v := verifierFor(t, scheme)
		h := v.Sign("dlv_1", testTime, []byte(testBody))
		good := h.Get(v.scheme.SignatureHeader)
		for i := range good {
			for _, change := range []string{"", "0", "é", ",", " ", "=", "\x00"} {
				mutated := good[:i] + change + good[i+1:]
				h.Set(v.scheme.SignatureHeader, mutated)
				_, err := v.Verify(h, []byte(testBody))
				var refused *Refusal
				if err != nil && !errors.As(err, &refused) {
					t.Fatalf("%s: %q gives the error %v", scheme, mutated, err)
				}
				if err == nil && !equivalent(v, mutated, good) {
					t.Fatalf("%s: %q was accepted", scheme, mutated)
				}
			}
		}
	}
}

// equivalent is true where both values carry the same signature bytes, and the same time.
func equivalent(v *Verifier, a, b string) bool {
	var first, second sent
	if v.readSignatures(a, &first) != nil || v.readSignatures(b, &second) != nil {
		return false
	}
	return first.signatures[0] == second.signatures[0] && first.timestamp == second.timestamp
}

func TestHeaderSpellingsAndDuplicates(t *testing.T) {
	v := verifierFor(t, "standard")
	h := v.Sign("dlv_1", testTime, []byte(testBody))
	lower := http.Header{}
	for name, values := range h {
		lower[strings.ToLower(name)] = values
	}
	if _, err := v.Verify(lower, []byte(testBody)); err != nil {
		t.Errorf("lower case names: %v", err)
	}
	for _, name := range []string{"Webhook-Signature", "Webhook-Timestamp", "Webhook-Id"} {
		twice := h.Clone()
		twice.Add(name, twice.Get(name))
		if _, err := v.Verify(twice, []byte(testBody)); !errors.Is(err, ErrMalformedHeader) {
			t.Errorf("%s twice: %v", name, err)
		}
		mixed := h.Clone()
		mixed[strings.ToUpper(name)] = mixed[name]
		if _, err := v.Verify(mixed, []byte(testBody)); !errors.Is(err, ErrMalformedHeader) {
			t.Errorf("%s in two spellings: %v", name, err)
		}
		absent := h.Clone()
		absent.Del(name)
		_, err := v.Verify(absent, []byte(testBody))
		var refused *Refusal
		if !errors.As(err, &refused) || refused.Code != ErrMissingHeader ||
			!strings.EqualFold(refused.Header, name) {
			t.Errorf("%s absent: %v", name, err)
		}
	}
}

func TestSignatureLists(t *testing.T) {
	v := verifierFor(t, "standard")
	h := v.Sign("dlv_1", testTime, []byte(testBody))
	good := h.Get("webhook-signature")
	wrong := "v1," + strings.Repeat("A", 43) + "="
	for value, want := range map[string]error{
		good + " " + wrong:                              nil,
		wrong + "  junk v2,x " + good:                   nil,
		"v1a," + good[3:] + " v2,x":                     ErrNoMatchingSignature,
		"v2,x v1,short":                                 ErrMalformedHeader,
		"junk":                                          ErrMalformedHeader,
		"V1," + good[3:]:                                ErrNoMatchingSignature,
		strings.Repeat(wrong+" ", 15) + good:            nil,
		strings.Repeat(wrong+" ", 16) + good:            ErrMalformedHeader,
		strings.Repeat("x ", 16) + good:                 ErrMalformedHeader,
		good[:len(good)-2] + "x=":                       ErrNoMatchingSignature, // other bytes, and bits left over
		good[:len(good)-1]:                              ErrMalformedHeader,
		strings.ReplaceAll(good, "/", "_"):              ErrMalformedHeader,
		good[:20] + "\n" + good[21:]:                    ErrMalformedHeader,
		strings.Repeat("v1,"+strings.Repeat(" ", 9), 9): ErrMalformedHeader,
	} {
		h.Set("webhook-signature", value)
		if _, err := v.Verify(h, []byte(testBody)); !errors.Is(err, want) {
			t.Errorf("%.60q: %v, not %v", value, err, want)
		}
	}
}

func TestTimedSignatureLists(t *testing.T) {
	for scheme, separator := range map[string]string{"stripe": ",", "stateset-t": " "} {
		v := verifierFor(t, scheme)
		name := v.scheme.SignatureHeader
		h := v.Sign("", testTime, []byte(testBody))
		timePart, good, _ := strings.Cut(h.Get(name), separator)
		wrong := "v1=" + strings.Repeat("00", 32)
		join := func(parts ...string) string { return strings.Join(parts, separator) }
		sixteen := strings.Repeat(wrong+separator, 15) + good
		for value, want := range map[string]error{
			join(good, "x", "", timePart):          nil,
			join(timePart, "v0=abcd", wrong, good): nil,
			join(timePart, sixteen):                nil,
			join(timePart, wrong, sixteen):         ErrMalformedHeader,
			join(timePart, timePart, good):         ErrMalformedHeader,
			join(good):                             ErrMalformedHeader,
			join("t=", good):                       ErrMalformedHeader,
			join(timePart, "v0=abcd"):              ErrNoMatchingSignature,
			join(timePart, "version=abcd"):         ErrMalformedHeader,
			join(timePart, "v0=abcd", "v1=abcd"):   ErrMalformedHeader,
			join(timePart):                         ErrMalformedHeader,
			join("t=abc", "v0=abcd"):               ErrNoMatchingSignature,
			join("t=abc", good):                    ErrMalformedHeader,
			join("t=1776868199", good):             ErrNoMatchingSignature,
		} {
			h.Set(name, value)
			if _, err := v.Verify(h, []byte(testBody)); !errors.Is(err, want) {
				t.Errorf("%s %.70q: %v, not %v", scheme, value, err, want)
			}
		}
	}
}

func TestTimeIsJudgedBothWaysAfterTheSignature(t *testing.T) {
	for off, want := range map[int64]error{0: nil, -300: nil, 300: nil, -301: ErrTooOld,
		301: ErrTooNew, -31536000: ErrTooOld, 31536000: ErrTooNew} {
		for _, scheme := range []string{"standard", "whatalo", "stripe"} {
			v := verifierFor(t, scheme)
			h := v.Sign("dlv_1", testTime.Add(time.Duration(off)*time.Second), []byte(testBody))
			verified, err := v.Verify(h, []byte(testBody))
			if !errors.Is(err, want) {
				t.Errorf("%s %+d: %v, not %v", scheme, off, err, want)
			}
			if err == nil && verified.SignedAt.Unix() != testTime.Unix()+off {
				t.Errorf("%s %+d: signed at %v", scheme, off, verified.SignedAt)
			}
			if _, err := v.Verify(h, []byte("{}")); !errors.Is(err, ErrNoMatchingSignature) {
				t.Errorf("%s %+d: a forged body gives %v", scheme, off, err)
			}
		}
	}
	v := verifierFor(t, "standard", WithoutTolerance())
	verified, err := v.Verify(v.Sign("a", time.Unix(1, 0), nil), nil)
	if err != nil || verified.ReplayProtected {
		t.Errorf("without a tolerance: %+v %v", verified, err)
	}
}

func TestUnsignedTimestampCountsOnlyIfEnforced(t *testing.T) {
	loose := verifierFor(t, "codespar")
	strict := verifierFor(t, "codespar", WithEnforceUnsignedTimestamp())
	for text, want := range map[string]error{"2026-04-22T14:30:00Z": nil, "": ErrMissingHeader,
		"2026-04-22T14:24:59Z": ErrTooOld, "1776868200": ErrMalformedHeader} {
		h := loose.Sign("dlv_1", testTime, []byte(testBody))
		h.Set("X-CodeSpar-Timestamp", text)
		if _, err := loose.Verify(h, []byte(testBody)); err != nil {
			t.Errorf("%q, not enforced: %v", text, err)
		}
		verified, err := strict.Verify(h, []byte(testBody))
		if !errors.Is(err, want) {
			t.Errorf("%q, enforced: %v, not %v", text, err, want)
		}
		if verified.ReplayProtected || !verified.SignedAt.IsZero() {
			t.Errorf("%q: an unsigned time is said to protect", text)
		}
	}
}

func TestTimestampSpellings(t *testing.T) {
	for text, want := range map[string]int64{
		"1776868200": 1776868200, "0": 0, "000000000000007": 7, "999999999999999": 999999999999999,
	} {
		if got, ok := parseTime("unix", text); !ok || got != want {
			t.Errorf("unix %q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-1", "+1", " 1", "1.5", "1e9", "0x10", "1_0", "١٢٣", "NaN",
		"1000000000000000", "1\n"} {
		if _, ok := parseTime("unix", text); ok {
			t.Errorf("unix %q was read", text)
		}
	}
	for text, want := range map[string]int64{
		"2026-04-22T14:30:00Z": 1776868200, "2026-04-22T14:30:00.999Z": 1776868200,
		"2026-04-22T11:30:00-03:00": 1776868200, "2024-02-29T00:00:00+00:00": 1709164800,
	} {
		if got, ok := parseTime("rfc3339", text); !ok || got != want {
			t.Errorf("rfc3339 %q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "2026-04-22", "2026-04-22 14:30:00Z", "2026-04-22t14:30:00z",
		"2026-04-22T14:30:00", "2026-04-22T14:30:00.Z", "2026-04-22T14:30:00,5Z",
		"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-22T24:00:00Z",
		"2026-04-22T14:60:00Z", "2026-04-22T14:30:61Z", "2026-04-22T14:30:00+24:00",
		"2026-04-22T14:30:00+0300", "2026-04-22T14:30:00+03:60", "2026-4-22T14:30:00Z",
		"2026-04-22T14:30:00ZZ", "2026-04-22T14:30:00Z ", "1776868200", "2026-04-22T14:30Z"} {
		if _, ok := parseTime("rfc3339", text); ok {
			t.Errorf("rfc3339 %q was read", text)
		}
	}
}

func TestSecretsThatCannotBeUsed(t *testing.T) {
	for _, bad := range []struct {
		scheme, secret string
		want           Code
	}{
		{"standard", "", ErrNoSecret}, {"standard", "whsec_", ErrNoSecret},
		{"standard", "v1," + testSecret, ErrBadSecret}, {"standard", testSecret + "\n", ErrBadSecret},
		{"standard", " " + testSecret, ErrBadSecret}, {"standard", "whsec_é", ErrBadSecret},
		{"standard", "whsec_not base64!", ErrBadSecret}, {"stripe", "", ErrNoSecret},
	} {
		_, err := New(bad.secret, WithScheme(bad.scheme))
		if !errors.Is(err, bad.want) || CodeOf(err) != bad.want {
			t.Errorf("%s %q: %v, not %v", bad.scheme, bad.secret, err, bad.want)
		}
		if err != nil && len(bad.secret) > 12 && strings.Contains(err.Error(), bad.secret[8:]) {
			t.Errorf("the error holds the secret: %v", err)
		}
	}
	if _, err := New(testSecret, WithPreviousSecrets("")); !errors.Is(err, ErrNoSecret) {
		t.Errorf("an empty previous secret: %v", err)
	}
	nine := strings.Split(strings.Repeat(testSecret+" ", 8), " ")[:8]
	if _, err := New(testSecret, WithPreviousSecrets(nine...)); !errors.Is(err, ErrBadSecret) {
		t.Errorf("nine secrets: %v", err)
	}
}

func TestSecretsAreTheBytesTheProfileSays(t *testing.T) {
	for _, secret := range []string{"geheim-ß-日本", "with a line end\n", "whsec_looks like base64",
		"\xff\xfe"} {
		v, err := NewVerifier(secret, WithScheme("codespar"), WithClock(newTestClock()))
		if err != nil {
			t.Fatalf("%q: %v", secret, err)
		}
		h := v.Sign("", testTime, []byte(testBody))
		if _, err := v.Verify(h, []byte(testBody)); err != nil {
			t.Errorf("%q: %v", secret, err)
		}
		other, _ := NewVerifier(strings.TrimPrefix(secret, "whsec_")+"x", WithScheme("codespar"))
		if _, err := other.Verify(h, []byte(testBody)); !errors.Is(err, ErrNoMatchingSignature) {
			t.Errorf("%q: another secret gives %v", secret, err)
		}
	}
}

func TestPreviousSecretsMatchInOrder(t *testing.T) {
	v := verifierFor(t, "standard", WithPreviousSecrets(otherSecret))
	old, _ := NewVerifier(otherSecret, WithClock(newTestClock()))
	verified, err := v.Verify(old.Sign("a", testTime, nil), nil)
	if err != nil || verified.MatchedSecret != 1 {
		t.Errorf("%+v %v", verified, err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	h, _ := New(testSecret)
	v, _ := NewVerifier(testSecret)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(format+format, h, v)
		if strings.Contains(text, "MDEyMzQ1") || strings.Contains(text, "0123456789abcdef") {
			t.Errorf("%s shows the secret: %s", format, text)
		}
	}
}

func TestProfilesThatContradictThemselves(t *testing.T) {
	const good = `{"algorithm":"hmac-sha256","encoding":"hex","secret_encoding":"utf8",` +
		`"signature_header":"X-S","header_format":"bare","signed":["body"],"timestamp":null,` +
		`"id":null,"event_id":[],"type":["body:/type"],"occurred_at":[],"data":["body:"]}`
	if _, err := ParseProfile([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for old, replacement := range map[string]string{
		`"algorithm"`: `"Algorithm"`, `hmac-sha256`: `hmac-md5`, `"hex"`: `"base32"`,
		`"utf8"`: `"latin1"`, `"X-S"`: `""`, `"bare"`: `"naked"`, `["body"]`: `["ts"]`,
		`"signed":["body"]`:    `"signed":["id",".","body"]`,
		`"timestamp":null`:     `"timestamp":{"header":"X-T","format":"unix","signed":true}`,
		`"id":null`:            `"id":{"header":"","required":true}`,
		`["body:/type"]`:       `["type"]`,
		`"type":["body:/type"`: `"type":["body:type"`,
		`"event_id":[]`:        `"event_id":[],"surprise":1`,
		`"occurred_at":[]`:     `"occurred_at":"body:/at"`,
		`"data":["body:"]`:     `"data":["body:"],"prefix":1`,
		`{"algorithm"`:         `[{"algorithm"`,
	} {
		text := strings.Replace(good, old, replacement, 1)
		if _, err := ParseProfile([]byte(text)); !errors.Is(err, ErrBadProfile) {
			t.Errorf("%s: %v", replacement, err)
		}
	}
	if _, err := New(testSecret, WithScheme("nobody")); !errors.Is(err, ErrBadProfile) {
		t.Errorf("an unknown scheme: %v", err)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, option := range map[string]Option{
		"tolerance": WithTolerance(-1), "max_body": WithMaxBody(0),
		"max_signatures": WithMaxSignatures(0), "budget": WithBudget(0), "lease": WithLease(0),
		"ttl": WithTTL(-1), "wait": WithWait(-1), "clock": WithClock(nil),
		"secret_lookup": WithSecretLookup(emptyLookup), "enforce": enforceWithoutTime,
	} {
		if _, err := New(testSecret, option); !errors.Is(err, ErrBadOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func enforceWithoutTime(s *settings) {
	WithScheme("github")(s)
	WithEnforceUnsignedTimestamp()(s)
}
