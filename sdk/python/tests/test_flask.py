"""The Flask view over real HTTP, and next to code that reads the body before it."""
import importlib.util
import logging
import unittest

import fixtures as f
from adapter_rules import AdapterRules
from fixtures import delivery, receiver
from http_server import serve_werkzeug

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)

if importlib.util.find_spec("flask"):
    import flask


def app_of(hooks):
    app = flask.Flask("hooks")
    methods = ["GET", "POST", "PUT", "DELETE"]
    app.add_url_rule("/hook", view_func=hooks.flask_view, methods=methods)
    return app


@unittest.skipUnless(importlib.util.find_spec("flask"), "flask is not installed")
class FlaskServerTest(AdapterRules, unittest.TestCase):
    def serve(self, hooks):
        return serve_werkzeug(app_of(hooks))


@unittest.skipUnless(importlib.util.find_spec("flask"), "flask is not installed")
class FlaskTest(unittest.TestCase):
    def send(self, hooks, before=None, **more):
        app = app_of(hooks)
        if before:
            app.before_request(before)
        headers, body = delivery()
        response = app.test_client().post("/hook", data=body, headers={**headers, **more})
        return response.status_code, response.get_json()

    def test_a_body_that_was_read_and_kept(self):
        self.assertEqual(self.send(receiver(), lambda: flask.request.get_json() and None), f.OK)
        self.assertEqual(self.send(receiver(), lambda: flask.request.get_data() and None), f.OK)

    def test_a_body_that_was_eaten(self):
        def eat():
            flask.request.stream.read()
        self.assertEqual(self.send(receiver(), eat), f.NOT_CONFIGURED)

    def test_handlers_see_the_application(self):
        hooks, seen = receiver(), []
        hooks.on("order.created", lambda event: seen.append(
            (flask.current_app.name, flask.request.path)))
        self.assertEqual(self.send(hooks), f.OK)
        self.assertEqual(seen, [("hooks", "/hook")])

    def test_two_receivers_in_one_application(self):
        app = flask.Flask("hooks")
        for scheme in ("standard", "codespar"):
            app.add_url_rule(f"/{scheme}", view_func=receiver(scheme).flask_view,
                             methods=["POST"])
        for scheme in ("standard", "codespar"):
            headers, body = delivery(scheme)
            response = app.test_client().post(f"/{scheme}", data=body, headers=headers)
            self.assertEqual(response.status_code, 200)


if __name__ == "__main__":
    unittest.main()
