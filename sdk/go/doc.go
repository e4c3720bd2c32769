// Package receiver receives webhooks: it proves that a request comes from who it says, judges its
// time, reads the event, drops copies and calls your handler.
//
//	h, err := receiver.New(os.Getenv("MALOTE_WEBHOOK_SECRET"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	h.On("order.created", func(ctx context.Context, e *receiver.Event) error {
//		return ship(ctx, e.Data["order_id"])
//	})
//	http.Handle("/webhooks", h)
//
// A handler that returns nil has done its work: the sender is told 200 and copies are dropped (with
// WithStore). An error makes the sender come again; Retry says when, and Park says never.
//
// The senders' signature schemes are data: see WithScheme, Schemes and ParseProfile.
package receiver
