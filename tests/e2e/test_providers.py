#!/usr/bin/python3
"""Provider packs: docs/providers.md word for word, own packs while the gateway runs, the pack files,
and requests that the providers' own SDKs sign."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import walk
from harness import ROOT, Gateway, GatewayTest, Receiver, eventually, hmac_hex, main, npm_install, run

DOC = os.path.join(ROOT, "docs/providers.md")
PACKS = os.path.join(ROOT, "data/providers")
SCHEMA = os.path.join(ROOT, "data/provider.schema.json")
UNDESCRIBED = set()  # the schema's "where" does not know "?path": true yet
PACKAGES = {"stripe": "stripe", "standardwebhooks": "standardwebhooks@1", "svix": "svix@1",
            "@octokit/webhooks-methods": "@octokit/webhooks-methods", "mercadopago": "mercadopago@3"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text if isinstance(text, str) else json.dumps(text))


def all_packs():
    return [json.loads(read(path)) for path in sorted(glob.glob(PACKS + "/*.json"))]


def event_types(pack, also_optional=True):
    return {rule["type"] for rule in pack["events"]["rules"]
            if rule["type"] and (also_optional or not rule.get("optional"))}


def small_pack(name="jabuti", kind="paid", **more):
    """A pack with one event; what the tests vary is given by name."""
    return {"id": name, "label": "Jabuti", "category": "payments", "countries": ["BR"], "evidence": "made up",
            "documentation": [], "redact_headers": ["x-token"],
            "verify": {"default": "token", "schemes": {"token": {"kind": "shared_secret", "header": "X-Token"}}},
            "events": {"name": ["/kind"], "id": ["/id"], "fields": {"all": {"resource_id": ["/payment"]}},
                       "rules": [{"name": kind, "type": "payment.confirmed", "fields": "all"}]},
            "fixtures": {"payment.confirmed": {"kind": kind, "id": "e1", "payment": "p1"}}, **more}


class Folder:
    """A folder that goes away with its test."""

    def __init__(self, test, files=None):
        self.path = tempfile.mkdtemp(prefix="malote-packs-")
        test.addCleanup(shutil.rmtree, self.path, ignore_errors=True)
        for name, content in (files or {}).items():
            self.write(name, content)

    def at(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        """At once, as `mv` does: half a file is a broken one."""
        write(self.at(name) + ".new", content)
        os.replace(self.at(name) + ".new", self.at(name))


# --- the documentation ---------------------------------------------------------------------------


class TheWalk(GatewayTest):
    """Adding a provider in ten minutes, as the page says it."""

    @classmethod
    def setUpClass(cls):
        pass  # the page starts its own gateway

    def test_word_for_word(self):
        if walk.missing_tools():
            self.skipTest(", ".join(walk.missing_tools()) + " is not installed")
        page = read(DOC)
        start = page.index("## Add your own provider in ten minutes")
        steps = walk.steps_of(page[start:page.index("\n## ", start)])
        self.assertGreater(len(steps), 10)
        walk.compare(steps, walk.run(steps))


class ThePage(GatewayTest):
    """The page's facts are those of the files."""

    @classmethod
    def setUpClass(cls):
        cls.page = read(DOC)

    def test_the_table_of_providers(self):
        rows = {}
        for line in self.page.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and len(cells) == 5:
                rows[cells[0]] = cells[1:]
        packs = all_packs()
        self.assertEqual(set(rows) - {"server_id", "---"}, {pack["id"] for pack in packs})
        for pack in packs:
            with self.subTest(pack["id"]):
                proof, protected, unprotected, events = rows[pack["id"]]
                default, others = pack["verify"].get("default"), set(pack["verify"]["schemes"])
                self.assertEqual(proof.split("; ")[0], f"**{default or 'described by the connection'}**")
                self.assertEqual(set(proof.partition("; ")[2].split(", ")) - {""}, others - {default})
                self.assertTrue(protected and unprotected)
                optional = event_types(pack) - event_types(pack, also_optional=False)
                shown = {name + ("°" if name in optional else "") for name in event_types(pack)}
                self.assertEqual(set(events.split(", ")), shown or {"whatever the sender names"})
                self.assertIn(f"- **{pack['label']}** (`{pack['id']}`).", " ".join(self.page.split()))

    def test_the_reference_names_every_member_of_the_schema(self):
        names = set()

        def collect(node):
            if isinstance(node, dict):
                names.update(node.get("properties", {}))
                for child in node.values():
                    collect(child)
            elif isinstance(node, list):
                for child in node:
                    collect(child)
        collect(json.loads(read(SCHEMA)))
        for name in sorted(names - {"$schema"}):
            self.assertTrue(f"\n- `{name}`: " in self.page, name + " is not in docs/providers.md")


