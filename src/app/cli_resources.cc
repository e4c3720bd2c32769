// malote keys | connections | triggers | events | deliveries: the API from the terminal.
#include <CLI/CLI.hpp>

#include "app/cli_parts.h"
#include "app/commands.h"
#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::app {

namespace {

const Columns kKeyColumns{{"ID", "/id"},
                          {"NAME", "/name"},
                          {"PREFIX", "/prefix"},
                          {"ENV", "/environment"},
                          {"SCOPES", "/scopes"},
                          {"CREATED", "/created_at"},
                          {"REVOKED", "/revoked_at"}};
const Columns kConnectionColumns{{"ID", "/id"},
                                 {"SERVER", "/server_id"},
                                 {"STATUS", "/status"},
                                 {"NAME", "/display_name"},
                                 {"SECRET SET", "/webhook_secret_set"},
                                 {"WEBHOOK PATH", "/webhook_path"}};
const Columns kTriggerColumns{
    {"ID", "/id"},           {"NAME", "/name"},       {"EVENTS", "/events"},  {"STATUS", "/status"},
    {"PENDING", "/pending"}, {"RUNS", "/total_runs"}, {"URL", "/webhook_url"}};
const Columns kEventColumns{{"ID", "/id"},
                            {"TYPE", "/type"},
                            {"SOURCE", "/source"},
                            {"REFERENCE", "/external_reference"},
                            {"RECEIVED", "/created_at"}};
const Columns kDeliveryColumns{{"ID", "/id"},
                               {"STATUS", "/status"},
                               {"EVENT", "/event_type"},
                               {"TRIGGER", "/trigger_id"},
                               {"ATTEMPT", "/attempt"},
                               {"HTTP", "/response_status"},
                               {"ERROR", "/error"},
                               {"NEXT", "/next_retry_at"},
                               {"CREATED", "/created_at"}};
const Columns kRejectedColumns{
    {"ID", "/id"}, {"RECEIVED", "/received_at"}, {"REASON", "/reason"}, {"HINT", "/hint"}};
const Columns kTypeColumns{{"NAME", "/name"}, {"ALIASES", "/aliases"}, {"SUMMARY", "/summary"}};

void add_keys(CLI::App& app, Command& chosen) {
  auto& keys = group(app, "keys", "API keys");
  with_list(leaf(keys, chosen, "list", "List keys", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/api-keys" + list_query(), "", "keys", kKeyColumns);
  }));
  auto* create = leaf(keys, chosen, "create", "Make a key; it is shown once", [](const Target& t) {
    json::Writer w;
    w.object().field("name", given().name);
    if (!given().env.empty()) w.field("env", given().env);
    if (!given().scopes.empty()) {
      w.key("scopes").array();
      for (const auto& scope : given().scopes) w.string(scope);
      w.end();
    }
    return call_and_show(t, "POST", "/v1/api-keys", std::move(w.end()).text(), "", {});
  });
  create->add_option("name", given().name, "What it is for")->required();
  create->add_option("--env", given().env, "live or test");
  create->add_option("--scope", given().scopes, "e.g. events:write (repeatable; default all)");
  with_id(leaf(keys, chosen, "revoke", "Revoke a key", on_id("DELETE", "/v1/api-keys/", "", "")),
          "key_…");
}

/// What was refused, and taking it in after all.
void add_rejected(CLI::App& connections, Command& chosen) {
  with_id(leaf(connections, chosen, "rejected", "Refused requests, newest first",
               [](const Target& t) {
                 return call_and_show(t, "GET",
                                      "/v1/connections/" + url_encode(given().id) + "/rejected", "",
                                      "rejected", kRejectedColumns);
               }),
          "ca_…");
  auto* accept =
      with_id(leaf(connections, chosen, "accept", "Judge a refused request again",
                   [](const Target& t) {
                     return call_and_show(t, "POST",
                                          "/v1/connections/" + url_encode(given().id) +
                                              "/rejected/" + url_encode(given().name) + "/accept",
                                          "{}", "", {});
                   }),
              "ca_…");
  accept->add_option("rejected", given().name, "rej_…")->required();
  with_id(leaf(connections, chosen, "health", "Last received, last refused, secrets' age",
               on_id("GET", "/v1/connections/", "/health", "")),
          "ca_…");
}

