#!/usr/bin/python3
"""https by the gateway itself: what works over it, what is refused, and certificates that change."""
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest
import warnings

from harness import API_KEY, PATIENCE, Gateway, GatewayTest, eventually, main, run, skip_file
from test_bad_input import Raw, head

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


class Authority:
    """A certificate authority of our own, made with openssl; pairs are written to its folder."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="malote-tls-")
        self.certificate = self.path("ca.pem")
        self.serial = 0
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=Malote test", "-keyout", self.path("ca.key"), "-out", self.certificate)

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {args[0]}: {done.stderr}")

    def issue(self, days=1):
        """A new pair in a folder of its own, valid for localhost: (certificate, key, serial number)."""
        self.serial += 1
        where = self.path(f"issued-{self.serial}")
        os.mkdir(where)
        certificate, key, request, names = (os.path.join(where, name) for name in ("cert", "key", "request", "names"))
        with open(names, "w", encoding="utf-8") as out:
            out.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", "/CN=localhost", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.path("ca.key"),
                     "-set_serial", str(self.serial), "-days", str(days), "-extfile", names, "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key, self.serial

    def client(self, **versions):
        """What trusts this authority alone; `minimum` and `maximum` TLS versions."""
        context = ssl.create_default_context(cafile=self.certificate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, version in versions.items():
                setattr(context, name + "_version", version)
        return context


class Installed:
    """Certificate and key where a gateway reads them."""

    def __init__(self, authority):
        self.authority = authority
        self.folder = tempfile.mkdtemp(prefix="pair-", dir=authority.folder)
        self.certificate, self.key = (os.path.join(self.folder, name) for name in ("cert.pem", "key.pem"))
        self.serial = self.renew()

    def put(self, certificate=None, key=None):
        """Each file whole or not at all, as a certificate client does it."""
        for source, target in ((certificate, self.certificate), (key, self.key)):
            if source:
                shutil.copy(source, target + ".new")
                os.rename(target + ".new", target)

    def renew(self):
        certificate, key, serial = self.authority.issue()
        self.put(certificate, key)
        return serial

    def config(self, more=""):
        return f'[http]\ntls_certificate = "{self.certificate}"\ntls_key = "{self.key}"\n{more}'


def plain_socket(gw):
    host, _, port = gw.address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def tls_socket(gw, context):
    return context.wrap_socket(plain_socket(gw), server_hostname="localhost")


def serial_of(gw, context):
    with tls_socket(gw, context) as connection:
        return int(connection.getpeercert()["serialNumber"], 16)


def end_of(gw, context):
    """When the certificate ends, Unix time."""
    with tls_socket(gw, context) as connection:
        return ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])


class TlsTest(GatewayTest):
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(shutil.rmtree, cls.authority.folder, ignore_errors=True)
        cls.installed = Installed(cls.authority)
        cls.client = cls.authority.client()
        cls.options = {"config": cls.installed.config(cls.more), "tls": cls.client}
        super().setUpClass()


class Served(TlsTest):
    def test_the_printed_address_is_https(self):
        self.assertEqual(self.gw.scheme, "https")
        self.assertNotIn("http://" + self.gw.address, self.gw.text())

    def test_an_event_published_over_https_is_delivered(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        self.gw.publish(self.event)
        self.assertEqual(self.receiver.take().headers["x-codespar-event"], self.event)
        self.gw.delivery(trigger, "delivered")

    def test_a_webhook_over_https_becomes_an_event(self):
        connection = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "hush"})
        body = json.dumps({"id": "evt_1", "event": "PAYMENT_RECEIVED", "payment": {"id": "p1", "value": 1.5}})
        for token, status in (("wrong", 401), ("hush", 200)):
            answer = self.gw.request("POST", connection["webhook_path"], body, {"asaas-access-token": token})
            self.assertEqual(answer.status, status, answer)
        rows = self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]
        self.assertEqual([row["type"] for row in rows], ["payment.confirmed"])

    def test_one_connection_takes_many_requests(self):
        with Secure(self) as raw:
            for _ in range(200):
                raw.send(HEALTH)
                self.assertEqual(raw.answer()[0], 200)
            raw.send(HEALTH * 50)
            self.assertEqual([raw.answer()[0] for _ in range(50)], [200] * 50)

    def test_bodies_and_answers_of_a_megabyte(self):
        size = 1024 * 1024 - 200
        body = json.dumps({"type": self.event, "data": {"x": "y" * size}})
        published = self.gw.ok("POST", "/v1/events", body)
        answer = self.gw.call("GET", "/v1/events/" + published["id"])
        self.assertEqual(len(answer.json["data"]["x"]), size)
        with Secure(self) as raw:  # byte by byte, over the end of records
            raw.send(head("POST", "/v1/events", "Content-Length: 40"))
            for byte in json.dumps({"type": "a.b", "data": {}}).ljust(40).encode():
                raw.send(bytes([byte]))
            self.assertEqual(raw.answer()[0], 202)

    def test_a_body_that_is_too_large_is_refused_with_an_answer(self):
        with Secure(self) as raw:
            raw.send(head("POST", "/v1/events", "Content-Length: 2000000") + b"x" * 100_000)
            self.assertEqual(raw.answer()[0], 413)

    def test_an_answer_that_goes_on(self):
        with Secure(self) as raw:
            raw.send(head("GET", "/v1/logs/stream"))
            self.assertIn(b"200 OK", raw.receive_until(b": connected"))
            session = self.gw.ok("POST", "/v1/sessions", {"user_id": "u", "servers": ["asaas"]})
            self.gw.ok("POST", f"/v1/sessions/{session['id']}/tool-calls",
                       {"server_id": "asaas", "tool_name": "asaas/create_payment"})
            self.assertIn(b"asaas/create_payment", raw.receive_until(b"asaas/create_payment"))

    def test_versions(self):
        V = ssl.TLSVersion
        for version, name in ((V.TLSv1_2, "TLSv1.2"), (V.TLSv1_3, "TLSv1.3")):
            with tls_socket(self.gw, self.authority.client(minimum=version, maximum=version)) as connection:
                self.assertEqual(connection.version(), name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old = self.authority.client(minimum=V.TLSv1_1, maximum=V.TLSv1_1)
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)protocol.version"):
            tls_socket(self.gw, old)

    def test_http_1_1_is_agreed_on_and_nothing_else(self):
        both, other = self.authority.client(), self.authority.client()
        both.set_alpn_protocols(["h2", "http/1.1"])
        other.set_alpn_protocols(["h2"])
        with tls_socket(self.gw, both) as connection:
            self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
        with self.assertRaises(ssl.SSLError):
            tls_socket(self.gw, other)

    def test_http_without_tls_gets_an_answer_that_says_so(self):
        for method in (b"GET", b"POST", b"HEAD"):
            with Raw(self.gw) as raw:
                raw.send(HEALTH.replace(b"GET", method) + b"x" * 100_000)
                got = raw.receive()
                self.assertTrue(got.startswith(b"HTTP/1.1 400 "), got[:200])
                self.assertIn(b"tls_required", got)

    def test_what_is_neither_is_closed(self):
        for garbage in (b"\x00" * 64, b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"\x80\x2e\x01"):
            with Raw(self.gw) as raw:
                raw.send(garbage)
                with contextlib.suppress(OSError):  # the gateway may have closed already
                    raw.socket.shutdown(socket.SHUT_WR)
                self.assertNotIn(b"HTTP/1.1", raw.receive())
        self.assertEqual(self.gw.call("GET", "/healthz").status, 200)

    def test_a_client_that_trusts_nobody_here_leaves_the_gateway_well(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            tls_socket(self.gw, ssl.create_default_context())
        self.assertEqual(self.gw.call("GET", "/healthz").status, 200)

    def test_the_dashboards_cookie_is_secure(self):
        answer = self.gw.call("POST", "/v1/console/sign-in", {"api_key": API_KEY}, key=None)
        self.assertTrue(answer.headers["set-cookie"].endswith("; Secure"), answer.headers)

    def test_a_connection_that_ends_says_so(self):
        with Secure(self) as raw:
            raw.send(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            self.assertEqual(raw.answer()[0], 200)
            self.assertEqual(raw.stream.read(1), b"")  # would raise without the end of TLS

    def test_nothing_is_lost_by_a_kill(self):
        with Gateway(**self.options) as gw:
            ids = [gw.publish(self.event, {"n": n}) for n in range(10)]
            gw.restart()
            self.assertEqual(gw.scheme, "https")
            rows = gw.ok("GET", "/v1/events?limit=50")["events"]
            self.assertEqual([row["id"] for row in reversed(rows)], ids)


class Secure(Raw):
    """One TLS connection, byte by byte."""

    def __init__(self, test):
        self.socket = tls_socket(test.gw, test.client)
        self.socket.suppress_ragged_eofs = False
        self.stream = self.socket.makefile("rb")


class Limits(TlsTest):
    more = 'request_time = "300ms"\nidle_time = "20s"\n'

    def test_a_handshake_that_does_not_end_is_cut(self):
        for start in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            with plain_socket(self.gw) as connection:
                connection.sendall(start)
                self.assertEqual(connection.recv(1), b"")

    def test_a_handshake_that_drips_is_cut(self):
        hello = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03" + b"x" * 16_000
        pause = 0.05  # between bytes; the limit is for the whole
        with plain_socket(self.gw) as connection:
            connection.settimeout(pause)
            for byte in hello:
                try:
                    connection.sendall(bytes([byte]))
                    self.assertEqual(connection.recv(1), b"")
                    return
                except socket.timeout:
                    continue
                except OSError:
                    return
        self.fail("the handshake went on to its end")

    def test_a_request_over_tls_has_the_same_limit(self):
        with Secure(self) as raw:
            raw.send(b"GET /healthz HTTP/1.1\r\n")
            self.assertNotIn(b"200", raw_end(raw))

    def test_silent_connections_delay_nobody(self):
        silent = [plain_socket(self.gw) for _ in range(300)]
        try:
            self.assertEqual(self.gw.call("GET", "/healthz").status, 200)
        finally:
            for connection in silent:
                connection.close()


def raw_end(raw):
    try:
        return raw.receive()
    except ssl.SSLError:
        return b""


class Memory(TlsTest):
    more = 'max_unfinished_bytes = 65536\nrequest_time = "60s"\n'

    def test_handshakes_count_as_unfinished_requests(self):
        with plain_socket(self.gw) as first:
            first.sendall(b"\x16")
            with plain_socket(self.gw) as second:  # no room is left for it
                self.assertEqual(second.recv(1), b"")
        eventually(lambda: self.answers(), what="room after the first one left")

    def test_a_hello_without_end_is_cut(self):
        with plain_socket(self.gw) as connection:
            try:
                connection.sendall(b"\x16\x03\x01\x40\x00\x01\x01\xff\xfc\x03\x03" + b"x" * 0x3ffa)
                connection.sendall((b"\x16\x03\x01\x40\x00" + b"x" * 0x4000) * 6)
                self.assertEqual(connection.recv(1), b"")
            except ConnectionError:
                pass  # closed while more was coming

    def answers(self):
        try:
            return self.gw.call("GET", "/healthz").status == 200
        except OSError:
            return False


class Proxied(GatewayTest):
    """Plain http behind a proxy that ends TLS."""

    def cookie(self, gw, headers):
        answer = gw.call("POST", "/v1/console/sign-in", {"api_key": API_KEY}, key=None, headers=headers)
        return answer.headers["set-cookie"]

    def test_the_cookie_is_secure_where_a_trusted_proxy_says_https(self):
        with Gateway(config='[http]\ntrusted_proxies = ["127.0.0.1"]\n') as gw:
            self.assertIn("; Secure", self.cookie(gw, {"X-Forwarded-Proto": "https"}))
            self.assertNotIn("; Secure", self.cookie(gw, {"X-Forwarded-Proto": "http"}))
            self.assertNotIn("; Secure", self.cookie(gw, {}))

    def test_nobody_else_is_believed(self):
        self.assertNotIn("; Secure", self.cookie(self.gw, {"X-Forwarded-Proto": "https"}))


class Renewal(TlsTest):
    def serial(self):
        return serial_of(self.gw, self.client)

    def test_changed_files_are_served_to_new_connections(self):
        with Secure(self) as raw:
            new = self.installed.renew()
            eventually(lambda: self.serial() == new, what="the new certificate")
            raw.send(HEALTH)  # the old connection goes on
            self.assertEqual(raw.answer()[0], 200)

    def test_a_signal_reads_them_at_once(self):
        new = self.installed.renew()
        self.gw.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.serial() == new, what="the new certificate")

    def test_metrics_say_when_it_ends(self):
        ends = end_of(self.gw, self.client)
        text = self.gw.request("GET", "/metrics").body.decode()
        samples = dict(line.rpartition(" ")[::2] for line in text.splitlines())
        self.assertEqual(float(samples["malote_certificate_expires_timestamp_seconds"]), ends)

    def test_a_broken_pair_is_refused_and_the_old_one_stays(self):
        self.installed.renew()
        self.gw.process.send_signal(signal.SIGHUP)
        newest = self.authority.serial
        eventually(lambda: self.serial() == newest, what="the certificate from before")
        before = self.serial()
        certificate, key, _ = self.authority.issue()
        self.installed.put(key=key)
        eventually(lambda: "does not belong to the first certificate" in self.gw.text(), what="the warning")
        self.assertIn("connections go on with the certificate from before", self.gw.text())
        self.assertEqual(self.serial(), before)
        os.remove(self.installed.key)
        self.gw.process.send_signal(signal.SIGHUP)
        eventually(lambda: "cannot read " + self.installed.key in self.gw.text(), what="the other warning")
        self.assertEqual(self.serial(), before)
        self.installed.put(certificate, key)
        eventually(lambda: self.serial() != before, what="the mended pair")
        self.assertNotIn("PRIVATE KEY", self.gw.text())


class Start(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(shutil.rmtree, cls.authority.folder, ignore_errors=True)
        cls.certificate, cls.key, _ = cls.authority.issue()

    def refused(self, *args, **env):
        folder = tempfile.mkdtemp(dir=self.authority.folder)
        done = run("serve", "--dev", "--listen", "127.0.0.1:0", "--data", folder, *args,
                   env={"PATH": os.environ["PATH"], **env})
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def pair(self, certificate, key):
        return self.refused("--tls-certificate", certificate, "--tls-key", key)

    def test_one_without_the_other(self):
        self.assertIn("--tls-key", self.refused("--tls-certificate", self.certificate))
        self.assertIn("--tls-certificate", self.refused(MALOTE_TLS_KEY=self.key))

    def test_files_that_cannot_be_used(self):
        none = self.authority.path("none.pem")
        self.assertIn(f"cannot read {none}: No such file", self.pair(none, self.key))
        self.assertIn(f"cannot read {none}: No such file", self.pair(self.certificate, none))
        self.assertIn("holds no certificate", self.pair(self.key, self.key))
        self.assertIn("holds no private key", self.pair(self.certificate, self.certificate))
        self.assertIn("does not belong", self.pair(self.certificate, self.authority.path("ca.key")))
        self.assertIn("cannot read", self.pair(self.authority.folder, self.key))
        locked = self.authority.path("locked.pem")
        self.authority.openssl("pkey", "-in", self.key, "-aes128", "-passout", "pass:x", "-out", locked)
        self.assertIn("is encrypted", self.pair(self.certificate, locked))

    def test_flags_go_before_the_environment(self):
        env = {"MALOTE_TLS_CERTIFICATE": self.certificate, "MALOTE_TLS_KEY": self.key}
        with Gateway(env=env, tls=self.authority.client()) as gw:
            self.assertEqual(gw.call("GET", "/healthz").status, 200)
        self.assertIn("cannot read none.pem", self.refused("--tls-key", "none.pem", **env))

    def test_an_expired_certificate_is_a_warning(self):
        certificate, key, serial = self.authority.issue(days=0)
        env = {"MALOTE_TLS_CERTIFICATE": certificate, "MALOTE_TLS_KEY": key}
        careless = ssl.create_default_context()
        careless.check_hostname = False
        careless.verify_mode = ssl.CERT_NONE
        with Gateway(env=env, tls=careless) as gw:
            self.assertIn(f"the certificate in {certificate} expired on ", gw.text())
            self.assertEqual(gw.call("GET", "/healthz").status, 200)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        skip_file("openssl is not installed")
    main()