# --- the pack files ------------------------------------------------------------------------------


class PackFiles(GatewayTest):
    @classmethod
    def setUpClass(cls):
        pass

    def test_every_pack_is_valid(self):
        try:
            import jsonschema
        except ImportError:
            print("skipped: python3-jsonschema is not installed")
            self.skipTest("jsonschema")
        schema = json.loads(read(SCHEMA))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for pack in [*all_packs(), small_pack()]:
            if pack["id"] in UNDESCRIBED:
                continue
            with self.subTest(pack["id"]):
                self.assertEqual([f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(pack)], [])
        for broken in ({}, {**small_pack(), "evnts": {}}, {**small_pack(), "id": "Not An Id"}):
            self.assertFalse(validator.is_valid(broken))

    def test_every_fixture_maps_to_its_type(self):
        files = sorted(glob.glob(PACKS + "/*.json"))
        done = run("providers", "test", PACKS)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(done.stdout.splitlines(), [f"{path}: fine" for path in files] + [f"{len(files)} passed, 0 failed"])

    def test_a_fixture_for_every_type_that_needs_no_wish(self):
        for pack in all_packs():
            with self.subTest(pack["id"]):
                self.assertEqual(event_types(pack, also_optional=False) - set(pack.get("fixtures", {})), set())
                self.assertEqual(os.path.exists(f"{PACKS}/{pack['id']}.json"), True, "named after its id")

    def test_list_and_show(self):
        listed = run("providers", "list", "--json")
        rows = [json.loads(line) for line in listed.stdout.splitlines()]
        self.assertEqual([(row["id"], set(row["events"])) for row in rows],
                         [(pack["id"], event_types(pack)) for pack in all_packs()])
        folder = Folder(self, {"jabuti.json": small_pack()})
        plain = run("providers", "list", "--providers", folder.path)
        self.assertIn("\njabuti ", plain.stdout)
        shown = run("providers", "show", "jabuti", "--providers", folder.path)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for word in ("Jabuti", "token", "made up", "payment.confirmed", "/v1/webhooks/jabuti/"):
            self.assertIn(word, shown.stdout)
        self.assertEqual(json.loads(run("providers", "show", "stripe", "--json").stdout)["id"], "stripe")
        none = run("providers", "show", "nobody")
        self.assertNotEqual(none.returncode, 0)
        self.assertIn("nobody", none.stderr)

    def test_lint_names_file_and_fault(self):
        pack = small_pack()
        rules = pack["events"]["rules"]
        broken = {
            "not JSON": "{",
            "no object": "[]",
            "no id": {**pack, "id": ""},
            "no such scheme": {**pack, "verify": {**pack["verify"], "default": "other"}},
            "no header": {**pack, "verify": {"schemes": {"token": {"kind": "shared_secret"}}}},
            "no such kind": {**pack, "verify": {"schemes": {"token": {"kind": "rot13", "header": "X"}}}},
            "no such field set": {**pack, "events": {**pack["events"], "rules": [{**rules[0], "fields": "none"}]}},
            "no such type": {**pack, "events": {**pack["events"], "rules": [{**rules[0], "type": "payment.eaten"}]}},
            "no such reading": {**pack, "events": {**pack["events"], "fields": {
                "all": {"amount": {"at": ["/a"], "as": "cents"}}}}},
        }
        for what, content in broken.items():
            with self.subTest(what):
                folder = Folder(self, {"broken.json": content, "good.json": pack})
                for command in ("lint", "test"):
                    done = run("providers", command, folder.path)
                    lines = done.stdout.splitlines()
                    self.assertEqual(done.returncode, 1, done.stdout)
                    self.assertRegex(lines[0], "^" + re.escape(folder.at("broken.json")) + ": .+")
                    self.assertEqual(lines[-2:], [folder.at("good.json") + ": fine", "1 passed, 1 failed"])
        self.assertEqual(run("providers", "lint", "there-is-no-such-file.json").returncode, 1)
        self.assertNotEqual(run("providers", "lint").returncode, 0)

    def test_lint_finds_a_misspelt_member(self):
        scheme = {"kind": "hmac", "header": "X-Sign", "carrier": "pairs", "signed": "{timestamp}.{body}"}
        for right, wrong in (("tolerance_seconds", "tolerence_seconds"), ("encoding", "encodng")):
            value = 300 if right == "tolerance_seconds" else "hex"
            for name, code in ((right, 0), (wrong, 1)):
                pack = small_pack(verify={"default": "s", "schemes": {"s": {**scheme, name: value}}})
                done = run("providers", "lint", Folder(self, {"jabuti.json": pack}).path)
                self.assertEqual(done.returncode, code, done.stdout)

    def test_lint_names_the_line(self):
        done = run("providers", "lint", Folder(self, {"x.json": '{\n "id": "x",\n "label": oops\n}'}).at("x.json"))
        self.assertRegex(done.stdout, r"x\.json: .*line 3")

    def test_test_finds_what_lint_does_not(self):
        astray = small_pack(fixtures={"payment.confirmed": {"kind": "other"}})
        folder = Folder(self, {"astray.json": astray})
        self.assertEqual(run("providers", "lint", folder.path).returncode, 0)
        done = run("providers", "test", folder.at("astray.json"))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(folder.at("astray.json") + ": ", done.stdout)
        self.assertIn("payment.confirmed", done.stdout)


