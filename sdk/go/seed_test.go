package receiver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"malote.dev/receiver"
)

// What follows up to seedApp has the shape of a handler written by hand for a sender that posts
// {type, data}: an event with a type and a map, a switch, and functions that print members. Only the
// type of the event and the constructor are ours.

type WebhookEvent = receiver.Event

type seedApp struct {
	mutex   sync.Mutex
	printed []string
	fail    error
}

func (a *seedApp) printf(format string, values ...any) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.printed = append(a.printed, fmt.Sprintf(format, values...))
	return a.fail
}

func (a *seedApp) handleWebhookEvent(event WebhookEvent) error {
	switch event.Type {
	case "order.created":
		return a.orderCreated(event.Data)
	case "order.updated":
		return a.orderUpdated(event.Data)
	case "payment.succeeded":
		return a.paymentSucceeded(event.Data)
	case "shipment.delivered":
		return a.shipmentDelivered(event.Data)
	case "inventory.low_stock":
		return a.lowStock(event.Data)
	default:
		return a.printf("no handler for %s", event.Type)
	}
}

func (a *seedApp) orderCreated(order map[string]interface{}) error {
	return a.printf("new order %v", order["id"])
}

func (a *seedApp) orderUpdated(order map[string]interface{}) error {
	return a.printf("order %v is %v", order["id"], order["status"])
}

func (a *seedApp) paymentSucceeded(payment map[string]interface{}) error {
	return a.printf("paid %v", payment["id"])
}

func (a *seedApp) shipmentDelivered(shipment map[string]interface{}) error {
	return a.printf("delivered %v", shipment["id"])
}

func (a *seedApp) lowStock(item map[string]interface{}) error {
	return a.printf("%v left of %v", item["quantity_available"], item["sku"])
}

const seedSecret = "the secret of the seed"

// newSeedServer is the constructor that took the place of the hand-written one.
func newSeedServer(t *testing.T, app *seedApp, options ...receiver.Option) *httptest.Server {
	t.Helper()
	options = append(options, receiver.WithScheme("stateset"),
		receiver.WithStore(receiver.NewMemoryStore(receiver.StoreConfig{})))
	h, err := receiver.New(seedSecret, options...)
	if err != nil {
		t.Fatal(err)
	}
	h.OnPrefix("", func(_ context.Context, e *receiver.Event) error {
		return app.handleWebhookEvent(*e)
	})
	h.OnError(func(context.Context, error, *receiver.Event) {})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// seedPost signs as the sender does, unless signature says otherwise.
func seedPost(t *testing.T, server *httptest.Server, body string, signature ...string) int {
	t.Helper()
	v, err := receiver.NewVerifier(seedSecret, receiver.WithScheme("stateset"))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest("POST", server.URL, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if len(signature) == 0 {
		r.Header.Set("X-StateSet-Signature",
			v.Sign("", time.Unix(0, 0), []byte(body)).Get("X-StateSet-Signature"))
	} else if signature[0] != "" {
		r.Header.Set("X-StateSet-Signature", signature[0])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestSeedHandlersRunUnchanged(t *testing.T) {
	app := &seedApp{}
	server := newSeedServer(t, app)
	for _, c := range []struct{ body, want string }{
		{`{"type":"order.created","data":{"id":"order-123","status":"pending"}}`, "new order order-123"},
		{`{"type":"order.updated","data":{"id":7,"status":"paid"}}`, "order 7 is paid"},
		{`{"type":"payment.succeeded","data":{"id":"p"}}`, "paid p"},
		{`{"type":"shipment.delivered","data":{"id":"s"}}`, "delivered s"},
		{`{"type":"inventory.low_stock","data":{"sku":"k","quantity_available":12000000}}`,
			"12000000 left of k"},
		{`{"type":"return.created","data":{}}`, "no handler for return.created"},
		{`{"type":"order.created"}`, "new order <nil>"},
	} {
		if status := seedPost(t, server, c.body); status != 200 {
			t.Errorf("%s: %d", c.body, status)
		}
		if got := app.printed[len(app.printed)-1]; got != c.want {
			t.Errorf("%s: printed %q, not %q", c.body, got, c.want)
		}
	}
}

func TestSeedDefectsAreGone(t *testing.T) {
	app := &seedApp{}
	server := newSeedServer(t, app)
	const body = `{"type":"order.created","data":{"id":"1"}}`
	for name, signature := range map[string]string{"missing": "", "short": "abc", "not ASCII": "éé",
		"empty key": emptyKeySignature} {
		if status := seedPost(t, server, body, signature); status != 401 {
			t.Errorf("%s signature: %d", name, status)
		}
	}
	if status := seedPost(t, server, `{"type":`); status != 400 {
		t.Errorf("unreadable JSON: %d", status)
	}
	if status := seedPost(t, server, strings.Repeat(" ", 32<<20)); status != 413 {
		t.Errorf("32 MiB: %d", status)
	}
	if len(app.printed) != 0 {
		t.Errorf("ran: %v", app.printed)
	}
	app.fail = errors.New("the database is away")
	if status := seedPost(t, server, body); status != 500 {
		t.Errorf("a failing handler: %d", status)
	}
	app.fail, app.printed = nil, nil
	if status := seedPost(t, server, body); status != 200 || len(app.printed) != 1 {
		t.Errorf("its retry: %d %v", status, app.printed)
	}
	if _, err := receiver.New("", receiver.WithScheme("stateset")); !errors.Is(err,
		receiver.ErrNoSecret) {
		t.Errorf("an unset secret: %v", err)
	}
}

// HMAC-SHA256 of the order.created body above under the empty key.
const emptyKeySignature = "70befb2a267960d568a010b3e6508de350ca4858a2d6156b417112b2ee36bdfd"

func TestFiveSeedCopiesAtOnceRunOnce(t *testing.T) {
	app := &seedApp{}
	server := newSeedServer(t, app)
	var accepted int32
	var group sync.WaitGroup
	for i := 0; i < 5; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if seedPost(t, server, `{"type":"payment.succeeded","data":{"id":"p"}}`) == 200 {
				atomic.AddInt32(&accepted, 1)
			}
		}()
	}
	group.Wait()
	if accepted != 5 || len(app.printed) != 1 {
		t.Errorf("%d accepted, ran %v", accepted, app.printed)
	}
}
