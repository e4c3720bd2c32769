"""What can go wrong, in one hierarchy.

    WebhookError
      VerificationError   the request is refused; `code` says why
      PayloadError        the sender is genuine, but the body cannot be read
      ConfigError         the receiver itself is set up wrongly

`code` is a word of the contract, `header` the header it concerns ("" if none) and `hint` a line
for the log. Hints hold nothing the sender wrote and no secret; none of this goes on the wire.
"""


class WebhookError(Exception):
    """The base of all errors of this package."""

    def __init__(self, code: str, hint: str = "", header: str = "") -> None:
        super().__init__(f"{code}: {hint}" if hint else code)
        self.code = code
        self.hint = hint
        self.header = header


class VerificationError(WebhookError):
    """The request was refused before anything of it was trusted."""


class PayloadError(WebhookError):
    """The signature is right and the body is not an event: code is `invalid_payload`."""

    def __init__(self, hint: str) -> None:
        super().__init__("invalid_payload", hint)


class ConfigError(WebhookError):
    """The receiver is set up wrongly.

    Codes: `no_secret`, `bad_secret`, `bad_profile`, `bad_option`, `bad_handler`,
    `duplicate_handler`, `body_consumed`.
    """