# --- own packs while the gateway runs ------------------------------------------------------------


class OwnPacks(GatewayTest):
    @classmethod
    def setUpClass(cls):
        pass  # each test has its own folder, and so its own gateway

    def packs(self, gw):
        page = gw.ok("GET", "/v1/providers")
        self.assertEqual(page["providers"], page["data"])
        return {row["id"]: row for row in page["providers"]}

    def send(self, gw, connection, kind, number):
        body = json.dumps({"kind": kind, "id": f"e{number}", "payment": f"p{number}"})
        return gw.request("POST", connection["webhook_path"], body, {"X-Token": "s3cret"})

    def types(self, gw, connection):
        return [row["type"] for row in gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]]

    def gateway(self, folder, **more):
        gw = Gateway(env={"MALOTE_PROVIDERS": folder.path}, **more)
        self.addCleanup(gw.close)
        return gw

    def connect(self, gw, server="jabuti"):
        return gw.ok("POST", "/v1/connections", {"server_id": server, "webhook_secret": "s3cret"})

    def test_added_changed_broken_mended_and_removed_while_it_runs(self):
        folder = Folder(self)
        gw = self.gateway(folder)
        built_in = {pack["id"] for pack in all_packs()}
        self.assertEqual(set(self.packs(gw)), built_in)
        folder.write("jabuti.json", small_pack())
        row = eventually(lambda: self.packs(gw).get("jabuti"), what="the new pack")
        self.assertEqual((row["label"], row["default_scheme"], row["schemes"], row["events"], row["countries"]),
                         ("Jabuti", "token", ["token"], ["payment.confirmed"], ["BR"]))
        c = self.connect(gw)
        self.assertEqual(self.send(gw, c, "paid", 1).status, 200)
        self.assertEqual(self.types(gw, c), ["payment.confirmed"])

        folder.write("jabuti.json", small_pack(kind="settled", label="Jabuti 2"))
        eventually(lambda: self.packs(gw)["jabuti"]["label"] == "Jabuti 2", what="the changed pack")
        self.send(gw, c, "settled", 2)
        self.send(gw, c, "paid", 3)
        self.assertEqual(self.types(gw, c), ["provider.jabuti.paid", "payment.confirmed", "payment.confirmed"])

        folder.write("jabuti.json", json.dumps(small_pack(label="Jabuti 3"))[:-30])
        eventually(lambda: "jabuti.json: " in gw.text(), what="the line in the log")
        self.assertEqual(self.packs(gw)["jabuti"]["label"], "Jabuti 2", "the old one stays")
        self.send(gw, c, "settled", 4)
        self.assertEqual(self.types(gw, c)[0], "payment.confirmed")

        folder.write("jabuti.json", small_pack(label="Jabuti 4"))
        eventually(lambda: self.packs(gw)["jabuti"]["label"] == "Jabuti 4", what="the mended pack")
        os.remove(folder.at("jabuti.json"))
        eventually(lambda: "jabuti" not in self.packs(gw), what="the removal")
        self.assertError(self.send(gw, c, "paid", 5), 404, "not_found")
        self.assertEqual(set(self.packs(gw)), built_in)

    def test_a_signal_reads_the_folder(self):
        folder = Folder(self)
        gw = self.gateway(folder)
        for number in range(3):
            folder.write("jabuti.json", small_pack(label=f"Jabuti {number}"))
            gw.process.send_signal(signal.SIGHUP)
            eventually(lambda: self.packs(gw).get("jabuti", {}).get("label") == f"Jabuti {number}", what="the pack")
        reads = gw.text().count("read again")
        gw.process.send_signal(signal.SIGHUP)  # also where nothing changed
        eventually(lambda: gw.text().count("read again") > reads, what="another look at the folder")
        self.assertEqual(gw.terminate(), 0)

    def test_a_signal_without_a_folder_does_nothing(self):
        with Gateway() as gw:
            gw.process.send_signal(signal.SIGHUP)
            self.assertIn("stripe", self.packs(gw))
            self.assertEqual(gw.terminate(), 0)

    def test_a_broken_file_at_the_start(self):
        folder = Folder(self, {"broken.json": '{"id": "broken"', "jabuti.json": small_pack(), "notes.txt": "{"})
        gw = self.gateway(folder)
        self.assertRegex(gw.text(), r"broken\.json: .*JSON")
        self.assertNotIn("notes.txt", gw.text())
        self.assertIn("jabuti", self.packs(gw))
        self.assertNotIn("broken", self.packs(gw))

    def test_a_built_in_pack_replaced_and_restored(self):
        folder = Folder(self, {"asaas.json": small_pack("asaas", label="My own Asaas")})
        gw = self.gateway(folder)
        self.assertEqual(self.packs(gw)["asaas"]["label"], "My own Asaas")
        os.remove(folder.at("asaas.json"))
        eventually(lambda: self.packs(gw)["asaas"]["label"] == "Asaas", what="the built-in pack")

    def test_the_folder_by_the_configuration_file(self):
        folder = Folder(self, {"jabuti.json": small_pack()})
        with Gateway(config=f'providers = "{folder.path}"\n') as gw:
            self.assertIn("jabuti", self.packs(gw))

    def test_a_folder_that_is_not_there(self):
        """Said, and no reason not to take webhooks; it may still come."""
        folder = Folder(self)
        os.rmdir(folder.path)
        gw = self.gateway(folder)
        self.assertIn(folder.path, gw.text())
        os.mkdir(folder.path)
        folder.write("jabuti.json", small_pack())
        eventually(lambda: "jabuti" in self.packs(gw), what="the pack")

    def test_an_event_of_an_own_pack_is_delivered_and_its_token_kept_secret(self):
        gw = self.gateway(Folder(self, {"jabuti.json": small_pack()}))
        with Receiver() as receiver:
            gw.trigger(receiver.url(), "payment.confirmed", server_id="jabuti")
            c = self.connect(gw)
            self.send(gw, c, "paid", 1)
            sent = receiver.take().json
            self.assertEqual((sent["payment_id"], sent["source"]), ("p1", "jabuti"))
        row, = gw.ok("GET", "/v1/events?connection_id=" + c["id"])["events"]
        self.assertNotIn(b"s3cret", gw.call("GET", "/v1/events/" + row["id"]).body)
        recorded = {"vectors": [{"id": "one", "server_id": "jabuti", "secret": "s", "method": "POST",
                                 "headers": {"X-Token": "s"}, "body_base64": "eyJraW5kIjoicGFpZCJ9",
                                 "now_unix": 1795176000, "valid": True, "expected_event": "payment.confirmed"}]}
        folder = Folder(self, {"vectors.json": recorded})
        checked = run("inbound", "check", "--providers", gw.env["MALOTE_PROVIDERS"], folder.at("vectors.json"))
        self.assertEqual((checked.returncode, checked.stdout), (0, "1 passed, 0 failed\n"), checked.stderr)


