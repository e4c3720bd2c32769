#include "sim/workload.h"

#include "base/bytes.h"
#include "crypto/hmac.h"

namespace malote::sim {

namespace {

using namespace std::chrono_literals;
using Kind = engine::IntakeAnswer::Kind;

const std::vector<std::vector<Millis>>& ladders() {
  static const std::vector<std::vector<Millis>> all{
      {},
      {1s, 5s, 30s},
      {100ms, 1s, 10s, 1min},
      {10s, 30s, 2min, 5min, 15min},
      std::vector<Millis>(11, 2s),
      {10s, 30s, 1min, 5min, 15min, 30min, 1h, 2h, 4h, 8h, 10h},
  };
  return all;
}

}  // namespace

// --- clients -------------------------------------------------------------------------------------

void Scenario::publish_some(int events) {
  static const std::vector<std::string> kTypes{"payment.confirmed", "payment.success",
                                               "payment.failed", "shipment.delivered"};
  const auto order = std::make_shared<Order>();
  order->has_ids = world_.percent(70);
  for (int i = 0; i < events; ++i) {
    const std::string ref = new_ref("ref_");
    order->refs.push_back(ref);
    order->events.push_back({.type = world_.pick(kTypes),
                             .data = R"({"ref":")" + ref + R"(","amount":12.30})",
                             .dedupe_key = order->has_ids ? ref : std::string{}});
  }
  if (order->has_ids && world_.percent(20)) order->events.push_back(order->events.front());
  publish(order);
  if (order->has_ids && world_.percent(20)) publish(order);
}

void Scenario::publish(const std::shared_ptr<Order>& order) {
  if (order->acknowledged && !world_.percent(20)) return;
  if (order->has_ids && !order->acknowledged) {
    world_.after(world_.between(kSecond, 30 * kSecond), [this, order] { publish(order); });
  }
  Node* node = node_.get();  // the operation runs in this life or not at all
  operate(
      [this, order, node](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_CHECK_OK(node->events().publish(tx, effects, project_, false, order->events));
        return {};
      },
      [this, order](Result<void> result) {
        if (!result) return;
        order->acknowledged = true;
        for (const auto& ref : order->refs) oracle_.event_acknowledged(ref);
      });
}

// --- providers -----------------------------------------------------------------------------------

void Scenario::create_account(std::string server_id) {
  Account account{.server_id = server_id, .secret = "secret of " + server_id};
  Node* node = node_.get();
  const auto created = std::make_shared<Account>(account);
  operate(
      [this, node, created](Tx& tx, engine::Effects& effects) -> Result<void> {
        engine::ConnectionWish wish{.server_id = created->server_id,
                                    .credentials = Secret{R"({"api_key":"k"})"},
                                    .webhook_secret = Secret{created->secret}};
        MALOTE_TRY(const auto row, node->connections().create(tx, effects, project_, wish));
        created->id = row.id;
        created->no = row.no;
        return {};
      },
      [this, created](Result<void> result) {
        if (result) accounts_.push_back(*created);
      });
}

void Scenario::post_some() {
  if (accounts_.empty()) return;
  const auto made = std::make_shared<Post>();
  made->connection = world_.dice().below(accounts_.size());
  made->genuine = !world_.percent(15);
  const std::string id = new_ref("n_");
  if (accounts_[made->connection].server_id == "shop") {
    made->ref = new_ref(made->genuine ? "shop_" : "forged_");
    made->body = R"({"id":")" + id + R"(","type":"payment.confirmed","data":{"ref":")" + made->ref +
                 R"("}})";
  } else {
    made->has_event = !world_.percent(20);
    made->ref = made->has_event ? new_ref(made->genuine ? "pay_" : "forged_") : new_ref("missing_");
    const bool again = made->genuine && made->has_event && !fetched_.empty() && world_.percent(30);
    if (again) made->ref = world_.pick(fetched_);
    made->body = R"({"id":")" + id + R"(","type":"payment","data":{"id":")" + made->ref + R"("}})";
    if (made->genuine && made->has_event && !again) fetched_.push_back(made->ref);
  }
  if (!made->genuine) oracle_.event_forbidden(made->ref);
  post(made);
  if (world_.percent(30)) {  // sent twice, out of order with others
    world_.after(world_.between(0, kMinute), [this, made] { post(made); });
  }
}

