"""Business errors: what a caller may run into without anybody having made a programming mistake.

    DeskError (400)
    ├── NotFound (404)
    ├── NotAllowed (403)
    ├── SignInNeeded (401)
    ├── Conflict (409)          somebody was faster, or the state does not permit it
    ├── Invalid (422)           well-formed, but says something impossible
    ├── TooMany (429)           slow down; `retry_after` seconds
    └── Unavailable (503)       not now; nothing was done

Each carries a stable `code` for programs and one sentence for people. Subjects add their own below these.
"""

from __future__ import annotations

from typing import Any


class DeskError(Exception):
    """Something the caller should know about and can act on."""

    status = 400
    code = "bad_request"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(DeskError):
    """There is no such thing, or it is not yours to see; both read the same on purpose."""

    status = 404
    code = "not_found"


class NotAllowed(DeskError):
    """You are known, but this is not for your role."""

    status = 403
    code = "not_allowed"


class SignInNeeded(DeskError):
    """Nobody knows who you are, or no longer."""

    status = 401
    code = "sign_in_needed"


class Conflict(DeskError):
    """Somebody was faster, or the present state does not permit it."""

    status = 409
    code = "conflict"


class Invalid(DeskError):
    """Well-formed but impossible."""

    status = 422
    code = "invalid"


class TooMany(DeskError):
    """Too often; `retry_after` says how many seconds to wait."""

    status = 429
    code = "too_many"

    def __init__(self, detail: str, retry_after: int = 60) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(DeskError):
    """Not now; nothing was done and nothing is pretended."""

    status = 503
    code = "unavailable"
