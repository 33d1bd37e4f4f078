"""What Discord answers when it refuses: the status, its JSON code and its words.

The codes are those of the page "Opcodes and status codes" in Discord's developer documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(kw_only=True, slots=True, eq=False)
class Refusal(Exception):
    """An answer outside 2xx. `errors` is the nested tree of a form's faults."""

    status: int
    code: int
    message: str
    errors: Json | None = None

    @property
    def body(self) -> Json:
        answer: Json = {"message": self.message, "code": self.code}
        return answer if self.errors is None else answer | {"errors": self.errors}

    @property
    def is_about_the_form(self) -> bool:
        """Whether Discord refuses because of what the request says, not because of what is there."""
        return self.status == 413 or self.code in (50035, 50006, 30032)

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.message} {self.errors or ''}".strip()


def _refusal(status: int, code: int, message: str) -> Refusal:
    return Refusal(status=status, code=code, message=message)


def unauthorized() -> Refusal:
    return _refusal(401, 0, "401: Unauthorized")


def no_such_route() -> Refusal:
    return _refusal(404, 0, "404: Not Found")


def unknown(what: str) -> Refusal:
    """`what` is one of the nouns below."""
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Emoji": 10014,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return _refusal(404, codes[what], f"Unknown {what}")


def missing_access() -> Refusal:
    return _refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    return _refusal(403, 50013, "Missing Permissions")


def not_the_author() -> Refusal:
    return _refusal(403, 50005, "Cannot edit a message authored by another user")


def closed_direct_messages() -> Refusal:
    return _refusal(403, 50007, "Cannot send messages to this user")


def not_in_direct_messages() -> Refusal:
    return _refusal(403, 50003, "Cannot execute action on a DM channel")


def no_reply_without_history() -> Refusal:
    return _refusal(400, 160002, "Cannot reply without permission to read message history")


def archived_thread() -> Refusal:
    return _refusal(400, 50083, "Thread is archived")


def locked_thread() -> Refusal:
    return _refusal(400, 160005, "Thread is locked")


def thread_exists() -> Refusal:
    return _refusal(400, 160004, "A thread has already been created for this message")


def too_many_threads() -> Refusal:
    return _refusal(400, 160006, "Maximum number of active threads reached")


def too_many_pins(limit: int) -> Refusal:
    return _refusal(400, 30003, f"Maximum number of pins reached ({limit})")


def wrong_kind_of_channel() -> Refusal:
    return _refusal(400, 50024, "Cannot execute action on this channel type")


def invalid_webhook_token() -> Refusal:
    return _refusal(401, 50027, "Invalid Webhook Token")


def already_acknowledged() -> Refusal:
    return _refusal(400, 40060, "Interaction has already been acknowledged.")


def too_many_follow_ups() -> Refusal:
    return _refusal(400, 40094, "This interaction has reached the maximum number of follow up messages")


def too_large() -> Refusal:
    return _refusal(413, 40005, "Request entity too large")


def empty_message() -> Refusal:
    return _refusal(400, 50006, "Cannot send an empty message")


def too_many_commands(limit: int) -> Refusal:
    return _refusal(400, 30032, f"Maximum number of application commands reached ({limit})")


class Form:
    """Collects the faults of a request, each at its place, and refuses all of them together."""

    def __init__(self) -> None:
        self._faults: list[tuple[tuple[str | int, ...], str, str]] = []

    def fault(self, at: tuple[str | int, ...], code: str, message: str) -> None:
        self._faults.append((at, code, message))

    def at_most(self, at: tuple[str | int, ...], text: object, limit: int) -> None:
        if isinstance(text, str) and len(text) > limit:
            self.fault(at, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")

    def between(self, at: tuple[str | int, ...], count: int, low: int, high: int) -> None:
        if not low <= count <= high:
            self.fault(at, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def check(self) -> None:
        """Raise everything found so far as one Refusal."""
        if not self._faults:
            return
        tree: Json = {}
        for at, code, message in self._faults:
            node = tree
            for step in at:
                node = node.setdefault(str(step), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        raise Refusal(status=400, code=50035, message="Invalid Form Body", errors=tree)
