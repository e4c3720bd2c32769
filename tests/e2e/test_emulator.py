#!/usr/bin/python3
"""The emulated providers over real HTTP, and their webhooks at a real gateway."""
import base64
import http.client
import json
import socket
import unittest

from emulated import PAYMENT, EmulatorProcess, EmulatorTest
from harness import Receiver, Reply, eventually, main, run


NFE = {"ambiente": 2, "natureza_operacao": "venda", "emitente": {}, "destinatario": {}, "itens": [],
       "pagamento": {}}


class Providers(EmulatorTest):
    def test_the_start_line_names_the_prefixes(self):
        for provider in ("asaas", "nuvem-fiscal", "correios", "z-api", "melhor-envio", "mercado-pago",
                         "stripe", "nfe-io"):
            self.assertIn("/" + provider, self.emulator.start_lines[1])

    def test_a_token_is_fetched_and_used(self):
        self.assertEqual(self.emulator.call("POST", "/nuvem-fiscal/nfe", NFE).status, 401)
        token = self.emulator.ok("POST", "/nuvem-fiscal/oauth/token",
                                 "grant_type=client_credentials&client_id=a&client_secret=b&scope=nfe",
                                 {"Content-Type": "application/x-www-form-urlencoded"})["access_token"]
        nfe = self.emulator.ok("POST", "/nuvem-fiscal/nfe", NFE, {"Authorization": "Bearer " + token})
        self.assertEqual(nfe["status"], "autorizada")
        self.assertRegex(nfe["chave"], r"^\d{44}$")
        document = self.emulator.call("GET", nfe["pdf_url"].split(self.emulator.address)[1])
        self.assertTrue(document.body.startswith(b"%PDF"))

    def test_a_label_of_correios(self):
        basic = "Basic " + base64.b64encode(b"user:code").decode()
        token = self.emulator.ok("POST", "/correios/token/v1/autentica/cartaopostagem", {"numero": "1"},
                                 {"Authorization": basic})["token"]
        made = self.emulator.ok("POST", "/correios/prepostagem/v1/prepostagens",
                                {"codigoServico": "03298", "remetente": {}, "destinatario": {},
                                 "objetoPostal": {}}, {"Authorization": "Bearer " + token})
        self.assertRegex(made["codigoObjeto"], r"^AA\d{9}BR$")

    def test_a_repeated_key_is_performed_once(self):
        key = {"Idempotency-Key": self.id()}
        first = self.emulator.ok("POST", "/asaas/v3/payments", PAYMENT, key)
        self.assertEqual(self.emulator.ok("POST", "/asaas/v3/payments", PAYMENT, key), first)
        effect, = self.emulator.effects("asaas")
        self.assertEqual((effect["seen"], effect["performed"]), (2, 1))
        self.assertEqual(effect["idempotency_key"], self.id())


class Faults(EmulatorTest):
    def set(self, **fault):
        self.emulator.ok("POST", "/_emulator/faults", {"provider": "asaas", **fault})

    def pay(self, **options):
        return self.emulator.call("POST", "/asaas/v3/payments", PAYMENT,
                                  {"Idempotency-Key": self.id()}, **options)

    def test_a_dropped_connection_after_the_effect(self):
        self.set(status="reset", after=True, times=1)
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionError)):
            self.pay()
        self.assertEqual(self.pay().status, 200)
        effect, = self.emulator.effects("asaas")
        self.assertEqual((effect["seen"], effect["performed"]), (2, 1))

    def test_a_status_with_retry_after(self):
        self.set(path="/v3/payments", status=429, times=1, retry_after=3)
        answer = self.pay()
        self.assertEqual((answer.status, answer.headers["retry-after"]), (429, "3"))
        self.assertEqual(self.pay().status, 200)

    def test_a_hang_outlasts_its_caller_and_delays_nobody_else(self):
        self.set(status="hang", times=1)
        with self.assertRaises(socket.timeout):
            self.pay(timeout=0.2)
        self.assertEqual(self.pay().status, 200)

    def test_slow_and_garbage_answers(self):
        self.set(status="slow", delay_ms=50, times=1)
        self.assertEqual(self.pay().status, 200)
        self.set(status="garbage", size=100000, times=1)
        answer = self.pay()
        self.assertEqual((answer.status, len(answer.body)), (200, 100000))
        with self.assertRaises(ValueError):
            json.loads(answer.body)

    def test_a_malformed_fault_is_refused(self):
        answer = self.emulator.call("POST", "/_emulator/faults", [{"provider": "asaas", "status": "no"}])
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.json["issues"][0]["path"], "/0/status")
        ended = run("emulate", "--listen", "127.0.0.1:0", "--faults", '{"provider":"asaas"}')
        self.assertEqual(ended.returncode, 2)
        self.assertIn("/status", ended.stderr)


