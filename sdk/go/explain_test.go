package receiver

import (
	"context"
	"strings"
	"testing"
	"time"
)

func emptyLookup(context.Context, Hints) ([]string, error) { return nil, nil }

func TestExplainNamesTheNearMiss(t *testing.T) {
	standard := verifierFor(t, "standard")
	body := []byte(testBody)
	plain := func(secret, scheme string) *Verifier {
		v, err := NewVerifier(secret, WithScheme(scheme), WithClock(newTestClock()))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, miss := range []struct {
		name           string
		sender, mine   *Verifier
		sent, received []byte
		want           string
	}{
		{"accepted", standard, standard, body, body, "accepted"},
		{"another secret", plain(otherSecret, "standard"), standard, body, body, "no near miss"},
		{"a line end lost", standard, standard, append(body[:len(body):len(body)], '\n'), body,
			"a body with a line end after it"},
		{"a line end won", standard, standard, body, append(body[:len(body):len(body)], '\n'),
			"a body without its last line end"},
		{"a secret with a line end", plain("abc", "codespar"), plain("abc\n", "codespar"), body, body,
			"without white space"},
		{"a secret read wrongly", plain(testSecret[6:], "codespar"), plain(testSecret, "codespar"),
			body, body, "without whsec_"},
		{"another scheme", plain("abc", "whatalo-body"), plain("abc", "whatalo"), body, body,
			"scheme "},
		{"a prefix", plain("abc", "github"), func() *Verifier {
			v := plain("abc", "whatalo-body")
			v.scheme.SignatureHeader, v.scheme.signature = "X-Hub-Signature-256", "X-Hub-Signature-256"
			return v
		}(), body, body, "prefix sha256="},
	} {
		h := miss.sender.Sign("dlv_1", testTime, miss.sent)
		text := miss.mine.Explain(h, miss.received)
		if !strings.Contains(text, miss.want) {
			t.Errorf("%s: %q does not say %q", miss.name, text, miss.want)
		}
		for _, secret := range miss.mine.secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the text holds a secret", miss.name)
			}
		}
	}
}

func TestExplainNamesTheClocks(t *testing.T) {
	v := verifierFor(t, "standard")
	text := v.Explain(v.Sign("a", testTime.Add(-time.Hour), nil), nil)
	if !strings.Contains(text, "3600 s old") || !strings.Contains(text, "signature itself is right") {
		t.Error(text)
	}
}
