#!/usr/bin/python3
"""The command line as a person uses it, and as a program does with --json."""
import json
import os
import subprocess
import tempfile

from harness import API_KEY, BIN, GatewayTest, Reply, eventually, main, run

GROUPS = {"keys": ["list", "create", "revoke"],
          "connections": ["list", "create", "get", "revoke", "delete", "set-secret"],
          "triggers": ["list", "create", "get", "pause", "resume", "delete", "rotate-secret", "test-fire", "dlq"],
          "events": ["list", "get", "replay", "publish", "types"],
          "deliveries": ["list", "get", "redeliver"],
          "loops": ["list", "show", "create", "patch", "enable", "disable", "delete", "run", "example"],
          "runs": ["list", "show", "cancel", "redrive"],
          "sessions": ["list", "show", "calls"],
          "tools": ["list", "show"]}


class Cli(GatewayTest):
    def good(self, *args, **options):
        done = self.gw.run_cli(*args, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), (args, done))
        return done.stdout

    def read(self, *args, **options):
        return json.loads(self.good(*args, "--json", **options))

    def test_the_walk_of_a_newcomer(self):
        shown = self.good("triggers", "create", "--event", "order.created", "--to", self.receiver.url(), "--name", "walk")
        trigger = next(line.split()[1] for line in shown.splitlines() if line.startswith("id "))
        self.assertIn("whsec_", shown)
        listed = self.good("triggers", "list")
        self.assertTrue(listed.splitlines()[0].startswith("ID"))
        self.assertIn(trigger, listed)
        self.assertNotIn("whsec_", listed)
        self.good("events", "publish", "order.created", '{"order_id":"o-1","external_reference":"ref-1"}')
        self.assertEqual(self.receiver.take().json["order_id"], "o-1")
        row = self.gw.delivery({"id": trigger}, "delivered")
        self.assertIn(row["id"], self.good("deliveries", "list", "--state", "delivered", "--trigger", trigger))
        self.assertIn(row["event_id"], self.good("events", "list", "--reference", "ref-1"))
        self.assertIn("order.created", self.good("events", "get", row["event_id"]))
        self.assertIn("200", self.good("deliveries", "get", row["id"]))
        self.good("events", "replay", row["event_id"])
        self.receiver.take()
        self.good("deliveries", "redeliver", row["id"])
        self.receiver.take()
        self.good("triggers", "test-fire", trigger)
        self.receiver.take()
        self.assertIn("paused", self.good("triggers", "pause", trigger))
        self.assertIn("active", self.good("triggers", "resume", trigger))
        self.assertIn("whsec_", self.good("triggers", "rotate-secret", trigger))
        self.assertEqual(self.good("triggers", "delete", trigger), "done\n")
        gone = self.gw.run_cli("triggers", "get", trigger)
        self.assertEqual((gone.returncode, gone.stdout), (1, ""))
        self.assertIn("not_found", gone.stderr)

    def test_json_is_the_answer_of_the_api(self):
        trigger = self.read("triggers", "create", "--event", self.event, "--to", self.receiver.url())
        self.assertEqual(self.read("triggers", "get", trigger["id"]), self.gw.ok("GET", "/v1/triggers/" + trigger["id"]))
        self.assertEqual(self.read("events", "types"), self.gw.ok("GET", "/v1/event-types"))
        self.assertEqual(self.read("triggers", "delete", trigger["id"]), {})

    def test_dead_letters(self):
        self.receiver.answer = lambda request: Reply(500)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[])
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "dead")
        self.assertIn(row["id"], self.good("triggers", "dlq", trigger["id"]))
        self.assertIn("http_500", self.good("deliveries", "list", "--state", "dead"))

    def test_keys(self):
        made = self.read("keys", "create", "ci", "--env", "test", "--scope", "events:write", "--scope", "events:read")
        self.assertEqual(made["scopes"], ["events:write", "events:read"])
        self.assertNotIn(made["full_key"], self.good("keys", "list"))
        self.good("events", "publish", self.event, "{}", key=made["full_key"])
        denied = self.gw.run_cli("triggers", "list", key=made["full_key"])
        self.assertEqual(denied.returncode, 1)
        self.assertIn("403", denied.stderr)
        self.good("keys", "revoke", made["id"])
        self.assertIn("401", self.gw.run_cli("events", "list", key=made["full_key"]).stderr)

    def test_connections(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("from-a-file")
            file.flush()
            c = self.read("connections", "create", "asaas", "--name", "Loja Ção", "--webhook-secret", "@" + file.name)
        self.assertTrue(c["webhook_secret_set"])
        table = self.good("connections", "list")
        self.assertIn("Loja Ção", table)
        self.assertIn(c["webhook_path"], table)
        sent = {"asaas-access-token": "from-a-file"}
        self.assertEqual(self.gw.request("POST", c["webhook_path"], b'{"event":"X","id":"1"}', sent).status, 200)
        self.good("connections", "set-secret", c["id"], "-", stdin="from-stdin")
        sent = {"asaas-access-token": "from-stdin"}
        self.assertEqual(self.gw.request("POST", c["webhook_path"], b'{"event":"X","id":"2"}', sent).status, 200)
        self.assertIn("asaas", self.good("connections", "get", c["id"]))
        self.assertIn("revoked", self.good("connections", "revoke", c["id"]))
        self.assertEqual(self.good("connections", "delete", c["id"]), "done\n")

    def test_several_credentials_are_an_object(self):
        c = self.read("connections", "create", "correios", "--secret", '{"user":"u","token":"t"}')
        self.assertEqual(c["server_id"], "correios")
        bad = self.gw.run_cli("connections", "create", "correios", "--secret", '{"user":')
        self.assertEqual((bad.returncode, bad.stdout), (1, ""))

    def test_a_secret_from_a_file_or_a_pipe_ends_before_its_newline(self):
        c = self.read("connections", "create", "asaas", "--webhook-secret", "-", stdin="piped-secret\n")
        sent = {"asaas-access-token": "piped-secret"}
        self.assertEqual(self.gw.request("POST", c["webhook_path"], b'{"event":"X","id":"1"}', sent).status, 200)

    def test_publish_reads_files_and_pipes(self):
        self.gw.trigger(self.receiver.url(), self.event)
        self.good("events", "publish", self.event, "-", stdin='{"from":"stdin"}')
        self.assertEqual(self.receiver.take().json["from"], "stdin")
        missing = self.gw.run_cli("events", "publish", self.event, "@/nowhere.json")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("/nowhere.json", missing.stderr)
        for bad in ("not json", "[]", '{"a":1},"type":"injected.event"', ""):
            done = self.gw.run_cli("events", "publish", self.event, bad)
            self.assertNotEqual(done.returncode, 0, bad)
            self.assertTrue(done.stderr.startswith("malote: "), done.stderr)

    def test_lists_page(self):
        for n in range(3):
            self.gw.publish(self.event, {"n": n})
        first = self.good("events", "list", "--type", self.event, "--limit", "2")
        cursor = first.splitlines()[-1].removeprefix("more: --before ")
        second = self.good("events", "list", "--type", self.event, "--limit", "2", "--before", cursor)
        self.assertEqual(len(second.splitlines()), 2)
        self.assertIn("(none)", self.good("events", "list", "--type", "nothing.here"))

    def test_wrong_or_missing_key(self):
        for key in ("csk_test_wrong", None):
            done = self.gw.run_cli("triggers", "list", key=key)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("401", done.stderr)
        self.assertIn("MALOTE_API_KEY", done.stderr)

    def test_stored_text_does_not_reach_the_terminal_as_it_is(self):
        evil = "a\x1b]0;title\x07\n\x7fb\u009bc"
        self.receiver.answer = lambda request: Reply(200, b"hi\x1b[2Jthere\n")
        trigger = self.gw.trigger(self.receiver.url(), self.event, name=evil)
        row = self.gw.ok("POST", "/v1/events", {"type": self.event, "data": {evil: evil}})
        delivery = self.gw.delivery(trigger, "delivered")
        for args in (("triggers", "list", "--limit", "200"), ("triggers", "get", trigger["id"]),
                     ("events", "get", row["id"]), ("deliveries", "get", delivery["id"])):
            shown = self.good(*args)
            self.assertEqual([c for c in shown.replace("\n", "") if ord(c) < 32 or 127 <= ord(c) < 160], [], args)
        self.assertIn("a\\u001b]0;title\\u0007\\u000a\\u007fb\\u009bc", self.good("triggers", "get", trigger["id"]))
        self.assertEqual(self.read("triggers", "get", trigger["id"])["name"], evil)

    def test_connection_options_before_the_subcommand(self):
        url = "http://" + self.gw.address
        env = {"PATH": os.environ.get("PATH", ""), "MALOTE_URL": "http://127.0.0.1:1", "MALOTE_API_KEY": "csk_test_x"}
        for args in (("--url", url, "--api-key", API_KEY, "--json", "triggers", "list"),
                     ("triggers", "--url", url, "list", "--api-key", API_KEY, "--json")):
            done = run(*args, env=env)
            self.assertEqual((done.returncode, done.stderr), (0, ""), args)
            self.assertIn("triggers", json.loads(done.stdout))

    def test_files_are_for_their_owner_only(self):
        self.gw.publish(self.event)
        copy = os.path.join(self.gw.folder, "copy.db")
        self.assertEqual(run("backup", copy, "--data", self.gw.data).returncode, 0)
        paths = [self.gw.data, copy, *(os.path.join(self.gw.data, name) for name in os.listdir(self.gw.data))]
        self.assertEqual([path for path in paths if os.stat(path).st_mode & 0o77], [])

    def make_loop(self, **more):
        """Greets, then fails as the event's data says."""
        steps = [{"name": "greet", "tool": "malote/echo", "params": {"text": "hello ${event.data.name}"}},
                 {"name": "last", "tool": "malote/fail", "when": {"path": "event.data.fail", "exists": True},
                  "params": {"status": "${event.data.fail}", "message": "${steps.greet.data.text}"}}]
        definition = {"name": self.event, "on": {"event": self.event}, "steps": steps, **more}
        return self.read("loops", "create", "-", stdin=json.dumps(definition))["id"]

    def ended(self, run_id):
        """The run as --json shows it, once it has ended."""
        def look():
            shown = self.read("runs", "show", run_id)
            return shown if shown["finished_at"] else None
        return eventually(look, what="the run's end")

    def test_loops(self):
        loop = self.make_loop()
        self.assertIn(self.event, self.good("loops", "list", "--limit", "200"))
        self.assertEqual(self.read("loops", "show", loop), self.gw.ok("GET", "/v1/loops/" + loop))
        self.assertEqual(self.read("loops", "patch", loop, '{"max_in_flight":3}')["version"], 2)
        self.assertFalse(self.read("loops", "disable", loop)["enabled"])
        self.assertTrue(self.read("loops", "enable", loop)["enabled"])
        self.assertEqual(self.good("loops", "delete", loop), "done\n")
        self.assertIn("not_found", self.gw.run_cli("loops", "show", loop).stderr)
        bad = self.gw.run_cli("loops", "create", "-", stdin='{"name":"x","steps":[{"name":"a","tool":"malote/ecko"}]}')
        self.assertEqual((bad.returncode, bad.stdout), (1, ""))
        self.assertIn("did you mean malote/echo?", bad.stderr)
        missing = self.gw.run_cli("loops", "create", "/nowhere.json")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("/nowhere.json", missing.stderr)

    def test_the_example_of_a_loop_is_taken_as_it_is(self):
        example = self.good("loops", "example")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(example)
            file.flush()
            made = self.read("loops", "create", file.name)
        self.assertEqual(made["definition"], json.loads(example))
        self.good("loops", "delete", made["id"])

    def test_a_dry_run_calls_nothing(self):
        loop = self.make_loop()
        plan = self.good("loops", "run", loop, "--payload", '{"name":"Ana","fail":422}', "--dry-run")
        self.assertIn('{"text":"hello Ana"}', plan)
        self.assertIn("steps.greet.data.text", plan)
        full = self.good("loops", "run", loop, "--payload", '{"name":"Ana","fail":422}', "--dry-run",
                         "--results", '{"greet":{"data":{"text":"stand-in"}}}')
        self.assertIn('{"status":422,"message":"stand-in"}', full)
        self.assertEqual(self.read("runs", "list", "--loop", loop)["runs"], [])
        both = self.gw.run_cli("loops", "run", loop, "--payload", "{}", "--event", "evt_1")
        self.assertEqual(both.returncode, 2)

    def test_runs(self):
        loop = self.make_loop()
        event = self.gw.publish(self.event, {"name": "Ana"})
        row = eventually(lambda: self.read("runs", "list", "--event", event)["runs"], what="the run")[0]
        self.assertEqual(self.ended(row["id"])["state"], "completed")
        self.assertIn(row["id"], self.good("runs", "list", "--loop", loop, "--state", "completed"))
        shown = self.good("runs", "show", row["id"])
        self.assertRegex(shown, r"(?m)^greet +succeeded +1 +malote/echo +malote +\S+ +" + row["id"] + r"\.greet$")
        self.assertRegex(shown, r"(?m)^last +skipped +0 ")
        self.assertRegex(shown, r'(?m)^greet +given +{"text":"hello Ana"}$')
        again = self.read("loops", "run", loop, "--event", event)["id"]
        self.assertEqual(self.ended(again)["state"], "completed")
        self.assertIn("run_not_failed", self.gw.run_cli("runs", "redrive", again).stderr)
        self.assertIn("run_finished", self.gw.run_cli("runs", "cancel", again).stderr)

    def test_a_failed_run_is_redriven(self):
        loop = self.make_loop()
        run_id = self.read("loops", "run", loop, "--payload", '{"name":"Ana","fail":422}')["id"]
        self.assertEqual(self.ended(run_id)["failed_step"], "last")
        self.assertIn("hello Ana", self.good("runs", "show", run_id))
        self.assertIn(run_id, self.good("runs", "redrive", run_id))
        redriven = self.ended(run_id)
        self.assertEqual([step["idempotency_key"] for step in redriven["steps"]],
                         [run_id + ".greet", run_id + ".last.1"])  # it had no effect: a new key
        self.assertIn("invalid_query", self.gw.run_cli("runs", "redrive", run_id, "--from", "nothing").stderr)

    def test_a_waiting_run_is_cancelled(self):
        loop = self.make_loop(max_in_flight=1)
        run_id = self.read("loops", "run", loop, "--payload", '{"name":"Ana","fail":429}')["id"]
        self.assertEqual(self.read("runs", "cancel", run_id)["state"], "cancelled")
        self.assertIn(run_id, self.good("runs", "list", "--state", "cancelled"))

    def test_sessions_and_tools(self):
        session = self.gw.ok("POST", "/v1/sessions", {"user_id": "ana"})["id"]
        call = self.gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": "malote/echo", "input": {"a": 1}})
        self.assertIn(session, self.good("sessions", "list", "--user", "ana", "--status", "active"))
        self.assertNotIn(session, self.good("sessions", "list", "--user", "berta"))
        self.assertEqual(self.read("sessions", "show", session), self.gw.ok("GET", "/v1/sessions/" + session))
        self.assertIn(call["tool_call_id"], self.good("sessions", "calls", session))
        listed = self.good("tools", "list", "--server", "malote")
        self.assertEqual([line.split()[0] for line in listed.splitlines()], ["NAME", "malote/echo", "malote/fail"])
        self.assertIn("codespar_ship", self.good("tools", "list"))
        self.assertIn("to_cep", self.good("tools", "show", "codespar_ship"))
        self.assertIn("endpoint_template", self.good("tools", "show", "correios/create_prepost"))
        self.assertIn("not_found", self.gw.run_cli("tools", "show", "no/such").stderr)

    def test_faults_are_listed(self):
        done = self.gw.run_cli("triggers", "create", "--event", "Not Valid", "--to", "nonsense")
        self.assertEqual(done.returncode, 1)
        self.assertIn("invalid_body", done.stderr)
        odd = self.gw.run_cli("triggers", "get", "../../healthz?x#y")
        self.assertEqual(odd.returncode, 1)
        self.assertIn("404", odd.stderr)


class Alone(GatewayTest):
    """Without a gateway."""

    @classmethod
    def setUpClass(cls):
        pass

    def test_no_gateway(self):
        self.receiver.close()
        done = run("triggers", "list", "--url", self.receiver.url(""), "--api-key", "csk_test_x")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("malote serve", done.stderr)

    def test_something_else_answers(self):
        self.receiver.answer = lambda request: Reply(200, b"<html>")
        done = run("triggers", "list", "--url", self.receiver.url(""))
        self.assertEqual(done.returncode, 1)
        self.assertIn("malote gateway", done.stderr)

    def test_help(self):
        top = run("--help")
        self.assertEqual((top.returncode, top.stderr), (0, ""))
        for name in ("serve", "demo", "inbound", "backup", "verify-store", "sim", "bench", "completion", *GROUPS):
            self.assertIn("\n  " + name + " ", top.stdout)
        for group, commands in GROUPS.items():
            shown = run(group, "--help")
            self.assertEqual(shown.returncode, 0)
            for command in commands:
                self.assertIn("\n  " + command + " ", shown.stdout)
                self.assertEqual(run(group, command, "--help").returncode, 0)
        for args in (("serve",), ("backup",), ("verify-store",), ("inbound", "check"), ("demo",), ("sim",), ("completion",)):
            done = run(*args, "--help")
            self.assertEqual((done.returncode, done.stdout.startswith("malote") or "Usage" in done.stdout), (0, True), args)
        self.assertRegex(run("--version").stdout, r"^malote \d+\.\d+\.\d+\n$")

    def test_wrong_usage_exits_2(self):
        for args in ((), ("nothing",), ("triggers",), ("triggers", "nothing"), ("triggers", "get"), ("serve", "--nothing"),
                     ("triggers", "create"), ("events", "list", "--limit", "x"), ("inbound", "check")):
            done = run(*args)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertTrue(done.stderr)

    def test_a_misspelt_command_gets_the_nearest(self):
        for args, word, meant in ((("serv",), "serv", "serve"), (("trigers", "list"), "trigers", "triggers"),
                                  (("triggers", "lits"), "lits", "list"), (("serv", "--dev"), "serv", "serve")):
            done = run(*args)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn(f"there is no command {word}; did you mean {meant}?", done.stderr)

    def test_help_as_a_word(self):
        self.assertEqual(run("help").stdout, run("--help").stdout)
        self.assertEqual(run("help", "triggers", "list").stdout, run("triggers", "list", "--help").stdout)
        self.assertEqual(run("help").returncode, 0)

    def test_listen_takes_an_address_and_a_port(self):
        for listen in ("127.0.0.1:80x80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1", "[::1:8080",
                       "localhost:http", "nonsense:80"):
            with tempfile.TemporaryDirectory() as folder:
                done = run("serve", "--listen", listen, "--data", folder)
            self.assertEqual(done.returncode, 2, listen)
            self.assertIn("--listen takes ADDRESS:PORT", done.stderr)
            self.assertIn(listen, done.stderr)

    def test_inbound_check(self):
        vectors = {"vectors": [{"id": "v", "server_id": "asaas", "provider": "asaas", "scheme": "shared_secret_header",
                                "default_for_provider": True, "secret": "tok", "method": "POST",
                                "headers": {"asaas-access-token": "tok"}, "query": {}, "now_unix": 1795176000,
                                "body_base64": "eyJldmVudCI6IlBBWU1FTlRfUkVDRUlWRUQifQ==", "valid": True}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(vectors, file)
            file.flush()
            done = run("inbound", "check", file.name)
            self.assertEqual((done.returncode, done.stdout), (0, "1 passed, 0 failed\n"), done)
            line = json.loads(run("inbound", "check", file.name, "--json").stdout)
            self.assertEqual((line["id"], line["verdict"], line["events"][0]["type"]), ("v", "accepted", "payment.confirmed"))
        vectors["vectors"][0]["valid"] = False
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(vectors, file)
            file.flush()
            done = run("inbound", "check", file.name)
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (1, "0 passed, 1 failed"))
        self.assertEqual(run("inbound", "check", "/nowhere.json").returncode, 2)

    def test_completion_works_in_bash(self):
        script = run("completion").stdout
        folder = os.path.dirname(BIN)
        def complete(*words):
            listed = " ".join(f"'{word}'" for word in words)
            done = subprocess.run(["bash", "--norc", "-c", script + f"""
                COMP_WORDS=(malote {listed}); COMP_CWORD={len(words)}; _malote; printf '%s\\n' "${{COMPREPLY[@]}}" """],
                capture_output=True, text=True, timeout=10, check=True, cwd=folder)
            return set(done.stdout.split())
        self.assertLessEqual({"triggers", "serve", "completion"}, complete(""))
        self.assertEqual(complete("tri"), {"trigger", "triggers"})
        self.assertLessEqual({"list", "create", "dlq"}, complete("triggers", ""))
        self.assertEqual(complete("serve", "--li"), {"--listen"})


if __name__ == "__main__":
    main()
