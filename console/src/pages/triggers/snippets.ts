// A receiver in the reader's language, on Malote's own libraries (sdk/README.md has the names).
// Not translated: it is code.

export interface Snippet {
  label: string;
  install: string;
  code: string;
}

const typescript = (event: string): string => `\
import { createWebhookHandler } from "@malote/receiver/fetch";

// Next's App Router, Hono, Deno, Bun, Workers; Express and node:http have adapters of their own.
export const POST = createWebhookHandler({
  secret: process.env.MALOTE_WEBHOOK_SECRET!,
  handlers: {
    "${event}": async (event) => {
      console.log(event.id, event.type, event.data);
    },
  },
});
`;

const python = (event: string): string => `\
import os
from malote_receiver import Receiver

hooks = Receiver(os.environ["MALOTE_WEBHOOK_SECRET"])

@hooks.on("${event}")
def handle(event):
    print(event.id, event.type, event.data)

app = hooks.wsgi_app  # or asgi_app, flask_view, fastapi, handle(method, headers, body)
`;

const go = (event: string): string => `\
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"malote.dev/receiver"
)

func main() {
	hooks, err := receiver.New(os.Getenv("MALOTE_WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	hooks.On("${event}", func(ctx context.Context, e *receiver.Event) error {
		log.Println(e.ID, e.Type, e.Data)
		return nil
	})
	http.Handle("/hooks", hooks)
	log.Fatal(http.ListenAndServe(":3000", nil))
}
`;

const php = (event: string): string => `\
<?php
require 'vendor/autoload.php';

use Malote\\Receiver\\{Event, Receiver};

(new Receiver(secret: getenv('MALOTE_WEBHOOK_SECRET')))
    ->on('${event}', function (Event $event) {
        error_log($event->id . ' ' . $event->type);
    })
    ->run();
`;

const ruby = (event: string): string => `\
require "malote/receiver"

# config.ru
run Malote::App.new(secret: ENV["MALOTE_WEBHOOK_SECRET"]) {
  on("${event}") { |event| puts event.id, event.type }
}
`;

const cpp = (event: string): string => `\
#include <malote/receiver/webhook_handler.h>

#include <cstdlib>

using namespace malote::receiver;

auto hooks = WebhookHandler::Builder{"standard"}
    .secret(std::getenv("MALOTE_WEBHOOK_SECRET"))
    .on("${event}", [](const Event& event) { /* event.id, event.type, event.data */ })
    .build();
// In your server, with the body's bytes as they came:
// Response answer = hooks.handle({.method = "POST", .headers = headers, .body = body});
`;

/** The snippets for a receiver of `event`. */
export function snippets_of(event: string): Record<string, Snippet> {
  return {
    typescript: { label: "TypeScript", install: "npm install @malote/receiver",
      code: typescript(event) },
    python: { label: "Python", install: "pip install malote-receiver", code: python(event) },
    go: { label: "Go", install: "go get malote.dev/receiver", code: go(event) },
    php: { label: "PHP", install: "composer require malote/receiver", code: php(event) },
    ruby: { label: "Ruby", install: "gem install malote-receiver", code: ruby(event) },
    cpp: { label: "C++", install: "find_package(malote REQUIRED)", code: cpp(event) },
  };
}
