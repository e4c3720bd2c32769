package receiver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// header returns the one value of a header, trimmed, and how often it occurs. The name is
// canonical; what a map holds under another spelling of it counts as well.
func header(h http.Header, name string) (value string, count int) {
	for spelled, values := range h {
		if spelled != name && (len(spelled) != len(name) ||
			textproto.CanonicalMIMEHeaderKey(spelled) != name) {
			continue
		}
		if len(values) > 0 {
			value = strings.Trim(values[0], " \t")
			count += len(values)
		}
	}
	return value, count
}

// sent is what a request says about its signature.
type sent struct {
	signatures [][sha256.Size]byte
	timestamp  string
	id         string
}

// read takes the headers apart; nothing in them is proven yet.
func (v *Verifier) read(h http.Header) (sent, *Refusal) {
	s := v.scheme
	var result sent
	value, refused := oneHeader(h, s.signature, s.SignatureHeader, true)
	timestampNeeded := s.signsTime || v.enforceTime
	for _, named := range []struct {
		canonical string
		required  bool
		to        *string
	}{
		{s.timestamp, s.Timestamp != nil && (s.Timestamp.Required || timestampNeeded),
			&result.timestamp},
		{s.id, s.ID != nil && (s.ID.Required || s.signsID), &result.id},
	} {
		if named.canonical == "" {
			continue
		}
		text, problem := oneHeader(h, named.canonical, named.canonical, named.required)
		// A header that occurs twice is named before one that is absent.
		if problem != nil && (refused == nil || problem.Code == ErrMalformedHeader &&
			refused.Code == ErrMissingHeader) {
			refused = problem
		}
		*named.to = text
	}
	if refused == nil {
		refused = v.readSignatures(value, &result)
	}
	if refused == nil && timestampNeeded {
		if _, ok := parseTime(s.Timestamp.Format, result.timestamp); !ok {
			refused = refusal(ErrMalformedHeader, s.timeHeader(), "the timestamp is not "+
				map[string]string{"unix": "Unix seconds", "rfc3339": "RFC 3339"}[s.Timestamp.Format])
		}
	}
	return result, refused
}

func (s *scheme) timeHeader() string {
	if s.timestamp == "" {
		return s.SignatureHeader
	}
	return s.timestamp
}

func oneHeader(h http.Header, canonical, name string, required bool) (string, *Refusal) {
	value, count := header(h, canonical)
	if count > 1 {
		return "", refusal(ErrMalformedHeader, name, "the header occurs more than once")
	}
	if value == "" && required {
		return "", refusal(ErrMissingHeader, name, "the header is absent or empty; "+
			"is this the sender that the scheme is for?")
	}
	return value, nil
}

// entries is what the loop over a signature header has seen.
type entries struct {
	count       int
	timestamps  int
	known       bool // some entry had the version v1
	otherKnown  bool // some entry had another version
	signatures  [][sha256.Size]byte
	timestamp   string
	overflowing bool
}

func (v *Verifier) readSignatures(value string, result *sent) *Refusal {
	s := v.scheme
	name := s.SignatureHeader
	if s.HeaderFormat == "bare" {
		signature, ok := v.decodeBare(value)
		if !ok {
			return refusal(ErrMalformedHeader, name, "the value is not a signature in "+s.Encoding)
		}
		result.signatures = append(make([][sha256.Size]byte, 0, 1), signature)
		return nil
	}
	seen := v.readEntries(value)
	switch {
	case seen.overflowing:
		return refusal(ErrMalformedHeader, name, "there are too many signatures")
	case s.HeaderFormat != "v1-space-list" && seen.timestamps != 1:
		return refusal(ErrMalformedHeader, name, "t= must occur exactly once")
	case len(seen.signatures) == 0 && seen.otherKnown && !seen.known:
		return refusal(ErrNoMatchingSignature, name, "there are signatures, but none of version v1")
	case len(seen.signatures) == 0:
		return refusal(ErrMalformedHeader, name, "no entry is a v1 signature in "+s.Encoding)
	}
	result.signatures = seen.signatures
	if s.Timestamp != nil && s.Timestamp.InSignature {
		result.timestamp = seen.timestamp
	}
	return nil
}

func (v *Verifier) decodeBare(value string) (signature [sha256.Size]byte, ok bool) {
	s := v.scheme
	if s.Prefix != "" {
		if !strings.HasPrefix(value, s.Prefix) {
			return signature, false
		}
		value = value[len(s.Prefix):]
	}
	return decodeSignature(s.Encoding, strings.TrimPrefix(value, s.LenientPrefix))
}