class Webhooks(EmulatorTest):
    def register(self, provider, webhook_secret="e2e-secret-of-the-provider-0123456", **more):
        connection = self.gw.ok("POST", "/v1/connections",
                                {"server_id": provider, "webhook_secret": webhook_secret, **more})
        self.emulator.ok("POST", "/_emulator/webhooks", {
            "provider": provider, "secret": webhook_secret,
            "url": f"http://{self.gw.address}{connection['webhook_path']}"})
        return connection

    def arrived(self, connection, event_type):
        """The connection's event of this type, once it has come."""
        def find():
            rows = self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]
            return next((row for row in rows if row["type"] == event_type), None)
        return self.gw.ok("GET", "/v1/events/" + eventually(find, what=event_type)["id"])

    def move(self, provider, resource, to):
        self.emulator.ok("POST", "/_emulator/move", {"provider": provider, "id": resource, "to": to})

    def test_asaas(self):
        connection = self.register("asaas")
        made = self.emulator.ok("POST", "/asaas/v3/payments", {**PAYMENT, "externalReference": self.id()})
        self.emulator.ok("POST", "/_emulator/pay", {"provider": "asaas", "id": made["id"]})
        event = self.arrived(connection, "payment.confirmed")
        self.assertEqual(event["data"]["payment_id"], made["id"])
        self.assertEqual((event["external_reference"], event["data"]["amount_minor"]), (self.id(), 15035))
        self.emulator.ok("POST", f"/asaas/v3/payments/{made['id']}/refund", {})
        self.arrived(connection, "payment.refunded")

    def test_stripe(self):
        connection = self.register("stripe", "whsec_e2e_stripe")
        made = self.emulator.ok("POST", "/stripe/v1/payment_intents", "amount=4200&currency=usd",
                                {"Content-Type": "application/x-www-form-urlencoded"})
        self.move("stripe", made["id"], "pay")
        event = self.arrived(connection, "payment.confirmed")
        self.assertEqual((event["data"]["amount_minor"], event["data"]["currency"]), (4200, "USD"))

    def test_mercado_pago_is_fetched_back_from_the_emulator(self):
        connection = self.register("mercado-pago", "mp-secret",
                                  connection_metadata={"api_base_url": self.emulator.url("/mercado-pago")},
                                  secret={"access_token": "key"})
        made = self.emulator.ok("POST", "/mercado-pago/v1/payments", {
            "transaction_amount": 99.9, "payment_method_id": "pix", "payer": {"email": "a@b.co"}})
        self.move("mercado-pago", made["id"], "pay")
        event = self.arrived(connection, "payment.confirmed")
        self.assertEqual((event["data"]["payment_id"], event["integrity"]), (str(made["id"]), "signed_body"))

    def test_nfe_io_melhor_envio_and_z_api(self):
        nfe_io = self.register("nfe-io")
        self.emulator.ok("POST", "/nfe-io/v1/companies/C/serviceinvoices", {
            "cityServiceCode": "1", "description": "d", "servicesAmount": 300.5, "borrower": {}})
        self.assertEqual(self.arrived(nfe_io, "invoice.authorized")["data"]["amount_minor"], 30050)

        shipping = self.register("melhor-envio")
        me = "/melhor-envio/api/v2/me"
        order = self.emulator.ok("POST", me + "/cart", {"service": 1, "from": {}, "to": {}, "products": []})
        for step in ("checkout", "generate"):
            self.emulator.ok("POST", f"{me}/shipment/{step}", {"orders": [order["id"]]})
        for to in ("post", "deliver"):
            self.move("melhor-envio", order["id"], to)
        for event_type in ("shipment.label_created", "shipment.in_transit", "shipment.delivered"):
            self.assertEqual(self.arrived(shipping, event_type)["data"]["shipment_id"], order["id"])

        chat = self.register("z-api")
        sent = self.emulator.ok("POST", "/z-api/instances/I/token/T/send-text",
                                {"phone": "5511999999999", "message": "oi"})
        self.arrived(chat, "message.delivered")
        self.move("z-api", sent["messageId"], "read")
        self.arrived(chat, "message.read")

    def test_one_that_was_refused_is_sent_again(self):
        answers = iter([Reply(500)])
        with Receiver(lambda request: next(answers, Reply(200))) as receiver:
            self.emulator.ok("POST", "/_emulator/webhooks", {"provider": "asaas", "url": receiver.url()})
            self.emulator.ok("POST", "/asaas/v3/payments", PAYMENT)
            first, second = receiver.take_all(2)
        self.assertEqual(first.body, second.body)
        self.assertEqual(first.json["event"], "PAYMENT_CREATED")
        sent = eventually(lambda: next((s for s in self.emulator.ok("GET", "/_emulator/webhooks")["sent"]
                                        if s["state"] == "delivered"), None))
        self.assertEqual(sent["attempts"], 2)

    def test_the_command_line_registers_a_connection(self):
        connection = self.gw.ok("POST", "/v1/connections",
                                {"server_id": "asaas", "webhook_secret": "from-the-environment"})
        emulator = EmulatorProcess("--webhooks", f"http://{self.gw.address}{connection['webhook_path']}",
                                   env={"MALOTE_WEBHOOK_SECRET": "from-the-environment"})
        self.addCleanup(emulator.close)
        made = emulator.ok("POST", "/asaas/v3/payments", PAYMENT)
        emulator.ok("POST", "/_emulator/pay", {"provider": "asaas", "id": made["id"]})
        self.arrived(connection, "payment.confirmed")
        self.assertNotIn("from-the-environment", "".join(emulator.output))


class CommandLine(unittest.TestCase):
    def test_it_ends_well_and_says_what_is_wrong(self):
        self.assertEqual(EmulatorProcess().close(), 0)
        for args, words in ((["--listen", "127.0.0.1:0", "--faults", "no-such-file"], "there is no file no-such-file"),
                            (["--listen", "127.0.0.1:0", "--webhooks", "http://x/y"], "webhooks/PROVIDER/ID"),
                            (["--listen", "nonsense"], "ADDRESS:PORT")):
            elsewhere = [] if "--listen" in args else ["--listen", "127.0.0.1:0"]
            ended = run("emulate", *elsewhere, *args)
            self.assertEqual(ended.returncode, 2)
            self.assertIn(words, ended.stderr)
        self.assertIn("/_emulator/effects", run("emulate", "--help").stdout)


if __name__ == "__main__":
    main()
