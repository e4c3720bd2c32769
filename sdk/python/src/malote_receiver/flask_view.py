"""The view function for Flask: app.add_url_rule(path, view_func=hooks.flask_view, methods=["POST"])

Mount it where nothing reads the form before it. Handlers run with a copy of the request's
context, so `current_app` works in them.
"""
from typing import TYPE_CHECKING, Any, Callable

from . import wsgi

if TYPE_CHECKING:
    from .receiver import Receiver


def make_view(receiver: "Receiver") -> Callable[..., Any]:
    def view(**_: Any) -> Any:  # the parts of the path, if the rule has any
        import flask
        # What request.data or request.json left behind, if somebody asked for them before.
        cached = getattr(flask.request, "_cached_data", None)
        response = wsgi.answer(receiver, flask.request.environ, cached)
        return flask.Response(response.body, response.status, response.headers)

    view.__name__ = f"malote_receiver_{receiver.profile.name}"
    return view
