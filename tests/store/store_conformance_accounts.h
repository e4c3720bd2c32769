// Store conformance: triggers, connections, projects, keys, settings.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

TEST_P(StoreConformance, ATriggerComesBackAsItWas) {
  Trigger made{.id = "trg_x",
               .project = kProject,
               .name = "n é",
               .events = {"a.b", "c.*", "*"},
               .server_id = "asaas",
               .url = "https://x/?a=b",
               .sealed_headers = std::string{"\x01sealed\0bytes", 13},
               .timeout = 3s,
               .retry = {.gaps = {50ms, 10h}, .jitter_permille = 7},
               .max_in_flight = 5,
               .rate_limit_per_s = 9,
               .format = PayloadFormat::envelope,
               .signature = SignatureScheme::timestamped,
               .sealed_secret = std::string("\0\x01", 2),
               .created_at = now_};
  write([&](Tx& tx) { tx.insert_trigger(made); });
  made.streak = 3;
  made.streak_epoch = 2;
  made.total_runs = 8;
  made.last_run_at = now_ + 1s;
  made.status = TriggerStatus::paused;
  made.paused_reason = "gone";
  write([&](Tx& tx) { tx.update_trigger_progress(made); });
  for (const auto& stored :
       {read([&](const ReadTx& tx) { return tx.trigger(made.no); }),
        read([&](const ReadTx& tx) { return tx.trigger(kProject, "trg_x"); })}) {
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->name, made.name);
    EXPECT_EQ(stored->events, made.events);
    EXPECT_EQ(stored->sealed_headers, made.sealed_headers);
    EXPECT_EQ(stored->timeout, made.timeout);
    EXPECT_EQ(stored->retry.gaps, made.retry.gaps);
    EXPECT_EQ(stored->retry.jitter_permille, 7);
    EXPECT_EQ(stored->max_in_flight, 5);
    EXPECT_EQ(stored->rate_limit_per_s, 9);
    EXPECT_EQ(stored->format, PayloadFormat::envelope);
    EXPECT_EQ(stored->signature, SignatureScheme::timestamped);
    EXPECT_EQ(stored->sealed_secret, made.sealed_secret);
    EXPECT_EQ(stored->streak, 3);
    EXPECT_EQ(stored->streak_epoch, 2);
    EXPECT_EQ(stored->total_runs, 8);
    EXPECT_EQ(stored->status, TriggerStatus::paused);
    EXPECT_EQ(stored->paused_reason, "gone");
  }
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.trigger(ProjectNo{2}, "trg_x"); }));
}

TEST_P(StoreConformance, AConnectionsHealthIsReplacedAndGoesWithIt) {
  Connection connection{.id = "con_h", .project = kProject, .server_id = "asaas", .metadata = "{}"};
  write([&](Tx& tx) { tx.insert_connection(connection); });
  const InboundHealth health{.received = 5'000'000'000,
                             .refused = 2,
                             .last_received_at = now_,
                             .last_refused_at = now_ + 1s,
                             .last_reason = "secret_mismatch"};
  write([&](Tx& tx) {
    tx.put_inbound_health(connection.no, {.received = 1});
    tx.put_inbound_health(connection.no, health);
    tx.put_inbound_health(ConnectionNo{connection.no.value + 1}, health);
  });
  const auto rows = read([&](const ReadTx& tx) { return tx.inbound_health(); });
  ASSERT_EQ(rows.size(), 1u) << "nothing of a connection that is not there";
  EXPECT_EQ(rows[0].connection, connection.no);
  EXPECT_EQ(rows[0].id, "con_h");
  EXPECT_EQ(rows[0].health.received, health.received);
  EXPECT_EQ(rows[0].health.refused, 2);
  EXPECT_EQ(rows[0].health.last_received_at, now_);
  EXPECT_EQ(rows[0].health.last_refused_at, now_ + 1s);
  EXPECT_EQ(rows[0].health.last_reason, "secret_mismatch");
  write([&](Tx& tx) { tx.delete_connection(connection.no); });
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.inbound_health(); }).empty());
}

TEST_P(StoreConformance, TriggerListsFilter) {
  const auto one = add_trigger("trg_1");
  auto two = add_trigger("trg_2");
  two.status = TriggerStatus::paused;
  two.server_id = "stripe";
  two.events = {"c.d"};
  write([&](Tx& tx) { tx.update_trigger(two); });
  const auto list = [&](TriggerFilter filter, Page page = {}) {
    filter.project = kProject;
    std::string ids;
    for (const auto& t : read([&](const ReadTx& tx) { return tx.triggers(filter, page); }))
      ids += t.id + " ";
    return ids;
  };
  EXPECT_EQ(list({}), "trg_2 trg_1 ");
  EXPECT_EQ(list({}, {.limit = 1}), "trg_2 ");
  EXPECT_EQ(list({}, {.before = two.no.value}), "trg_1 ");
  EXPECT_EQ(list({.status = "active"}), "trg_1 ");
  EXPECT_EQ(list({.status = "nonsense"}), "");
  EXPECT_EQ(list({.event = "c.d"}), "trg_2 ");
  EXPECT_EQ(list({.event = "c"}), "");
  EXPECT_EQ(list({.server_id = "stripe"}), "trg_2 ");
}

