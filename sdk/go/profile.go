package receiver

import (
	"bytes"
	"encoding/json"
	"net/textproto"
	"sort"
	"strings"
)

// Profile describes one sender's signature scheme and where its events keep their members. It is
// the same JSON object in every language; build one with ParseProfile or start from SchemeProfile.
type Profile struct {
	Name            string     `json:"-"` // begins every dedupe key; "custom" if empty
	Algorithm       string     `json:"algorithm"`
	Encoding        string     `json:"encoding"`
	SecretEncoding  string     `json:"secret_encoding"`
	SignatureHeader string     `json:"signature_header"`
	HeaderFormat    string     `json:"header_format"`
	Prefix          string     `json:"prefix"`
	LenientPrefix   string     `json:"lenient_prefix"`
	Signed          []string   `json:"signed"`
	Timestamp       *Timestamp `json:"timestamp"`
	ID              *IDHeader  `json:"id"`
	EventID         []string   `json:"event_id"`
	Type            []string   `json:"type"`
	OccurredAt      []string   `json:"occurred_at"`
	Data            []string   `json:"data"`
}

// Timestamp says where a profile's time is: in a header, or as t= in the signature header.
type Timestamp struct {
	Header      string `json:"header"`
	InSignature bool   `json:"in_signature"`
	Format      string `json:"format"`
	Required    bool   `json:"required"`
	Signed      bool   `json:"signed"`
}

// IDHeader names the header with the id of a delivery.
type IDHeader struct {
	Header   string `json:"header"`
	Required bool   `json:"required"`
}

// Schemes returns the names of the built-in profiles, sorted.
func Schemes() []string {
	names := make([]string, 0, len(builtinProfiles))
	for i := range builtinProfiles {
		names = append(names, builtinProfiles[i].Name)
	}
	sort.Strings(names)
	return names
}

// SchemeProfile returns a built-in profile by its name.
func SchemeProfile(name string) (Profile, error) {
	for i := range builtinProfiles {
		if builtinProfiles[i].Name == name {
			return builtinProfiles[i], nil
		}
	}
	return Profile{}, problemf(ErrBadProfile, "there is no scheme %q; known are: %s", name,
		strings.Join(Schemes(), ", "))
}

var profileMembers = map[string][]string{
	"": {"algorithm", "encoding", "secret_encoding", "signature_header", "header_format", "prefix",
		"lenient_prefix", "signed", "timestamp", "id", "event_id", "type", "occurred_at", "data"},
	"timestamp": {"header", "in_signature", "format", "required", "signed"},
	"id":        {"header", "required"},
}

// ParseProfile reads a profile. A member that is unknown, missing or contradicts another is an
// error with code ErrBadProfile that names it.
func ParseProfile(text []byte) (Profile, error) {
	var profile Profile
	if err := checkMembers(text, ""); err != nil {
		return profile, err
	}
	if err := json.Unmarshal(text, &profile); err != nil {
		return profile, &problem{ErrBadProfile, "a member has the wrong type", err}
	}
	_, err := compile(profile)
	return profile, err
}

