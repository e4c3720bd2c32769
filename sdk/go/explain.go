package receiver

import (
	"bytes"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// change is one near miss: a value to try, and in words how it differs from what is set.
type change[T any] struct {
	value T
	words []string
}

// Explain says why a request is refused: it tries the near misses with the same headers and body,
// and names the one that would have matched. It is slow, for people, and never for the request path.
// The text holds no secret.
func (v *Verifier) Explain(h http.Header, body []byte) string {
	verified, refused := v.verify(v.keys, h, body)
	if refused == nil {
		return fmt.Sprintf("accepted: secret %d of scheme %s made the signature",
			verified.MatchedSecret, v.scheme.Name)
	}
	if refused.Code == ErrTooOld || refused.Code == ErrTooNew {
		return fmt.Sprintf("%v; the signature itself is right", refused)
	}
	if words, ok := v.nearMiss(h, body); ok {
		return fmt.Sprintf("%v; it would match %s", refused, words)
	}
	return fmt.Sprintf("%v; no near miss matches either: most likely the secret is another, "+
		"or the body was changed on its way", refused)
}

// nearMiss tries all combinations, those with the fewest changes first.
func (v *Verifier) nearMiss(h http.Header, body []byte) (string, bool) {
	type attempt struct {
		scheme  *scheme
		secrets []string
		body    []byte
		words   []string
	}
	var attempts []attempt
	for _, scheme := range v.schemesToTry(h) {
		for _, text := range bodies(body) {
			for _, secrets := range v.secretsToTry() {
				var words []string
				words = append(append(append(words, scheme.words...), secrets.words...),
					text.words...)
				attempts = append(attempts,
					attempt{scheme.value, secrets.value, text.value, words})
			}
		}
	}
	sort.SliceStable(attempts, func(i, j int) bool {
		return len(attempts[i].words) < len(attempts[j].words)
	})
	for _, try := range attempts {
		for i, secret := range try.secrets {
			keys, err := decodeKeys(try.scheme.SecretEncoding, []string{secret})
			if err != nil {
				continue
			}
			other := *v
			other.scheme, other.judgeTime, other.enforceTime = try.scheme, false, false
			said, refused := other.read(h)
			if refused == nil && match(keys, try.scheme, &said, try.body) == 0 {
				return fmt.Sprintf("with secret %d and %s%s", i, strings.Join(try.words, " and "),
					v.clockDistance(try.scheme, said.timestamp)), true
			}
		}
	}
	return "", false
}

// schemesToTry varies the profile, then takes each other one whose signature header is there.
func (v *Verifier) schemesToTry(h http.Header) []change[*scheme] {
	var list []change[*scheme]
	vary := func(base Profile, words ...string) {
		for _, secretEncoding := range []string{"utf8", "whsec-base64", "hex"} {
			for _, encoding := range []string{"hex", "base64"} {
				profile := base
				profile.Encoding, profile.SecretEncoding = encoding, secretEncoding
				said := append([]string(nil), words...)
				if encoding != base.Encoding {
					said = append(said, "the signature in "+encoding)
				}
				if secretEncoding != base.SecretEncoding {
					said = append(said, "the secret read as "+secretEncoding)
				}
				if compiled, err := compile(profile); err == nil {
					list = append(list, change[*scheme]{compiled, said})
				}
			}
		}
	}
	own := v.scheme.Profile
	vary(own)
	if own.HeaderFormat == "bare" && own.Prefix != "" {
		without := own
		without.Prefix = ""
		vary(without, "no prefix "+own.Prefix)
	} else if own.HeaderFormat == "bare" && own.LenientPrefix == "" {
		with := own
		with.LenientPrefix = "sha256="
		vary(with, "the prefix sha256= taken off")
	}
	for _, other := range builtinProfiles {
		_, count := header(h, http.CanonicalHeaderKey(other.SignatureHeader))
		if other.Name != own.Name && count > 0 {
			vary(other, "scheme "+other.Name)
		}
	}
	return list
}

func (v *Verifier) secretsToTry() []change[[]string] {
	list := []change[[]string]{{v.secrets, nil}}
	trimmed := make([]string, len(v.secrets))
	decoded := make([]string, len(v.secrets))
	for i, secret := range v.secrets {
		trimmed[i] = strings.TrimSpace(secret)
		decoded[i] = strings.TrimPrefix(trimmed[i], "whsec_")
	}
	return append(list,
		change[[]string]{trimmed, []string{"the secret without white space around it"}},
		change[[]string]{decoded, []string{"the secret without whsec_"}})
}

func bodies(body []byte) []change[[]byte] {
	list := []change[[]byte]{{body, nil}}
	if cut := bytes.TrimRight(body, "\r\n"); len(cut) < len(body) {
		list = append(list, change[[]byte]{cut, []string{"a body without its last line end"}})
	}
	for _, end := range []string{"\n", "\r\n"} {
		longer := append(append([]byte(nil), body...), end...)
		list = append(list, change[[]byte]{longer, []string{"a body with a line end after it"}})
	}
	return list
}

func (v *Verifier) clockDistance(s *scheme, timestamp string) string {
	if s.Timestamp == nil {
		return ""
	}
	seconds, ok := parseTime(s.Timestamp.Format, timestamp)
	if !ok {
		return ""
	}
	return fmt.Sprintf("; the sender's clock reads %v, ours is %v ahead",
		time.Unix(seconds, 0).UTC().Format(time.RFC3339),
		time.Duration(v.clock.Now().Unix()-seconds)*time.Second)
}
