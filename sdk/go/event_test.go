package receiver

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func read(t *testing.T, scheme, body string, headers ...string) (*Event, *Refusal) {
	t.Helper()
	v := verifierFor(t, scheme)
	h := v.Sign("dlv_1", testTime, []byte(body))
	for i := 0; i < len(headers); i += 2 {
		h.Add(headers[i], headers[i+1])
	}
	verified, err := v.Verify(h, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return readEvent(v.scheme, h, []byte(body), verified)
}

func TestUnreadableBodies(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "null": "null", "array": "[]", "string": `"x"`, "number": "1",
		"cut off": testBody[:20], "BOM": "\ufeff" + testBody, "not UTF-8": `{"type":"` + "\xff" + `"}`,
		"two values": testBody + "{}", "text after": testBody + "x", "no type": `{"id":"1"}`,
		"empty type": `{"type":""}`, "null type": `{"type":null}`, "number type": `{"type":1}`,
		"control character": "{\"type\":\"a\x01\"}", "comment": `{"type":"a"} // x`,
		"single quotes": `{'type':'a'}`, "trailing comma": `{"type":"a",}`, "NaN": `{"type":"a","n":NaN}`,
		"513 deep":     `{"type":"a","n":` + strings.Repeat("[", 512) + strings.Repeat("]", 512) + `}`,
		"brackets":     strings.Repeat("[", 1<<20),
		"objects":      strings.Repeat(`{"a":`, 1<<18),
		"type in caps": `{"TYPE":"order.created"}`,
	} {
		event, refused := read(t, "standard", body)
		if refused == nil || refused.Code != ErrInvalidPayload {
			t.Errorf("%s: %v", name, refused)
		}
		if event == nil || string(event.Raw) != body || event.Key != "standard/dlv_1" {
			t.Errorf("%s: the parked event lacks its bytes or its key", name)
		}
	}
}

func TestReadableOddities(t *testing.T) {
	for name, body := range map[string]string{
		"512 deep":          `{"type":"a","n":` + strings.Repeat("[", 511) + strings.Repeat("]", 511) + `}`,
		"brackets in text":  `{"type":"a","n":"` + strings.Repeat("[{", 5000) + `\"["}`,
		"huge number":       `{"type":"a","n":1e400,"m":` + strings.Repeat("9", 5000) + `}`,
		"duplicate members": `{"type":"b","type":"a"}`,
		"white space":       " \r\n\t{\"type\" : \"a\"}\n ",
		"lone surrogate":    `{"type":"a","n":"\ud800"}`,
		"prototype names":   `{"type":"a","__proto__":{"type":"b"},"constructor":1}`,
		"zero character":    `{"type":"a","n":"\u0000"}`,
	} {
		event, refused := read(t, "standard", body)
		if refused != nil || event.Type != "a" {
			t.Errorf("%s: %v %+v", name, refused, event.Type)
		}
	}
}

func TestEventMembers(t *testing.T) {
	event, refused := read(t, "standard", testBody)
	if refused != nil {
		t.Fatal(refused)
	}
	if event.ID != "evt_1" || event.Type != "order.created" || event.Canonical != "order.created" ||
		event.DeliveryID != "dlv_1" || event.Key != "standard/dlv_1" || event.OccurredAt != "" {
		t.Errorf("%+v", event)
	}
	if fmt.Sprint(event.Data["n"]) != "12345678901234567890" {
		t.Errorf("a big integer became %v", event.Data["n"])
	}
	if fmt.Sprint(event.Payload["id"]) != "evt_1" || string(event.Raw) != testBody {
		t.Error("the payload is not the body")
	}
	var data OrderCreated
	if err := event.Decode(&data); err != nil || data.OrderID != "ord_1" {
		t.Errorf("%+v %v", data, err)
	}
}

