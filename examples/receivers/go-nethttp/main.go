// A webhook receiver with net/http.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"malote.dev/receiver"
)

func main() {
	hooks, err := receiver.New(os.Getenv("MALOTE_WEBHOOK_SECRET"), receiver.WithStore(openStore()))
	if err != nil {
		log.Fatalf("set MALOTE_WEBHOOK_SECRET: %v", err)
	}
	hooks.On("order.created", func(ctx context.Context, e *receiver.Event) error {
		log.Printf("a new order: %v", e.Data["order_id"])
		return record(e)
	})
	hooks.OnPrefix("", func(ctx context.Context, e *receiver.Event) error { // all other types
		return record(e)
	})
	hooks.OnRefused(func(ctx context.Context, refused *receiver.Refusal, r *receiver.Request) {
		log.Printf("refused: %v", refused)
	})
	serve(hooks)
}

// openStore makes copies run once: for ever with STATE_DIR, else until the next start.
func openStore() receiver.Store {
	folder := os.Getenv("STATE_DIR")
	if folder == "" {
		return receiver.NewMemoryStore(receiver.StoreConfig{})
	}
	store, err := receiver.OpenFileStore(filepath.Join(folder, "done.log"), receiver.StoreConfig{})
	if err != nil {
		log.Fatal(err)
	}
	return store
}

// record stands for your own work: it adds a line to EFFECTS_FILE.
func record(e *receiver.Event) error {
	path := os.Getenv("EFFECTS_FILE")
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(e.ID + " " + e.Type + "\n")
	return err
}

// serve ends at an interrupt, once running handlers are done.
func serve(hooks *receiver.Handler) {
	port := os.Getenv("PORT")
	if port == "" {
		port = "0"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Handler:           hooks,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second, // a half-sent body does not hold a connection for ever
		WriteTimeout:      25 * time.Second, // above reading, waiting for a copy, and the budget
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	<-stop.Done()
	ending, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		log.Fatal(err)
	}
	if err := hooks.Drain(ending); err != nil {
		log.Fatal(err)
	}
}