func checkMembers(text []byte, part string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return &problem{ErrBadProfile, "a profile must be a JSON object", err}
	}
	for name, value := range members {
		if !contains(profileMembers[part], name) {
			return problemf(ErrBadProfile, "unknown member %q; known are: %s", name,
				strings.Join(profileMembers[part], ", "))
		}
		_, isPart := profileMembers[name]
		if part == "" && isPart && !bytes.Equal(value, []byte("null")) {
			if err := checkMembers(value, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// source is one place a member of an event may come from.
type source struct {
	header  string   // canonical name, or
	pointer []string // the tokens of a JSON Pointer into the body
}

// scheme is a checked profile, ready to be used. It is never changed.
type scheme struct {
	Profile
	signature  string // canonical header names; empty where the profile has none
	timestamp  string
	id         string
	signsID    bool
	signsTime  bool
	eventIDs   []source
	types      []source
	occurredAt []source
	data       []source
}

func compile(p Profile) (*scheme, error) {
	if p.Name == "" {
		p.Name = "custom"
	}
	s := &scheme{Profile: p, signature: textproto.CanonicalMIMEHeaderKey(p.SignatureHeader)}
	if err := s.checkWords(); err != nil {
		return nil, err
	}
	if err := s.checkTimeAndID(); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		name string
		from []string
		to   *[]source
	}{{"event_id", p.EventID, &s.eventIDs}, {"type", p.Type, &s.types},
		{"occurred_at", p.OccurredAt, &s.occurredAt}, {"data", p.Data, &s.data}} {
		for _, text := range list.from {
			parsed, ok := parseSource(text)
			if !ok {
				return nil, problemf(ErrBadProfile,
					"%s: %q is neither body: with a JSON Pointer nor header: with a name",
					list.name, text)
			}
			*list.to = append(*list.to, parsed)
		}
	}
	if len(s.types) == 0 {
		return nil, problemf(ErrBadProfile, "type: say where the type of an event is")
	}
	return s, nil
}

func (s *scheme) checkWords() error {
	for _, word := range []struct {
		member, value string
		known         []string
	}{
		{"algorithm", s.Algorithm, []string{"hmac-sha256"}},
		{"encoding", s.Encoding, []string{"hex", "base64"}},
		{"secret_encoding", s.SecretEncoding, []string{"utf8", "whsec-base64", "hex"}},
		{"header_format", s.HeaderFormat,
			[]string{"bare", "v1-space-list", "t-v1-comma", "t-v1-space"}},
	} {
		if !contains(word.known, word.value) {
			return problemf(ErrBadProfile, "%s is %q; it must be one of: %s", word.member,
				word.value, strings.Join(word.known, ", "))
		}
	}
	if s.SignatureHeader == "" {
		return problemf(ErrBadProfile, "signature_header: name the header")
	}
	if (s.Prefix != "" || s.LenientPrefix != "") && s.HeaderFormat != "bare" {
		return problemf(ErrBadProfile, "a prefix is for header_format bare only")
	}
	if !contains(s.Signed, "body") {
		return problemf(ErrBadProfile, "signed must have body, or anything could be sent")
	}
	return nil
}

func (s *scheme) checkTimeAndID() error {
	s.signsID = contains(s.Signed, "id")
	s.signsTime = contains(s.Signed, "ts")
	hasT := strings.HasPrefix(s.HeaderFormat, "t-v1-")
	if t := s.Timestamp; t != nil {
		if t.Format != "unix" && t.Format != "rfc3339" {
			return problemf(ErrBadProfile, "timestamp.format must be unix or rfc3339")
		}
		if t.InSignature == (t.Header != "") {
			return problemf(ErrBadProfile, "timestamp: give either header or in_signature")
		}
		if t.InSignature && !hasT {
			return problemf(ErrBadProfile, "in_signature needs a header_format with t=")
		}
		s.timestamp = textproto.CanonicalMIMEHeaderKey(t.Header)
	}
	if s.signsTime != (s.Timestamp != nil && s.Timestamp.Signed) {
		return problemf(ErrBadProfile, "timestamp.signed must say whether signed has ts")
	}
	if s.ID != nil {
		if s.ID.Header == "" {
			return problemf(ErrBadProfile, "id.header: name the header")
		}
		s.id = textproto.CanonicalMIMEHeaderKey(s.ID.Header)
	}
	if s.signsID && s.ID == nil {
		return problemf(ErrBadProfile, "signed has id, but there is no id header")
	}
	return nil
}

func parseSource(text string) (source, bool) {
	if name := strings.TrimPrefix(text, "header:"); name != text {
		return source{header: textproto.CanonicalMIMEHeaderKey(name)}, name != ""
	}
	pointer := strings.TrimPrefix(text, "body:")
	if pointer == text || (pointer != "" && pointer[0] != '/') {
		return source{}, false
	}
	tokens := []string{}
	if pointer != "" {
		for _, token := range strings.Split(pointer[1:], "/") {
			token = strings.ReplaceAll(token, "~1", "/")
			tokens = append(tokens, strings.ReplaceAll(token, "~0", "~"))
		}
	}
	return source{pointer: tokens}, true
}

func contains(list []string, word string) bool {
	for _, entry := range list {
		if entry == word {
			return true
		}
	}
	return false
}
