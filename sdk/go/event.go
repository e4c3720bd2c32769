package receiver

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"
)

const maxDepth = 512

// Event is what a genuine request says. Numbers in Data and Payload are json.Number, so that every
// digit survives.
type Event struct {
	Type       string          // as the sender wrote it
	Canonical  string          // the catalogue's name for Type; empty if it has none
	ID         string          // the event's id; empty if the sender gives none
	Key        string          // what copies have in common, from signed material only
	DeliveryID string          // the id header, signed or not
	OccurredAt string          // as the sender wrote it
	Data       map[string]any  // the data; nil if it is not an object
	RawData    json.RawMessage // the data as text; nil if there is none
	Payload    map[string]any  // the whole body
	Raw        []byte          // its bytes
	Verified   Verified
}

// Decode reads the data into v, as json.Unmarshal does.
func (e *Event) Decode(v any) error {
	if e.RawData == nil {
		return problemf(ErrInvalidPayload, "the event %s has no data", e.Type)
	}
	return decodeJSON(e.RawData, v)
}

// decodeJSON is json.Unmarshal with numbers kept as text.
func decodeJSON(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return problemf(ErrInvalidPayload, "there is text after the JSON value")
	}
	return nil
}

func readEvent(s *scheme, h http.Header, body []byte, verified Verified) (*Event, *Refusal) {
	event := &Event{Raw: body, Verified: verified, DeliveryID: verified.MessageID}
	event.Key = s.Name + "/" + keyOf(s, nil, body, verified)
	if !utf8.Valid(body) {
		return event, refusal(ErrInvalidPayload, "", "the body is not UTF-8")
	}
	if tooDeep(body) {
		return event, refusal(ErrInvalidPayload, "", "the body is nested too deep")
	}
	if err := decodeJSON(body, &event.Payload); err != nil {
		return event, refusal(ErrInvalidPayload, "", "the body is not one JSON object: "+err.Error())
	}
	if event.Payload == nil {
		return event, refusal(ErrInvalidPayload, "", "the body is null, not an object")
	}
	found := finder{header: h, body: body}
	event.Type, _ = found.text(s.types, isText)
	if event.Type == "" {
		return event, refusal(ErrInvalidPayload, "", "the event has no type")
	}
	event.Canonical = canonicalNames[event.Type]
	event.ID, _ = found.text(s.eventIDs, isID)
	event.Key = s.Name + "/" + keyOf(s, &found, body, verified)
	event.OccurredAt, _ = found.text(s.occurredAt, isTime)
	if raw, ok := found.value(s.data); ok {
		event.RawData = raw
		_ = decodeJSON(raw, &event.Data) // stays nil for what is not an object
	}
	return event, nil
}

// keyOf takes the key from what the signature covers, so that no replay can change it.
func keyOf(s *scheme, found *finder, body []byte, verified Verified) string {
	if s.signsID {
		return verified.MessageID
	}
	if found != nil {
		for _, from := range s.eventIDs {
			if from.header != "" {
				continue
			}
			if id, ok := found.text([]source{from}, isID); ok {
				return id
			}
		}
	}
	digest := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(digest[:])
}

// finder looks sources up in one request.
type finder struct {
	header http.Header
	body   []byte
	top    map[string]json.RawMessage
}

// text returns the first source whose value accept turns into text.
func (f *finder) text(from []source, accept func(json.RawMessage) (string, bool)) (string, bool) {
	for _, source := range from {
		if source.header != "" {
			if value, count := header(f.header, source.header); count == 1 && value != "" {
				return value, true
			}
			continue
		}
		if raw, ok := f.at(source.pointer); ok {
			if value, ok := accept(raw); ok {
				return value, true
			}
		}
	}
	return "", false
}

// value returns the first source that is there. Headers hold no data.
func (f *finder) value(from []source) (json.RawMessage, bool) {
	for _, source := range from {
		if source.header != "" {
			continue
		}
		if raw, ok := f.at(source.pointer); ok {
			return raw, true
		}
	}
	return nil, false
}

// at follows a JSON Pointer. The body is known to be an object.
func (f *finder) at(pointer []string) (json.RawMessage, bool) {
	if len(pointer) == 0 {
		return bytes.TrimSpace(f.body), true
	}
	if f.top == nil && json.Unmarshal(f.body, &f.top) != nil {
		return nil, false
	}
	raw, ok := f.top[pointer[0]]
	for _, token := range pointer[1:] {
		if !ok {
			return nil, false
		}
		raw, ok = child(raw, token)
	}
	return raw, ok
}

func child(raw json.RawMessage, token string) (json.RawMessage, bool) {
	switch raw[0] {
	case '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return nil, false
		}
		value, ok := members[token]
		return value, ok
	case '[':
		var entries []json.RawMessage
		index, err := strconv.Atoi(token)
		if err != nil || strconv.Itoa(index) != token || json.Unmarshal(raw, &entries) != nil ||
			index < 0 || index >= len(entries) {
			return nil, false
		}
		return entries[index], true
	}
	return nil, false
}

func isText(raw json.RawMessage) (string, bool) {
	var text string
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}

// isID takes a string or an integer. An empty one is no id: all events without would be copies.
func isID(raw json.RawMessage) (string, bool) {
	if text, ok := isText(raw); ok {
		return text, text != ""
	}
	digits := raw
	if digits[0] == '-' {
		digits = digits[1:]
	}
	return string(raw), isDigits(string(digits))
}

// isTime takes text and numbers, as they are.
func isTime(raw json.RawMessage) (string, bool) {
	if text, ok := isText(raw); ok {
		return text, text != ""
	}
	return string(raw), raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')
}

// tooDeep counts brackets, so that a body of them costs no recursion.
func tooDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
