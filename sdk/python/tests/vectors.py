"""The vector format webhook-receiver-vectors/1: cases, each one request to `handle`."""
import base64
import logging
from typing import Any, Dict, Iterator, List, NamedTuple

import sessions
from malote_receiver import ConfigError, Profile, Receiver

HANDLED_TYPE = "order.created"


class Result(NamedTuple):
    id: str
    seen: Dict[str, Any]  # what --json prints
    problems: List[str]


def run(document: Dict[str, Any]) -> Iterator[Result]:
    """Every case, then every session."""
    if document.get("format") != "webhook-receiver-vectors/1":
        raise SystemExit("not a file of the format webhook-receiver-vectors/1")
    logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)
    for case in document.get("cases", ()):
        yield run_case(document, case)
    for session in document.get("sessions", ()):
        yield Result(session["id"], *sessions.run(document, session))


def run_case(document: Dict[str, Any], case: Dict[str, Any]) -> Result:
    seen, replay_protected = observe(document, case)
    found = dict(seen, replay_protected=replay_protected)
    problems = [f"{name} is {found.get(name)!r}, expected {wanted!r}"
                for name, wanted in case["expect"].items() if found.get(name) != wanted]
    return Result(case["id"], seen, problems)


def observe(document: Dict[str, Any], case: Dict[str, Any]) -> Any:
    """What the receiver made of the case, and whether it was protected against replays."""
    seen = {"id": case["id"], "verify": "ok", "http": None, "dispatch": None,
            "matched_secret": None, "event": None}
    events, refusals = [], []
    options = {**document.get("defaults", {}), **case.get("options", {})}
    now = case.get("now", document["now"])
    try:
        hooks = Receiver(*secrets_of(case), scheme=profile_of(document, case),
                         clock=lambda: now, **options)
    except ConfigError as error:
        # Refusing to start is what a receiver without a secret has to do.
        return dict(seen, verify=error.code, http=500), None
    hooks.on_refused(refusals.append)
    hooks.on(HANDLED_TYPE, lambda event: events.append((event, "handled")))
    hooks.on_unhandled(lambda event: events.append((event, "unhandled")))
    request = case["request"]
    response = hooks.handle(request["method"], request["headers"], body_of(request["body"]))
    seen["http"] = response.status
    if refusals:
        seen["verify"] = refusals[0].code
    if not events:
        return seen, None
    event, seen["dispatch"] = events[0]
    seen["matched_secret"] = event.verified.matched_secret
    seen["event"] = {"type": event.type, "event_id": event.id}
    return seen, event.verified.replay_protected


def secrets_of(case: Dict[str, Any]) -> Any:
    secrets = [secret["value"] for secret in case["secrets"]]
    return (secrets[0], secrets[1:]) if secrets else ()


def profile_of(document: Dict[str, Any], case: Dict[str, Any]) -> Profile:
    """The file's own profile; how a secret is written is said with each secret."""
    profile = dict(document["profiles"][case["profile"]])
    if case.get("secrets"):
        profile["secret_encoding"] = case["secrets"][0].get("enc", profile["secret_encoding"])
    return Profile.parse(profile, case["profile"])


def body_of(body: Dict[str, Any]) -> bytes:
    if "utf8" in body:
        return body["utf8"].encode("utf-8", "surrogatepass")
    if "b64" in body:
        return base64.b64decode(body["b64"])
    byte = body["fill"]["byte"]
    return (byte.encode() if isinstance(byte, str) else bytes([byte])) * body["fill"]["count"]
