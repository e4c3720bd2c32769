package receiver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"malote.dev/receiver"
)

const exampleSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// A receiver is an http.Handler. A test signs what it posts with Sign.
func Example() {
	hooks, err := receiver.New(exampleSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	hooks.On("order.created", func(ctx context.Context, e *receiver.Event) error {
		fmt.Println(e.ID, e.Data["order_id"])
		return nil
	})

	body := `{"id":"evt_1","type":"order.created","data":{"order_id":"ord_1"}}`
	sender, _ := receiver.NewVerifier(exampleSecret)
	request := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	request.Header = sender.Sign("msg_1", time.Now(), []byte(body))
	answer := httptest.NewRecorder()
	hooks.ServeHTTP(answer, request)
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// evt_1 ord_1
	// 200 {"received":true}
}

// OnTyped decodes the data into a struct of the catalogue, under any name its senders have for it.
func ExampleOnTyped() {
	hooks, _ := receiver.New("a plain secret", receiver.WithScheme("commerce-engine"))
	receiver.OnTyped(hooks, func(_ context.Context, e *receiver.Event, paid receiver.PaymentConfirmed) error {
		fmt.Println(e.Type, e.Canonical, paid.Amount, paid.Currency)
		return nil
	})

	body := []byte(`{"id":"1","event_type":"payment.success","data":{"amount":150.350,"currency":"BRL"}}`)
	sender, _ := receiver.NewVerifier("a plain secret", receiver.WithScheme("commerce-engine"))
	hooks.Handle(context.Background(), &receiver.Request{
		Method: http.MethodPost, Header: sender.Sign("", time.Time{}, body), Body: body,
	})
	// Output: payment.success payment.confirmed 150.350 BRL
}
