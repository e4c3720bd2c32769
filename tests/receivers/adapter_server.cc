// adapter_server VECTORS MAX_BODY: serves the cases of a vector file that have this body limit,
// each on a path of its own, and all its sessions. test_adapters.py drives it, and reads these
// lines:
//
//   unbuilt /cases/7 no_secret        the library refused to make a handler
//   ran /cases/3 handled TYPE ID      a handler ran; or unhandled
//   ran /mark …                       a handler of the first case, to know where the output is
//   listening 40123
#include "adapter_server.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "script.h"

namespace {

using malote::Json;
using namespace malote::receiver;

void print(const std::string& line) {  // in one piece, from any thread
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

WebhookHandler::Builder::Handler tell(const std::string& path, const std::string& dispatch,
                                      std::shared_ptr<Script> script) {
  return [=](const Event& event, Context& context) -> Outcome {
    print("ran " + path + " " + dispatch + " " + event.type + " " + event.id);
    if (script) script->run(context);
    return Ack{};
  };
}

Scheme scheme_of(const Json& file, const Json& example) {
  const std::string name = example["profile"].as_string();
  return Scheme::from_json(name, file["profiles"][name].text());
}

void add_handlers(WebhookHandler::Builder& builder, const std::string& path,
                  const std::shared_ptr<Script>& script) {
  builder.on("order.created", tell(path, "handled", script));
  builder.on_unhandled(tell(path, "unhandled", script));
}

void add_secrets(WebhookHandler::Builder& builder, const Json& secrets) {
  builder.secret(secrets[0]["value"].as_string());
  for (std::size_t i = 1; i < secrets.size(); ++i)
    builder.previous_secret(secrets[i]["value"].as_string());
}

std::size_t max_body_of(const Json& file, const Json& example) {
  const auto fallback = file["defaults"]["max_body"].as_int();
  return static_cast<std::size_t>(example["options"]["max_body"].as_int(fallback));
}

WebhookHandler make_case(const Json& file, const Json& example, const std::string& path) {
  const Json& options = example["options"];
  WebhookHandler::Builder builder{scheme_of(file, example)};
  add_handlers(builder, path, nullptr);
  add_secrets(builder, example["secrets"]);
  builder.clock([now = example["now"].as_int()] { return now; })
      .max_body(max_body_of(file, example))
      .enforce_unsigned_timestamp(options["enforce_unsigned_timestamp"].as_bool());
  for (const auto& [name, value] : options.members()) {
    if (name == "max_signatures") builder.max_signatures(static_cast<std::size_t>(value.as_int()));
    if (name == "tolerance" && value.is_null()) builder.tolerance(std::nullopt);
  }
  return builder.build();
}

WebhookHandler make_session(const Json& file, const Json& session, const std::string& path) {
  const auto script = std::make_shared<Script>(session["steps"]);
  WebhookHandler::Builder builder{scheme_of(file, session)};
  add_handlers(builder, path, script);
  const std::string valid = session["profile"].as_string() + "/valid";
  for (const auto& example : file["cases"].elements()) {
    if (example["id"].as_string() == valid) add_secrets(builder, example["secrets"]);
  }
  builder.clock([now = file["now"].as_int()] { return now; })
      .max_body(max_body_of(file, session))
      .idempotency(std::make_shared<ScriptedStore>(script));
  if (session["steps"][0]["handler"].as_string() == "hang")
    builder.budget(std::chrono::milliseconds{50});
  return builder.build();
}

AdapterServer::Handlers make_handlers(const Json& file, std::size_t max_body) {
  AdapterServer::Handlers handlers;
  for (std::size_t i = 0; i < file["cases"].size(); ++i) {
    const std::string path = "/cases/" + std::to_string(i);
    if (max_body_of(file, file["cases"][i]) != max_body) continue;
    try {
      handlers.emplace(path, make_case(file, file["cases"][i], path));
    } catch (const ConfigError& error) {
      print("unbuilt " + path + " " + error.code());
    }
  }
  if (handlers.contains("/cases/0"))
    handlers.emplace("/mark", make_case(file, file["cases"][0], "/mark"));
  for (std::size_t i = 0; i < file["sessions"].size(); ++i) {
    if (max_body_of(file, file["sessions"][i]) != max_body) continue;
    const std::string path = "/sessions/" + std::to_string(i);
    handlers.emplace(path, make_session(file, file["sessions"][i], path));
  }
  return handlers;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: adapter_server VECTORS MAX_BODY\n", stderr);
    return 2;
  }
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  try {
    std::ifstream input{argv[1], std::ios::binary};
    const Json file = Json::parse(std::string{std::istreambuf_iterator<char>{input}, {}});
    const auto handlers = make_handlers(file, std::stoul(argv[2]));
    serve({.handlers = handlers,
           .limits = handlers.begin()->second,
           .announce = [](std::uint16_t port) { print("listening " + std::to_string(port)); },
           .wait =
               [&] {
                 int signal = 0;
                 sigwait(&stop, &signal);
               }});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "adapter_server: %s\n", error.what());
    return 2;
  }
}