// readEntries reads a list. It counts first, so that a list that is too long costs no decoding.
func (v *Verifier) readEntries(value string) entries {
	separator := " "
	if v.scheme.HeaderFormat == "t-v1-comma" {
		separator = ","
	}
	var seen entries
	isList := v.scheme.HeaderFormat == "v1-space-list"
	eachEntry(value, separator, !isList, func(entry string) {
		if isList || !strings.HasPrefix(entry, "t=") {
			seen.count++
		}
	})
	if seen.count > v.maxSignatures {
		seen.overflowing = true
		return seen
	}
	eachEntry(value, separator, !isList, func(entry string) {
		if isList {
			version, text, found := strings.Cut(entry, ",")
			v.readEntry(&seen, version, text, found)
			return
		}
		name, text, found := strings.Cut(entry, "=")
		if name == "t" && found {
			seen.timestamps++
			seen.timestamp = text
			return
		}
		v.readEntry(&seen, name, text, found && isVersion(name))
	})
	return seen
}

func (v *Verifier) readEntry(seen *entries, version, text string, versioned bool) {
	switch {
	case !versioned: // junk
	case version != "v1":
		seen.otherKnown = true
	default:
		seen.known = true
		if signature, ok := decodeSignature(v.scheme.Encoding, text); ok {
			seen.signatures = append(seen.signatures, signature)
		}
	}
}

func eachEntry(value, separator string, trim bool, visit func(string)) {
	for more := true; more; {
		var entry string
		entry, value, more = strings.Cut(value, separator)
		if trim {
			entry = strings.Trim(entry, " \t")
		}
		if entry != "" {
			visit(entry)
		}
	}
}

// isVersion is true for v and digits.
func isVersion(name string) bool {
	return len(name) > 1 && name[0] == 'v' && isDigits(name[1:])
}

func isDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return len(text) > 0
}

func decodeSignature(encoding, text string) (signature [sha256.Size]byte, ok bool) {
	var room [sha256.Size + 1]byte // base64 needs one byte more while it decodes
	var length int
	var err error
	if encoding == "hex" {
		if len(text) != 2*sha256.Size {
			return signature, false
		}
		length, err = hex.Decode(room[:], []byte(text))
	} else {
		if len(text) != base64.StdEncoding.EncodedLen(sha256.Size) {
			return signature, false
		}
		length, err = base64.StdEncoding.Decode(room[:], []byte(text))
	}
	copy(signature[:], room[:])
	return signature, err == nil && length == sha256.Size
}

func encodeSignature(encoding string, signature []byte) string {
	if encoding == "hex" {
		return hex.EncodeToString(signature)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// parseTime reads a timestamp to whole Unix seconds.
func parseTime(format, text string) (seconds int64, ok bool) {
	if format == "rfc3339" {
		return parseRFC3339(text)
	}
	if len(text) > 15 || !isDigits(text) {
		return 0, false
	}
	for i := 0; i < len(text); i++ {
		seconds = seconds*10 + int64(text[i]-'0')
	}
	return seconds, true
}

// parseRFC3339 is stricter than time.Parse, which takes a comma or a day of one digit.
func parseRFC3339(text string) (int64, bool) {
	const pattern = "dddd-dd-ddTdd:dd:dd"
	if len(text) <= len(pattern) || !matches(text[:len(pattern)], pattern) {
		return 0, false
	}
	rest := text[len(pattern):]
	if rest[0] == '.' {
		digits := 1
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		if digits == 1 {
			return 0, false
		}
		rest = rest[digits:]
	}
	if rest != "Z" && !matches(rest, "+dd:dd") && !matches(rest, "-dd:dd") {
		return 0, false
	}
	parsed, err := time.Parse(time.RFC3339, text[:len(pattern)]+rest)
	if err != nil || (rest != "Z" && (rest[1:3] > "23" || rest[4:6] > "59")) {
		return 0, false
	}
	return parsed.Unix(), true
}

// matches compares text with a pattern in which d stands for a digit.
func matches(text, pattern string) bool {
	if len(text) != len(pattern) {
		return false
	}
	for i := 0; i < len(text); i++ {
		if pattern[i] == 'd' && text[i] >= '0' && text[i] <= '9' {
			continue
		}
		if pattern[i] != text[i] || pattern[i] == 'd' {
			return false
		}
	}
	return true
}
