package receiver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// post sends over a real connection to 127.0.0.1.
func post(t *testing.T, url string, request *Request, body io.Reader) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(request.Method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = request.Header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text), response.Header
}

func TestOverRealHTTP(t *testing.T) {
	f := withMemory(t, WithMaxBody(1<<20))
	server := httptest.NewServer(f.handler)
	defer server.Close()
	request := f.signed("a", testBody)
	status, body, h := post(t, server.URL, request, bytes.NewReader(request.Body))
	if status != 200 || body != bodyReceived || h.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %v", status, body, h)
	}
	// A reader of unknown length is sent in chunks.
	status, body, _ = post(t, server.URL, request, io.MultiReader(bytes.NewReader(request.Body)))
	if status != 200 || body != bodyDuplicate {
		t.Errorf("chunked: %d %s", status, body)
	}
	doubled := f.signed("b", testBody)
	doubled.Header.Add("webhook-signature", doubled.Header.Get("webhook-signature"))
	if status, _, _ = post(t, server.URL, doubled, bytes.NewReader(request.Body)); status != 401 {
		t.Errorf("a doubled header: %d", status)
	}
	large := strings.Repeat("[", 1<<20)
	request = f.signed("c", large)
	if status, _, _ = post(t, server.URL, request, strings.NewReader(large)); status != 400 {
		t.Errorf("a MiB of brackets: %d", status)
	}
	if status, _, _ = post(t, server.URL, request, strings.NewReader(large+"[")); status != 413 {
		t.Errorf("a byte too many: %d", status)
	}
	endless := io.MultiReader(strings.NewReader(large), strings.NewReader(large))
	if status, _, _ = post(t, server.URL, request, endless); status != 413 {
		t.Errorf("too many chunks: %d", status)
	}
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 405 || response.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", response.StatusCode, response.Header)
	}
	f.handler.SetGone(true)
	if status, _, _ = post(t, server.URL, f.signed("d", testBody), http.NoBody); status != 410 {
		t.Errorf("gone: %d", status)
	}
}

// raw writes bytes to a server and returns the status line of the answer.
func raw(t *testing.T, server *httptest.Server, text string) string {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func TestHostileConnections(t *testing.T) {
	f := newFixture(t)
	server := httptest.NewServer(f.handler)
	defer server.Close()
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, c := range map[string]struct{ request, want string }{
		"huge Content-Length": {head + "Content-Length: 9223372036854775807\r\n\r\n", "413"},
		"header flood": {head + strings.Repeat("webhook-signature: v1,x\r\n", 20000) +
			"Content-Length: 0\r\n\r\n", "401"},
		"many names": {head + func() string {
			var text strings.Builder
			for i := 0; i < 20000; i++ {
				fmt.Fprintf(&text, "x-%d: y\r\n", i)
			}
			return text.String()
		}() + "Content-Length: 0\r\n\r\n", "401"},
		"long signature": {head + "webhook-id: a\r\nwebhook-timestamp: 1776868200\r\n" +
			"webhook-signature: " + strings.Repeat("v1, ", 200000) + "\r\nContent-Length: 0\r\n\r\n", "401"},
		"bytes above ASCII": {head + "webhook-id: a\r\nwebhook-timestamp: 1776868200\r\n" +
			"webhook-signature: v1,\xff\xfe\xe9\r\nContent-Length: 0\r\n\r\n", "401"},
		"odd method": {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
	} {
		if got := raw(t, server, c.request); !strings.Contains(got, " "+c.want+" ") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// brokenBody fails in the middle of a body.
type brokenBody struct{ io.Reader }

func (brokenBody) Close() error { return nil }

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestBodiesThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		body   func(text string) io.ReadCloser
		status int
		code   Code
	}{
		"broken off": {func(text string) io.ReadCloser {
			return brokenBody{io.MultiReader(strings.NewReader(text[:10]),
				failingReader{io.ErrUnexpectedEOF})}
		}, 503, ""},
		"already read": {func(string) io.ReadCloser { return brokenBody{strings.NewReader("")} }, 500,
			ErrBodyConsumed},
		"half read": {func(text string) io.ReadCloser {
			return brokenBody{strings.NewReader(text[10:])}
		}, 500, ErrBodyConsumed},
		"closed": {func(string) io.ReadCloser {
			return brokenBody{failingReader{http.ErrBodyReadAfterClose}}
		}, 500, ErrBodyConsumed},
		"none":         {func(string) io.ReadCloser { return nil }, 500, ErrBodyConsumed},
		"throws":       {func(string) io.ReadCloser { return brokenBody{nil} }, 503, ""},
		"as it should": {func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }, 200, ""},
	} {
		f := newFixture(t)
		signed := f.signed("a", testBody)
		r := httptest.NewRequest("POST", "/", strings.NewReader(testBody))
		r.Header, r.Body = signed.Header, c.body(testBody)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if c.code != "" && !errors.Is(f.lastError(), c.code) {
			t.Errorf("%s: reported %v", name, f.lastError())
		}
	}
}

func TestAnEmptyBodyHintsAtMiddleware(t *testing.T) {
	f := newFixture(t)
	request := f.signed("a", testBody)
	request.Body = nil
	expect(t, f.handler.Handle(context.Background(), request), 401, "")
	if hint := f.lastRefusal().Hint; !strings.Contains(hint, "read before") {
		t.Error(hint)
	}
}