/// Several credentials are a JSON object; one is a text.
void write_secret(json::Writer& w, const std::string& secret) {
  if (secret.starts_with('{')) {
    w.key("secret").raw(secret);
  } else {
    w.field("secret", secret);
  }
}

void add_connections(CLI::App& app, Command& chosen) {
  auto& connections = group(app, "connections", "Accounts at providers, and where they post to");
  with_list(leaf(connections, chosen, "list", "List connections", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/connections" + list_query(), "", "connections",
                         kConnectionColumns);
  }));
  auto* create = leaf(connections, chosen, "create", "Add a provider", [](const Target& t) {
    json::Writer w;
    w.object().field("server_id", given().server);
    if (!given().name.empty()) w.field("display_name", given().name);
    if (!given().secret.empty()) write_secret(w, text_or_file(given().secret));
    if (!given().webhook_secret.empty())
      w.field("webhook_secret", text_or_file(given().webhook_secret));
    if (!given().metadata.empty()) w.key("connection_metadata").raw(text_or_file(given().metadata));
    return call_and_show(t, "POST", "/v1/connections", std::move(w.end()).text(), "", {});
  });
  create->add_option("server", given().server, "e.g. stripe; malote providers list shows all")
      ->required();
  create->add_option("--name", given().name, "Display name");
  create->add_option("--webhook-secret", given().webhook_secret,
                     "Proves the provider's webhooks (@file, - for stdin)");
  create->add_option("--secret", given().secret,
                     "API credential, or JSON {\"name\": …} where it takes several (@file, -)");
  create->add_option("--metadata", given().metadata, "connection_metadata as JSON (@file, -)");
  with_id(leaf(connections, chosen, "get", "Show one", on_id("GET", "/v1/connections/", "", "")),
          "ca_…");
  with_id(leaf(connections, chosen, "revoke", "Stop accepting",
               on_id("POST", "/v1/connections/", "/revoke")),
          "ca_…");
  with_id(
      leaf(connections, chosen, "delete", "Remove", on_id("DELETE", "/v1/connections/", "", "")),
      "ca_…");
  auto* secret =
      with_id(leaf(connections, chosen, "set-secret", "Replace the webhook secret",
                   [](const Target& t) {
                     json::Writer w;
                     w.object().field("secret", text_or_file(given().webhook_secret));
                     return call_and_show(
                         t, "PUT", "/v1/connections/" + url_encode(given().id) + "/webhook-secret",
                         std::move(w.end()).text(), "", {});
                   }),
              "ca_…");
  secret->add_option("secret", given().webhook_secret, "The secret (@file, - for stdin)")
      ->required();
  add_rejected(connections, chosen);
}

void add_triggers(CLI::App& app, Command& chosen) {
  auto& triggers = group(app, "triggers", "Subscriptions of your applications");
  with_list(leaf(triggers, chosen, "list", "List triggers", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/triggers" + list_query(), "", "triggers", kTriggerColumns);
  }));
  auto* create =
      leaf(triggers, chosen, "create", "Subscribe; the signing secret is shown once",
           [](const Target& t) {
             json::Writer w;
             w.object().field("name", given().name.empty() ? given().event : given().name);
             w.field("event", given().event).field("webhook_url", given().url);
             if (!given().server.empty()) w.field("server_id", given().server);
             return call_and_show(t, "POST", "/v1/triggers", std::move(w.end()).text(), "", {});
           });
  create->add_option("--event", given().event, "payment.confirmed, payment.* or *")->required();
  create->add_option("--to", given().url, "Your endpoint's URL")->required();
  create->add_option("--name", given().name, "A label");
  create->add_option("--server", given().server, "Only events of this provider");
  with_id(leaf(triggers, chosen, "get", "Show one", on_id("GET", "/v1/triggers/", "", "")),
          "trg_…");
  with_id(leaf(triggers, chosen, "pause", "Pause; its backlog is kept",
               on_id("PATCH", "/v1/triggers/", "", R"({"status":"paused"})")),
          "trg_…");
  with_id(leaf(triggers, chosen, "resume", "Resume and drain",
               on_id("PATCH", "/v1/triggers/", "", R"({"status":"active"})")),
          "trg_…");
  with_id(leaf(triggers, chosen, "delete", "Delete", on_id("DELETE", "/v1/triggers/", "", "")),
          "trg_…");
  with_id(leaf(triggers, chosen, "rotate-secret", "New signing secret",
               on_id("POST", "/v1/triggers/", "/rotate-secret")),
          "trg_…");
  with_id(leaf(triggers, chosen, "test-fire", "Send a sample event",
               on_id("POST", "/v1/triggers/", "/test-fire")),
          "trg_…");
  auto* dead =
      with_id(leaf(triggers, chosen, "dlq", "Dead letters",
                   [](const Target& t) {
                     return call_and_show(
                         t, "GET", "/v1/triggers/" + url_encode(given().id) + "/dlq" + list_query(),
                         "", "dead_letters", kDeliveryColumns);
                   }),
              "trg_…");
  with_list(dead);
}

