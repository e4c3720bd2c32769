#!/usr/bin/python3
"""The receivers' cases of data/vectors/receivers.json over HTTP, byte by byte, at their own time.

A case names a sender's profile: how it signs, and where its envelope holds type and id. Here it
becomes a custom connection; src/app/inbound_cases.cc does the same for `malote inbound check`, and
the two share nothing.
"""
import base64
import json
import os
import re
import socket

from harness import PATIENCE, ROOT, Gateway, GatewayTest, faketime_env, main, why_no_faketime

VECTORS = os.path.join(ROOT, "data/vectors/receivers.json")
RECEIVED = b'{"received":true}'
REASONS = {"missing_header": "missing_header", "malformed_header": "malformed_header",
           "no_matching_signature": "signature_mismatch", "timestamp_too_old": "timestamp_out_of_tolerance",
           "timestamp_too_new": "timestamp_out_of_tolerance", "no_secret": "no_secret"}
CARRIERS = {"bare": {}, "v1-space-list": {"carrier": "versions", "separator": " "},
            "t-v1-comma": {"carrier": "pairs", "separator": ","}, "t-v1-space": {"carrier": "pairs", "separator": " "}}
# What a gateway does otherwise than a receiver, held to as well: (status, events, why).
ELSEWISE = {
    "invalid_payload": (200, 0, "proven bytes are kept and answered 200, as a retry would bring the same ones"),
    "method_not_allowed": (200, 0, "a GET is a provider's probe and means nothing"),
    "body_too_large": (413, 0, ""),
    "unsupported_media_type": (200, 1, "the proof counts, and the body is JSON whatever its media type"),
    "unsupported_content_encoding": (200, 0, "nothing is inflated: the proof covers the compressed bytes, "
                                             "which are kept and mean nothing"),
}
UNMAKEABLE = {"secret": "HTTP cannot bring it about: the API takes no empty secret",
              "time": "HTTP cannot bring it about: the API takes no tolerance for a time that is not signed"}


def signed(profile):
    words = {"body": "{body}", "ts": "{timestamp}", "id": "{header:%s}" % (profile["id"] or {}).get("header")}
    return "".join(words.get(piece, piece) for piece in profile["signed"])


def webhook_auth(profile, options, defaults):
    whsec = profile["secret_encoding"] == "whsec-base64"
    auth = {"scheme": "signature", "encoding": profile["encoding"], "header": profile["signature_header"],
            "secret_encoding": "whsec" if whsec else "utf8", "signed": signed(profile), "unknown_keys_mismatch": True,
            **CARRIERS[profile["header_format"]]}
    if "lenient_prefix" in profile:
        auth.update(prefix=profile["lenient_prefix"], prefix_optional=True)
    time = profile["timestamp"] or {"signed": False}
    if time["signed"] or options.get("enforce_unsigned_timestamp"):
        auth.update(timestamp_format=time["format"],
                    tolerance_seconds=options.get("tolerance", defaults["tolerance"]))
        if "header" in time:
            auth["timestamp_header"] = time["header"]
    return auth


def webhook_map(profile):
    return {name: [place.removeprefix("body:") for place in places]
            for name, places in (("name", profile["type"]), ("id", profile["event_id"]))}


def body_of(request):
    body = request["body"]
    if "fill" in body:
        return body["fill"]["byte"].encode() * body["fill"]["count"]
    return base64.b64decode(body["b64"]) if "b64" in body else body["utf8"].encode()


class Cases(GatewayTest):
    @classmethod
    def setUpClass(cls):
        pass  # the gateway needs the cases' time

    def setUp(self):
        why = why_no_faketime()
        if why:
            print(f"skipped: {why}")
            self.skipTest(why)
        with open(VECTORS, encoding="utf-8") as file:
            self.file = json.load(file)

    def connect(self, case):
        """The connection; None where the API refuses the case's secret or tolerance, as it should."""
        profile = self.file["profiles"][case["profile"]]
        secrets = [secret["value"] for secret in case["secrets"]]
        wish = {"server_id": "custom", "connection_metadata": {
            "webhook_auth": webhook_auth(profile, case.get("options", {}), self.file["defaults"]),
            "webhook_map": webhook_map(profile)}}
        if secrets:
            wish["webhook_secret"] = secrets[-1]
        made = self.gw.call("POST", "/v1/connections", wish)
        if "" in secrets or case.get("options", {}).get("enforce_unsigned_timestamp"):
            self.assertError(made, 400, "invalid_body")
            return None
        self.assertEqual(made.status, 201, made)
        for newer in reversed(secrets[:-1]):
            self.gw.ok("PUT", f"/v1/connections/{made.json['id']}/webhook-secret", {"secret": newer})
        return made.json

    def send(self, connection, request):
        """The case's header lines and body as they are; only Host and Content-Length are added."""
        host, _, port = self.gw.address.rpartition(":")
        body = body_of(request)
        lines = [f"{request['method']} {connection['webhook_path']} HTTP/1.1", "Host: " + self.gw.address,
                 f"Content-Length: {len(body)}", "Connection: close",
                 *(f"{name}: {value}" for name, value in request["headers"])]
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as peer:
            peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            answer = b"".join(iter(lambda: peer.recv(65536), b""))
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest

    def events(self, connection):
        rows = self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]
        return [self.gw.ok("GET", "/v1/events/" + row["id"]) for row in rows]

    def rejected(self, connection):
        rows = self.gw.ok("GET", f"/v1/connections/{connection['id']}/rejected")["rejected"]
        return [row["reason"] for row in rows]

    def run_case(self, case):
        """What was held against the gateway; a word for what differs from the case, and why."""
        connection = self.connect(case)
        expected = case["expect"]
        if connection is None:
            return UNMAKEABLE["secret" if expected["verify"] == "no_secret" else "time"]
        status, body = self.send(connection, case["request"])
        events = self.events(connection)
        verdict = expected["verify"]
        if verdict in REASONS:
            self.assertEqual((status, self.rejected(connection)), (401, [REASONS[verdict]]), body)
            self.assertEqual(events, [])
            return ""
        self.assertEqual(self.rejected(connection), [])
        if verdict == "ok":
            self.assertEqual((status, body), (200, RECEIVED))
            self.assertEqual(len(events), 1)
            wanted = expected.get("event", {})
            if "type" in wanted:
                kept = re.sub(r"[^A-Za-z0-9._:-]", "_", wanted["type"])
                self.assertIn(events[0]["type"], (wanted["type"], "provider.custom." + kept))
            if "event_id" in wanted:
                self.assertEqual(events[0]["provider_event_id"], wanted["event_id"])
            return ""
        status_wanted, event_count, why = ELSEWISE[verdict]
        self.assertEqual((status, len(events)), (status_wanted, event_count), body)
        return why

    def test_cases(self):
        seen, differing = 0, {}
        with Gateway(env=faketime_env(self.file["now"]), config="[http]\nmax_body_bytes = 65536\n") as self.gw:
            for case in self.file["cases"]:
                self.assertEqual(case["now"], self.file["now"])
                with self.subTest(case["id"]):
                    why = self.run_case(case)
                    seen += 1
                    if why:
                        differing.setdefault(why, []).append(case["id"])
        for why, cases in differing.items():
            print(f"{len(cases)} otherwise: {why}: {', '.join(cases)}")
        self.assertEqual(seen, len(self.file["cases"]))
        self.assertGreater(seen - sum(map(len, differing.values())), 0)


if __name__ == "__main__":
    main()