func TestSourcesFirstHitWins(t *testing.T) {
	for _, c := range []struct {
		scheme, body string
		headers      []string
		eventType    string
		id, occurred string
		data         string
	}{
		{"codespar", `{"type":"a","event":"b","data":1}`, []string{"X-CodeSpar-Event", "c"}, "a", "dlv_1",
			"2026-04-22T14:30:00Z", "1"},
		{"codespar", `{"type":7,"event":"b","occurred_at":"x"}`, nil, "b", "dlv_1", "x",
			`{"type":7,"event":"b","occurred_at":"x"}`},
		{"codespar", `{"data":null}`, []string{"X-CodeSpar-Event", "c"}, "c", "dlv_1",
			"2026-04-22T14:30:00Z", "null"},
		{"whatalo", `{"event":"b","delivery_id":9007199254740993}`, []string{"X-Webhook-Event", "a"}, "a",
			"9007199254740993", "", `{"event":"b","delivery_id":9007199254740993}`},
		{"whatalo", `{"event":"b","delivery_id":1.5}`, []string{"X-Webhook-Event", "a", "X-Webhook-Event",
			"a"}, "b", "dlv_1", "", `{"event":"b","delivery_id":1.5}`},
		{"stripe", `{"type":"a","id":"","created":1776868195,"data":{"object":{"id":"x"}}}`, nil, "a", "",
			"1776868195", `{"id":"x"}`},
		{"stateset", `{"event_type":"a","payload":[1, 2]}`, nil, "a", "dlv_1", "", "[1, 2]"},
		{"github", `{"action":"x"}`, []string{"X-GitHub-Event", "push"}, "push", "dlv_1", "",
			`{"action":"x"}`},
	} {
		event, refused := read(t, c.scheme, c.body, c.headers...)
		if refused != nil {
			t.Errorf("%s %s: %v", c.scheme, c.body, refused)
			continue
		}
		if event.Type != c.eventType || event.ID != c.id || event.OccurredAt != c.occurred ||
			string(event.RawData) != c.data {
			t.Errorf("%s %s: %q %q %q %s", c.scheme, c.body, event.Type, event.ID, event.OccurredAt,
				event.RawData)
		}
	}
}

func TestPointersIntoArraysAndEscapes(t *testing.T) {
	body := []byte(`{"a/b":{"m~n":["x",{"y":"z"}]},"":"nothing"}`)
	found := finder{header: http.Header{}, body: body}
	for pointer, want := range map[string]string{"/a~1b/m~0n/1/y": `"z"`, "/a~1b/m~0n/0": `"x"`,
		"/": `"nothing"`, "/a~1b/m~0n/2": "", "/a~1b/m~0n/01": "", "/a~1b/m~0n/-": "", "/x": "",
		"/a~1b/m~0n/1/y/z": "", "/a~1b/m~0n/+1": ""} {
		from, ok := parseSource("body:" + pointer)
		if !ok {
			t.Fatal(pointer)
		}
		if raw, _ := found.at(from.pointer); string(raw) != want {
			t.Errorf("%s: %s, not %s", pointer, raw, want)
		}
	}
}

// A key must come from what was signed, or a replay could pass as another event.
func TestKeysComeFromSignedMaterial(t *testing.T) {
	const body = `{"type":"a","note":1}`
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(body)))
	for scheme, want := range map[string]string{
		"standard": "standard/dlv_1", "codespar": "codespar/" + digest, "stripe": "stripe/" + digest,
	} {
		if event, _ := read(t, scheme, body); event.Key != want {
			t.Errorf("%s: %s, not %s", scheme, event.Key, want)
		}
	}
	for id, want := range map[string]string{`"evt_1"`: "evt_1", "7": "7", "-7": "-7", `""`: "sha256:",
		"null": "sha256:", "1.0": "sha256:", "[1]": "sha256:"} {
		event, _ := read(t, "stateset", `{"type":"a","id":`+id+`}`)
		if !strings.HasPrefix(event.Key, "stateset/"+want) {
			t.Errorf("id %s: %s", id, event.Key)
		}
	}
}

func TestDecodeWithoutData(t *testing.T) {
	event, _ := read(t, "standard", `{"type":"a"}`)
	var data map[string]any
	if err := event.Decode(&data); !errors.Is(err, ErrInvalidPayload) {
		t.Error(err)
	}
	if event.Data != nil || event.RawData != nil {
		t.Error("there is no data")
	}
}

func TestCatalogueHasNoAmbiguousName(t *testing.T) {
	count := 0
	for name, all := range catalogueNames {
		if all[0] != name {
			t.Errorf("%s does not come first in %v", name, all)
		}
		count += len(all)
	}
	if count != len(canonicalNames) {
		t.Errorf("%d names, but %d different ones", count, len(canonicalNames))
	}
}

func TestTypedAmountsKeepTheirDigits(t *testing.T) {
	var paid PaymentConfirmed
	text := `{"payment_id":"p","amount":150.350,"amount_minor":15035,"items":[{"quantity":2}],
		"customer":{"cpf":"123"},"external_reference":null,"unknown":{}}`
	if err := json.Unmarshal([]byte(text), &paid); err != nil {
		t.Fatal(err)
	}
	if paid.Amount != "150.350" || *paid.AmountMinor != 15035 || *paid.Items[0].Quantity != 2 ||
		paid.Customer.CPF != "123" {
		t.Errorf("%+v", paid)
	}
}