void add_events(CLI::App& app, Command& chosen) {
  auto& events = group(app, "events", "What happened");
  auto* list = leaf(events, chosen, "list", "List events", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/events" + list_query(), "", "events", kEventColumns);
  });
  with_list(list);
  list->add_option("--type", given().type, "Only this type");
  list->add_option("--reference", given().reference, "Only this external reference");
  with_id(
      leaf(events, chosen, "get", "One event's whole story", on_id("GET", "/v1/events/", "", "")),
      "evt_…");
  with_id(leaf(events, chosen, "replay", "Deliver again", on_id("POST", "/v1/events/", "/replay")),
          "evt_…");
  auto* publish = leaf(events, chosen, "publish", "Publish your own event", [](const Target& t) {
    json::Writer w;
    w.object().field("type", given().type).key("data").raw(text_or_file(given().data));
    return call_and_show(t, "POST", "/v1/events", std::move(w.end()).text(), "", {});
  });
  publish->add_option("type", given().type, "e.g. order.created")->required();
  publish->add_option("data", given().data, "JSON object (@file, - for stdin)")->required();
  leaf(events, chosen, "types", "The event catalogue", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/event-types", "", "event_types", kTypeColumns);
  });
}

void add_deliveries(CLI::App& app, Command& chosen) {
  auto& deliveries = group(app, "deliveries", "What was sent, and what was not");
  auto* list = leaf(deliveries, chosen, "list", "List deliveries", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/deliveries" + list_query(), "", "deliveries",
                         kDeliveryColumns);
  });
  with_list(list);
  list->add_option("--state", given().state, "pending, failed, delivered or dead");
  list->add_option("--trigger", given().trigger, "trg_…");
  with_id(leaf(deliveries, chosen, "get", "Request, response, attempts",
               on_id("GET", "/v1/deliveries/", "", "")),
          "dlv_…");
  with_id(leaf(deliveries, chosen, "redeliver", "Send again as a new delivery",
               on_id("POST", "/v1/triggers/deliveries/", "/redeliver")),
          "dlv_…");
}

}  // namespace

void add_inbound_explain(CLI::App& inbound, Command& chosen) {
  auto* command = leaf(
      inbound, chosen, "explain", "Say why a connection refuses a request", [](const Target& t) {
        return call_and_show(t, "POST", "/v1/connections/" + url_encode(given().id) + "/explain",
                             text_or_file("@" + given().data), "", {});
      });
  add_target(*command, "Options");
  command->add_option("--connection", given().id, "ca_…")->required();
  command
      ->add_option("file", given().data,
                   "JSON {\"method\", \"headers\", \"query\", \"body\" or \"body_base64\", \"at\"}")
      ->required();
}

void add_resources(CLI::App& app, Command& chosen) {
  add_target(
      app,
      "Options of keys, connections, triggers, events, deliveries, loops, runs, sessions, tools");
  add_keys(app, chosen);
  add_connections(app, chosen);
  add_triggers(app, chosen);
  add_events(app, chosen);
  add_deliveries(app, chosen);
  add_loops(app, chosen);
}

}  // namespace malote::app