providers::RawRequest Scenario::request_of(const Post& post) const {
  const Account& account = accounts_[post.connection];
  const std::string secret = post.genuine ? account.secret : "a guess";
  providers::RawRequest request{.method = "POST", .body = post.body};
  if (account.server_id == "bank") {
    request.headers = {{"x-bank-token", secret}};
  } else {
    request.headers = {
        {"x-shop-signature", hex_encode(crypto::hmac(crypto::Hash::sha256, secret, post.body))}};
  }
  return request;
}

void Scenario::post(const std::shared_ptr<Post>& made) {
  if (!made->finished && made->genuine) {
    world_.after(world_.between(5 * kSecond, 5 * kMinute), [this, made] {
      if (!made->finished) post(made);
    });
  }
  if (!node_) return;
  const Account& account = accounts_[made->connection];
  node_->intake().accept(
      account.server_id, account.id, request_of(*made),
      [this, made](const engine::IntakeAnswer& answer) { on_answer(*made, answer); });
}

void Scenario::on_answer(Post& post, const engine::IntakeAnswer& answer) {
  world_.note("answer", 0, 0, word(answer.kind));
  const bool deleted = accounts_[post.connection].deleted;
  const bool taken = answer.kind == Kind::accepted || answer.kind == Kind::duplicate ||
                     answer.kind == Kind::ignored;
  if (!post.genuine && taken) return world_.broken("a forged request was accepted");
  if (post.genuine && answer.kind == Kind::refused)
    return world_.broken("a genuine request was refused");
  if (answer.kind == Kind::failed && answer.error.errc == Errc::not_found) {
    post.finished = true;
    if (!deleted) world_.broken("a live connection was not found");
  }
  if (!taken) return;
  post.finished = true;
  if (!post.has_event) return;
  // What a deleted connection was about to fetch goes with it, so the bank is judged at the end.
  if (accounts_[post.connection].server_id == "bank") return to_be_fetched_.push_back(post.ref);
  oracle_.event_acknowledged(post.ref);
}

