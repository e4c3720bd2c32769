"""The FastAPI endpoint over real HTTP, as a route and as a dependency."""
import importlib.util
import logging
import unittest

import fixtures as f
from adapter_rules import AdapterRules
from fixtures import delivery, receiver
from http_server import post, serve_asgi

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)

MISSING = [name for name in ("fastapi", "uvicorn") if not importlib.util.find_spec(name)]
if not MISSING:
    from fastapi import Depends, FastAPI, Request

METHODS = ["GET", "POST", "PUT", "DELETE"]


@unittest.skipIf(MISSING, f"not installed: {' '.join(MISSING)}")
class FastApiRouteTest(AdapterRules, unittest.TestCase):
    def serve(self, hooks):
        app = FastAPI()
        app.add_api_route("/hook", hooks.fastapi, methods=METHODS)
        return serve_asgi(app)


@unittest.skipIf(MISSING, f"not installed: {' '.join(MISSING)}")
class FastApiDependencyTest(AdapterRules, unittest.TestCase):
    def serve(self, hooks):
        app = FastAPI()

        @app.api_route("/hook", methods=METHODS)
        async def hook(answer=Depends(hooks.fastapi)):
            return answer

        return serve_asgi(app)


@unittest.skipIf(MISSING, f"not installed: {' '.join(MISSING)}")
class FastApiTest(unittest.TestCase):
    def send(self, read):
        app, hooks = FastAPI(), receiver()

        @app.post("/hook")
        async def hook(request: Request):
            await read(request)
            return await hooks.fastapi(request)

        with serve_asgi(app) as port:
            return post(port, *delivery())

    def test_a_body_that_was_read_and_kept(self):
        self.assertEqual(self.send(lambda request: request.json()), f.OK)

    def test_a_body_that_was_eaten(self):
        async def eat(request):
            async for _ in request.stream():
                pass
        self.assertEqual(self.send(eat), f.NOT_CONFIGURED)

    def test_it_is_one_endpoint_of_a_larger_application(self):
        app, hooks = FastAPI(), receiver()
        app.post("/hook")(hooks.fastapi)
        app.mount("/mounted", hooks.asgi_app)
        with serve_asgi(app) as port:
            self.assertEqual(post(port, *delivery()), f.OK)
            self.assertEqual(post(port, *delivery(), path="/mounted/x"), f.OK)
            self.assertEqual(post(port, {}, b"", "GET", "/openapi.json")[0], 200)


if __name__ == "__main__":
    unittest.main()