# --- what the providers' own SDKs sign -----------------------------------------------------------


SIGN = """
const read = require('fs').readFileSync;
const {kind, secret, id, at, body} = JSON.parse(read(0, 'utf8'));
const named = (name) => { const m = require(name); return m.default || m; };
const sign = {
  stripe: () => {
    const stripe = new (named('stripe'))('sk_test_nobody');
    return stripe.webhooks.generateTestHeaderString({payload: body, secret, timestamp: at});
  },
  standardwebhooks: () => new (require('standardwebhooks').Webhook)(secret).sign(id, new Date(at * 1000), body),
  svix: () => new (require('svix').Webhook)(secret).sign(id, new Date(at * 1000), body),
  '@octokit/webhooks-methods': async () => (await import('@octokit/webhooks-methods')).sign(secret, body),
  mercadopago: () => {  // it signs nothing: what it says of a header that was signed by hand
    try {
      require('mercadopago').WebhookSignatureValidator.validate({secret, ...JSON.parse(body)});
      return 'accepted';
    } catch (error) {
      return error.reason || String(error);
    }
  },
};
Promise.resolve(sign[kind]()).then((text) => process.stdout.write(text));
"""


class Sdks(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.why = npm_install(PACKAGES, "sdks")
        if cls.folder and not os.environ.get("MALOTE_E2E_CACHE"):
            cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        super().setUpClass()

    def setUp(self):
        if not self.folder:
            print(f"skipped: {self.why}")
            self.skipTest(self.why)

    def sign(self, kind, secret, body, message="", at=0):
        given = {"kind": kind, "secret": secret, "body": body, "id": message, "at": at}
        done = subprocess.run(["node", "-e", SIGN], input=json.dumps(given), cwd=self.folder, capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def check(self, server, secret, body, headers, expected):
        c = self.gw.ok("POST", "/v1/connections", {"server_id": server, "webhook_secret": secret})
        headers = {"Content-Type": "application/json", **headers}
        path = c["webhook_path"]
        self.assertEqual(self.gw.request("POST", path, body.encode(), headers).status, 200)
        row, = self.gw.ok("GET", "/v1/events?connection_id=" + c["id"])["events"]
        self.assertEqual(row["type"], expected)
        self.assertError(self.gw.request("POST", path, body.encode() + b" ", headers), 401, "unauthorized")

    def test_stripe(self):
        body = json.dumps({"id": "evt_sdk", "type": "payment_intent.succeeded", "created": 1795175996, "data": {
            "object": {"id": "pi_sdk", "amount_received": 15035, "currency": "brl", "description": "ação €"}}},
            ensure_ascii=False)
        header = self.sign("stripe", "whsec_sdk", body, at=int(time.time()))
        self.check("stripe", "whsec_sdk", body, {"Stripe-Signature": header}, "payment.confirmed")

    def test_standard_webhooks_and_svix(self):
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        body = json.dumps({"type": "order.created", "data": {"order_id": "o1"}})
        at = int(time.time())
        for kind, beginning in (("standardwebhooks", "webhook-"), ("svix", "svix-")):
            with self.subTest(kind):
                signature = self.sign(kind, secret, body, "msg_" + kind, at)
                headers = {beginning + "id": "msg_" + kind, beginning + "timestamp": str(at),
                           beginning + "signature": signature}
                self.check("standard-webhooks", secret, body, headers, "order.created")

    def test_github(self):
        body = json.dumps({"action": "deleted", "installation": {"id": 4711}, "sender": {"login": "maría"}})
        header = self.sign("@octokit/webhooks-methods", "It's a Secret to Everybody", body)
        self.assertEqual(header, "sha256=" + hmac_hex("It's a Secret to Everybody", body))
        headers = {"X-Hub-Signature-256": header, "X-GitHub-Event": "installation", "X-GitHub-Delivery": "d-1"}
        self.check("github", "It's a Secret to Everybody", body, headers, "connection.expired")

    def test_mercado_pago_judges_as_its_own_validator(self):
        """Mercado Pago's SDK validates and does not sign: both judge the same requests."""
        secret, at = "mp-sdk-secret", int(time.time() * 1000)
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "mercado-pago", "webhook_secret": secret})
        digest = hmac_hex(secret, f"id:4711;request-id:req-sdk;ts:{at};")
        body = json.dumps({"id": 1, "type": "payment", "action": "payment.updated", "data": {"id": "4711"}})
        for resource, request, signature, expected in (
                ("4711", "req-sdk", f"ts={at},v1={digest}", "accepted"),
                ("4711", "req-sdk", f"ts={at},v2={'0' * 64},v1={digest}", "accepted"),
                ("4712", "req-sdk", f"ts={at},v1={digest}", "SignatureMismatch"),
                ("4711", "req-other", f"ts={at},v1={digest}", "SignatureMismatch"),
                ("4711", "req-sdk", f"ts={at + 1},v1={digest}", "SignatureMismatch"),
                ("4711", "req-sdk", f"ts={at},v2={digest}", "MissingHash"),
                ("4711", "req-sdk", f"v1={digest}", "MissingTimestamp")):
            with self.subTest(signature=signature, resource=resource, request=request):
                given = {"xSignature": signature, "xRequestId": request, "dataId": resource}
                self.assertEqual(self.sign("mercadopago", secret, json.dumps(given)), expected)
                answer = self.gw.request("POST", c["webhook_path"] + f"?data.id={resource}&type=payment", body,
                                         {"x-signature": signature, "x-request-id": request})
                self.assertEqual(answer.status, 200 if expected == "accepted" else 401, answer)


if __name__ == "__main__":
    main()