void Scenario::rotate_account() {
  if (accounts_.empty()) return;
  const std::size_t at = world_.dice().below(accounts_.size());
  Account& account = accounts_[at];
  if (account.rotating || account.deleted) return;
  account.rotating = true;  // stays so when the answer is lost: the old one is good for days
  const std::string secret = account.secret + "+";
  Node* node = node_.get();
  operate(
      [this, node, id = account.id, secret](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_CHECK_OK(node->connections().set_webhook_secret(tx, effects, project_, id,
                                                               Secret{secret}, 20'000h));
        return {};
      },
      [this, at, secret](Result<void> result) {
        if (result) accounts_[at].secret = secret;
        accounts_[at].rotating = false;
      });
}

void Scenario::delete_account() {
  if (accounts_.size() < 2) return;
  Account& account = accounts_[1];
  account.deleted = true;
  Node* node = node_.get();
  operate([this, node, id = account.id](Tx& tx, engine::Effects& effects) -> Result<void> {
    return node->connections().remove(tx, effects, project_, id);
  });
}

// --- operators -----------------------------------------------------------------------------------

engine::TriggerPatch Scenario::draw_trigger() {
  static const std::vector<std::vector<std::string>> kEvents{
      {"*"},
      {"payment.*"},
      {"payment.confirmed"},
      {"payment.success"},
      {"payment.failed", "shipment.delivered"}};
  engine::TriggerPatch wish;
  wish.events = triggers_made_ == 0 ? kEvents.front() : world_.pick(kEvents);
  if (triggers_made_ > 0 && world_.percent(20))
    wish.server_id = world_.percent(50) ? "shop" : "api";
  wish.url = "https://r" + std::to_string(triggers_made_++) + ".example.com/hook";
  wish.timeout = Millis{world_.pick(std::vector<std::int64_t>{500, 3000, 10'000})};
  wish.gaps = world_.pick(ladders());
  wish.jitter_permille = world_.percent(50) ? 100 : static_cast<int>(world_.between(0, 1) * 300);
  wish.max_in_flight = world_.pick(std::vector<int>{1, 2, 5, 64});
  if (world_.percent(20)) wish.rate_limit_per_s = static_cast<int>(world_.between(1, 5));
  if (world_.percent(30)) wish.format = PayloadFormat::envelope;
  return wish;
}

void Scenario::create_trigger() {
  if (triggers_made_ < 7) create(draw_trigger());
}

void Scenario::create(engine::TriggerPatch made) {
  Node* node = node_.get();
  operate([this, node, wish = std::move(made)](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto created, node->triggers().create(tx, effects, project_, wish));
    note_commit(tx, [this, created] { oracle_.trigger_created(created.trigger, created.secret); });
    return {};
  });
}

std::optional<TriggerNo> Scenario::some_trigger() {
  std::vector<TriggerNo> live;
  for (const auto& [no, facts] : oracle_.triggers()) {
    if (!facts.deleted) live.push_back(no);
  }
  if (live.empty()) return {};
  return world_.pick(live);
}

void Scenario::patch_trigger(TriggerNo no, engine::TriggerPatch patch) {
  Node* node = node_.get();
  const std::string id = oracle_.triggers().at(no).id;
  operate(
      [this, node, id, patch = std::move(patch)](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_TRY(const auto row, node->triggers().patch(tx, effects, project_, id, patch));
        note_commit(tx, [this, row] { oracle_.trigger_patched(row); });
        return {};
      });
}

void Scenario::operator_acts() {
  const int action = static_cast<int>(world_.between(0, 99));
  if (action < 8) return create_trigger();
  if (action < 11) return rotate_account();
  if (action < 13) return delete_account();
  if (action < 25) return redeliver_some();
  if (action < 37) return replay_some();
  if (const auto no = some_trigger()) act_on_trigger(action, *no);
}

void Scenario::act_on_trigger(int action, TriggerNo no) {
  Node* node = node_.get();
  const std::string id = oracle_.triggers().at(no).id;
  if (action < 50) return patch_trigger(no, {.status = TriggerStatus::paused});
  if (action < 70) return patch_trigger(no, {.status = TriggerStatus::active});
  if (action < 74) return patch_trigger(no, {.events = draw_trigger().events});
  operate([this, node, id, no, action](Tx& tx, engine::Effects& effects) -> Result<void> {
    if (action < 82) {
      MALOTE_TRY(const auto rotated, node->triggers().rotate_secret(tx, effects, project_, id));
      note_commit(tx, [this, no, rotated] { oracle_.secret_rotated(no, rotated.secret); });
    } else if (action < 88) {
      MALOTE_CHECK_OK(node->triggers().test_fire(tx, effects, project_, id, {}));
    } else if (action < 93) {
      MALOTE_CHECK_OK(node->triggers().retry_pending(tx, effects, project_, 1000));
      note_commit(tx, [this] { oracle_.retried_pending(); });
    } else if (action < 97) {
      TrimCursor pass;
      tx.trim({}, {}, 50, pass);
    } else {
      MALOTE_CHECK_OK(node->triggers().remove(tx, effects, project_, id));
      note_commit(tx, [this, no] { oracle_.trigger_deleted(no); });
    }
    return {};
  });
}

void Scenario::redeliver_some() {
  if (oracle_.deliveries().empty()) return;
  const auto skip = static_cast<std::ptrdiff_t>(world_.dice().below(oracle_.deliveries().size()));
  const auto at = std::next(oracle_.deliveries().begin(), skip);
  Node* node = node_.get();
  operate([this, node, key = at->first](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto again, node->triggers().redeliver(tx, effects, project_, key));
    note_commit(tx, [this, no = again.trigger.no] { oracle_.redelivered(no); });
    return {};
  });
}

void Scenario::replay_some() {
  if (oracle_.events().empty()) return;
  const auto skip = static_cast<std::ptrdiff_t>(world_.dice().below(oracle_.events().size()));
  const auto at = std::next(oracle_.events().begin(), skip);
  Node* node = node_.get();
  operate([this, node, key = at->first](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(node->events().replay(tx, effects, project_, key, {}));
    return {};
  });
}

}  // namespace malote::sim