TEST_P(StoreConformance, SubscriptionsFollowEveryChangeOfTriggers) {
  const auto events = [&] {
    std::string all;
    write([&](Tx& tx) {  // the writer's view, which may be cached
      for (const auto& s : tx.subscriptions(kProject)) all += s.events.at(0) + " ";
    });
    return all;
  };
  EXPECT_EQ(events(), "");
  auto trigger = add_trigger();
  EXPECT_EQ(events(), "a.b ");
  trigger.events = {"c.d"};
  write([&](Tx& tx) { tx.update_trigger(trigger); });
  EXPECT_EQ(events(), "c.d ");
  trigger.status = TriggerStatus::paused;
  write([&](Tx& tx) { tx.update_trigger_progress(trigger); });
  EXPECT_EQ(events(), "c.d ");  // a paused trigger goes on receiving
  write([&](Tx& tx) { tx.delete_trigger(trigger.no); });
  EXPECT_EQ(events(), "");
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.subscriptions(kProject).empty(); }));
}

TEST_P(StoreConformance, SubscriptionsForgetWhatWasRolledBack) {
  const auto trigger = add_trigger();
  EXPECT_FALSE(try_write([&](Tx& tx) -> Result<void> {
    Trigger other = trigger;
    other.id = "trg_other";
    tx.insert_trigger(other);
    EXPECT_EQ(tx.subscriptions(kProject).size(), 2u);
    return fail(Errc::invalid_body, "no");
  }));
  write([&](Tx& tx) { EXPECT_EQ(tx.subscriptions(kProject).size(), 1u); });
}

TEST_P(StoreConformance, TriggerNumbersAreNeverReused) {
  const auto first = add_trigger("trg_1");
  write([&](Tx& tx) { tx.delete_trigger(first.no); });
  EXPECT_GT(add_trigger("trg_2").no, first.no);
}

TEST_P(StoreConformance, AConnectionComesBackAsItWas) {
  Connection made{.id = "ca_1",
                  .project = kProject,
                  .server_id = "stripe",
                  .user_id = "u",
                  .display_name = "d",
                  .status = ConnectionStatus::connected,
                  .metadata = R"({"a":1})",
                  .sealed_credentials = "c\0c",
                  .sealed_webhook_secret = "w",
                  .created_at = now_};
  write([&](Tx& tx) { tx.insert_connection(made); });
  made.sealed_previous_secret = "w";
  made.sealed_webhook_secret = "new";
  made.previous_until = now_ + 24h;
  write([&](Tx& tx) { tx.update_connection(made); });
  const auto stored = read([&](const ReadTx& tx) { return tx.connection("ca_1"); });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->sealed_webhook_secret, "new");
  EXPECT_EQ(stored->sealed_previous_secret, "w");
  EXPECT_EQ(stored->previous_until, now_ + 24h);
  EXPECT_EQ(stored->metadata, R"({"a":1})");
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.connection(made.no); })->id, "ca_1");
  const auto list = [&](ConnectionFilter filter) {
    filter.project = filter.project ? filter.project : kProject;
    return read([&](const ReadTx& tx) { return tx.connections(filter, {}); }).size();
  };
  EXPECT_EQ(list({}), 1u);
  EXPECT_EQ(list({.status = "connected", .server_id = "stripe", .user_id = "u"}), 1u);
  EXPECT_EQ(list({.status = "revoked"}), 0u);
  EXPECT_EQ(list({.server_id = "asaas"}), 0u);
  EXPECT_EQ(list({.project = {2}}), 0u);
}

TEST_P(StoreConformance, DeletingAConnectionTakesItsFetchesAlong) {
  Connection connection{.id = "ca_1", .project = kProject, .server_id = "s", .metadata = "{}"};
  write([&](Tx& tx) {
    tx.insert_connection(connection);
    tx.put_fetch({.receipt = {5}, .connection = connection.no, .due_at = now_});
  });
  write([&](Tx& tx) { tx.delete_connection(connection.no); });
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.connection("ca_1"); }));
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.fetch({5}); }));
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_P(StoreConformance, ProjectsKeysSettingsAndAnswersAreKept) {
  Project project{.id = "prj_1",
                  .name = "n",
                  .slug = "s",
                  .is_default = true,
                  .livemode = true,
                  .created_at = now_};
  ApiKey key{.id = "key_1",
             .name = "k",
             .prefix = "csk_live_abcd",
             .hash = std::string(32, '\xFE'),
             .scopes = "*",
             .created_at = now_};
  write([&](Tx& tx) {
    tx.insert_project(project);
    key.project = project.no;
    tx.insert_api_key(key);
    tx.set_setting("org_id", "one");
    tx.set_setting("org_id", "two");
    tx.put_answer(project.no, "k",
                  {.fingerprint = "\xFF", .status = 201, .sealed_body = "b", .created_at = now_});
  });
  key.revoked_at = now_ + 1s;
  write([&](Tx& tx) { tx.update_api_key(key); });
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("org_id"); }), "two");
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("none"); }), "");
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.project("prj_1"); })->slug, "s");
  const auto keys = read([](const ReadTx& tx) { return tx.api_keys(); });
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].hash, key.hash);
  EXPECT_EQ(keys[0].revoked_at, key.revoked_at);
  const auto answer = read([&](const ReadTx& tx) { return tx.answer(project.no, "k"); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.answer({9}, "k"); }));
  write([&](Tx& tx) { tx.delete_project(project.no); });
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.projects(); }).empty());
}

// --- failures
// -----------------------------------------------------------------------------------------

}  // namespace malote::testing
