"""Sessions of a vector file: several deliveries against a scripted store, handler and clock.

A step is `delivery` (copies have the same name), `handler` (ok throw slow hang crash retry park),
`store` (ok down), `advance_s` (moves the clock before it), and what is expected: `http` (a status or a
list), `ran`, `duplicate`. `parallel` sessions send all steps at once, each as soon as the one
before it is being worked on. Nothing here sleeps: a slow handler ends when all others have come
as far as they can, and a copy of a handler that will never end is told so at once.
"""
import base64
import contextvars
import json
import threading
from typing import Any, Dict, List, Optional, Tuple

from malote_receiver import Claim, MemoryStore, Park, Profile, Receiver, Retry, sign
from malote_receiver.threads import spawn

#: How long a handler that hangs is waited for; others may take as long as a slow machine needs.
HANG_BUDGET, BUDGET, PATIENCE = 0.2, 60, 60

_current: "contextvars.ContextVar[Step]" = contextvars.ContextVar("step")

SECRETS = {"utf8": "a session's secret", "hex": b"a session's secret".hex(),
           "whsec-base64": "whsec_" + base64.b64encode(b"a session's secret").decode()}


class Crash(BaseException):
    """The process ends here: whatever it had claimed stays claimed."""


class Step:
    def __init__(self, script: Dict[str, Any]) -> None:
        self.script = script
        self.handler = script.get("handler", "ok")
        self.ran = False
        self.claimed = False
        self.started = threading.Event()
        self.settled = threading.Event()  # it waits for another, or is in its handler, or done
        self.done = threading.Event()
        self.answer: Any = None


class ScriptedStore(MemoryStore):
    """A memory store that can be down, and knows which claims nobody will ever settle."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock=clock)
        self._lost: Dict[str, bool] = {}

    def begin(self, key: str, lease: float) -> Claim:
        step = self._step()
        found = super().begin(key, lease)
        if found is Claim.ACQUIRED:
            step.claimed = True
            self._lost[key] = step.handler in ("hang", "crash")
        return found

    def commit(self, key: str, ttl: float) -> None:
        if self._step().handler != "crash":
            super().commit(key, ttl)

    def abort(self, key: str) -> None:
        if self._step().handler != "crash":
            super().abort(key)

    def wait(self, key: str, seconds: float) -> bool:
        _current.get().settled.set()
        return not self._lost[key] and super().wait(key, PATIENCE)

    def _step(self) -> Step:
        step = _current.get()
        if step.script.get("store", "ok") != "ok":
            raise ConnectionError("the store is down")
        return step


class Session:
    def __init__(self, document: Dict[str, Any], session: Dict[str, Any]) -> None:
        self.now = session.get("now", document["now"])
        self.steps = [Step(script) for script in session["steps"]]
        self.parallel = session.get("parallel", False)
        self.ended = threading.Event()
        name = session.get("profile", "standard")
        self.profile = Profile.parse(document["profiles"][name], name)
        self.secret = SECRETS[self.profile.secret_encoding]
        self.hooks = Receiver(
            self.secret, scheme=self.profile, clock=lambda: self.now,
            store=ScriptedStore(lambda: self.now),
            **{**document.get("defaults", {}), **session.get("options", {})})
        self.hooks.on_prefix("", self.handle)

    def handle(self, event: Any) -> None:
        step = _current.get()
        step.ran = True
        step.started.set()
        step.settled.set()
        if step.handler == "throw":
            raise ValueError("scripted")
        if step.handler == "crash":
            raise Crash
        if step.handler == "retry":
            raise Retry
        if step.handler == "park":
            raise Park("scripted")
        if step.handler == "slow" and self.parallel:
            for other in self.steps:
                if other is not step and other.handler != "hang":
                    other.settled.wait(PATIENCE)
        if step.handler == "hang":
            self.ended.wait(PATIENCE)

    def send(self, step: Step) -> None:
        _current.set(step)
        body, headers = self.delivery(step.script)
        step.answer = self.hooks.handle("POST", headers, body)
        if step.handler == "hang" and step.claimed:
            step.started.wait(PATIENCE)  # its thread may get its turn after the budget is over
        step.settled.set()
        step.done.set()

    def budget_of(self, step: Step) -> float:
        at_once = self.steps if self.parallel else [step]
        return HANG_BUDGET if any(one.handler == "hang" for one in at_once) else BUDGET

    def delivery(self, script: Dict[str, Any]) -> Tuple[bytes, Dict[str, str]]:
        """A body with every member the profile may look for; copies are equal byte for byte."""
        name, profile = script.get("delivery", "A"), self.profile
        payload: Dict[str, Any] = {"note": name}
        headers = {}
        for sources, value in ((profile.data, {"id": script.get("entity", "ord_1")}),
                               (profile.event_id, f"evt_{name}"),
                               (profile.type, script.get("type", "order.created"))):
            for kind, path in sources:
                if kind == "header":
                    headers[path[0]] = value
                elif path:
                    put(payload, path, value)
        body = json.dumps(payload).encode()
        return body, {**headers, **sign(f"dlv_{name}", self.now, body, secret=self.secret,
                                        scheme=profile)}


def run(document: Dict[str, Any], script: Dict[str, Any]) -> Tuple[Dict[str, Any], List[str]]:
    """What was seen, and what was not as expected."""
    session = Session(document, script)
    try:
        for step in session.steps:
            session.now += step.script.get("advance_s", 0)
            if "delivery" not in step.script:
                continue
            session.hooks.budget = session.budget_of(step)
            spawn(session.send, step)
            waited = step.settled if session.parallel else step.done
            waited.wait(PATIENCE)
        for step in session.steps:
            if "delivery" in step.script:
                step.done.wait(PATIENCE)
    finally:
        session.ended.set()
    seen, problems = [], []
    for number, step in enumerate(session.steps):
        if "delivery" in step.script:
            seen.append(outcome_of(step))
            problems += [f"step {number}: {problem}" for problem in compare(step, seen[-1])]
    return {"id": script["id"], "steps": seen}, problems


def outcome_of(step: Step) -> Dict[str, Any]:
    if step.answer is None:
        return {"http": None, "ran": step.ran, "duplicate": False}
    body = json.loads(step.answer.body)
    return {"http": step.answer.status, "ran": step.ran,
            "duplicate": body.get("duplicate", False)}


def compare(step: Step, seen: Dict[str, Any]) -> List[str]:
    problems = []
    wanted: Optional[Any] = step.script.get("http")
    if wanted is not None and seen["http"] not in (
            wanted if isinstance(wanted, list) else [wanted]):
        problems.append(f"http is {seen['http']}, expected {wanted}")
    for name in ("ran", "duplicate"):
        if name in step.script and seen[name] != step.script[name]:
            problems.append(f"{name} is {seen[name]}, expected {step.script[name]}")
    return problems


def put(payload: Dict[str, Any], path: Tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        payload = payload.setdefault(part, {})
    payload.setdefault(path[-1], value)
