#!/usr/bin/env python3
"""A shop of three products, in memory: what the tools in tools/ call. Usage: shop.py [PORT]

GET /products?q=WORDS&limit=N   POST /checkouts {"url"} or {"items"}   GET /checkouts/ID
A checkout is ready for payment when it is asked for; one that nobody began is canceled.
"""
import itertools
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PRODUCTS = [("sku_1", "Cat food, 1 kg", 4590), ("sku_2", "Dog food, 3 kg", 9990), ("sku_3", "Coffee mug", 3500)]
PRICES = {sku: price for sku, _, price in PRODUCTS}


def offer(sku, title, price):
    variant = {"sku_id": sku, "title": title, "price_minor": price, "currency": "BRL", "available": True}
    return {"product_id": "p_" + sku, "url": "https://shop.example/p/" + sku, **variant, "variants": [variant]}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    checkouts, keys, numbers = {}, {}, itertools.count(1)

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/products":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            words = asked.get("q", "").lower().split()
            limit = min(max(int(float(asked.get("limit", 10))), 1), 20)
            found = [offer(*one) for one in PRODUCTS if any(word in one[1].lower() for word in words)]
            self.answer(200, {"products": found[:limit]})
        elif url.path.startswith("/checkouts/"):
            name = url.path.rsplit("/", 1)[1]
            unknown = {"id": name, "status": "canceled", "error": "unknown checkout"}
            self.answer(200, self.checkouts.get(name, unknown))
        else:
            self.answer(404, {"error": "no route " + url.path})

    def do_POST(self):
        wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        items = wish.get("items") or [{"variant_id": wish.get("url", "").rsplit("/", 1)[-1]}]
        unknown = [item["variant_id"] for item in items if item["variant_id"] not in PRICES]
        if unknown:
            return self.answer(422, {"error": "there is no " + unknown[0]})
        key = self.headers.get("Idempotency-Key") or object()
        if key not in self.keys:
            total = sum(PRICES[item["variant_id"]] * item.get("quantity", 1) for item in items)
            name = f"cks_{next(self.numbers)}"
            self.checkouts[name] = {"id": name, "status": "ready_for_payment", "total_minor": total,
                                    "pix_copia_e_cola": f"00020126-{name}-{total}"}
            self.keys[key] = name
        self.answer(201, {"id": self.keys[key]})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9091), Shop)
    print(f"the shop is at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
