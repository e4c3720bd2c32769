"""Loops of three steps for measurements, and what their runs came to, read over the API.

Each step is fed by the one before. The HTTP tools are of providers without a rate limit of their
own: Malote keeps to the limit of a provider (docs/tools.md), and that would be measured instead.
"""

import datetime
import http.client
import json
from collections.abc import Iterator

from emulator import Emulator
from gateway import API_KEY, Gateway, GatewayError

EVENT = "payment.confirmed"
STEPS = 3
_PAGE = 100

ECHO_STEPS = [
    {"name": "one", "tool": "malote/echo", "params": {"n": "${event.data.n}"}},
    {"name": "two", "tool": "malote/echo", "params": {"before": "${steps.one.data}"}},
    {"name": "three", "tool": "malote/echo", "params": {"before": "${steps.two.data}"}},
]

_ADDRESS = {"nome": "Ana", "cep": "20040002"}
HTTP_STEPS = [
    {
        "name": "invoice",
        "tool": "nfe-io/create_nfse",
        "params": {
            "cityServiceCode": "2690",
            "description": "Order ${event.data.n}",
            "servicesAmount": 150.35,
            "borrower": {"name": "Ana", "federalTaxNumber": 52998224725},
        },
    },
    {
        "name": "label",
        "tool": "correios/create_prepost",
        "params": {
            "codigoServico": "03220",
            "remetente": _ADDRESS,
            "destinatario": _ADDRESS,
            "objetoPostal": {"peso": "500", "nota": "${steps.invoice.data.id}"},
        },
    },
    {
        "name": "payment",
        "tool": "mercado-pago/create_pix_payment",
        "params": {
            "amount": 150.35,
            "description": "Parcel ${steps.label.data.tracking_code}",
            "payer_email": "ana@example.com",
        },
    },
]

_CONNECTIONS = {
    "nfe-io": ({"api_key": "k"}, {"company_id": "c1"}),
    "correios": ({"user": "u", "token": "t", "posting_card": "1"}, {}),
    "mercado-pago": ({"access_token": "k"}, {}),
}
PROVIDERS = list(_CONNECTIONS)


def connect(gateway: Gateway, emulator: Emulator) -> None:
    """Leads the HTTP tools to the emulator."""
    for server, (secret, metadata) in _CONNECTIONS.items():
        base = {"api_base_url": f"http://{emulator.address}/{server}"}
        wish = {"server_id": server, "secret": secret, "connection_metadata": metadata | base}
        gateway.call("POST", "/v1/connections", wish)


def create_loop(gateway: Gateway, name: str, steps: list[dict], max_in_flight: int) -> str:
    definition = {"name": name, "on": {"event": EVENT}, "max_in_flight": max_in_flight}
    return gateway.call("POST", "/v1/loops", definition | {"steps": steps})["id"]


class Api:
    """One kept connection to the gateway, for many calls in a row. Raises OSError or HTTPException
    when the gateway is gone; the next call connects anew."""

    def __init__(self, gateway: Gateway):
        self._connection = http.client.HTTPConnection(gateway.address, timeout=30)
        self._headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        text = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, text, self._headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if not 200 <= answer.status < 300:
            raise GatewayError(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return json.loads(content)

    def newest_runs(self, loop: str, count: int) -> list[dict]:
        return self.call("GET", f"/v1/runs?loop_id={loop}&limit={count}")["runs"]

    def runs(self, loop: str) -> Iterator[dict]:
        """All runs of the loop, newest first."""
        before = ""
        while True:
            page = self.call("GET", f"/v1/runs?loop_id={loop}&limit={_PAGE}{before}")
            yield from page["runs"]
            if not page.get("next_before"):
                return
            before = f"&before={page['next_before']}"


def _epoch_ms(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def run_ms(run: dict) -> float:
    """From the commit of the event to the end of the run; the gateway counts whole milliseconds."""
    return _epoch_ms(run["finished_at"]) - _epoch_ms(run["started_at"])


def span_seconds(runs: list[dict]) -> float:
    """From the first event to the end of the last run."""
    first = min(_epoch_ms(run["started_at"]) for run in runs)
    last = max(_epoch_ms(run["finished_at"]) for run in runs)
    return max(0.001, (last - first) / 1000)
