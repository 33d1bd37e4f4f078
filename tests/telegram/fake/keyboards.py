"""Keyboards below messages, and what Telegram refuses in them."""

from __future__ import annotations

from tests.telegram.fake import limits
from tests.telegram.fake.refusals import Json, bad
from tests.telegram.fake.world import Chat

KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
COPIED = 256  # characters that a button may copy


def inline_keyboard(markup: Json | None, chat: Chat | None) -> Json | None:
    """What stays below the message; None for nothing. `chat` is None for a message sent through inline mode."""
    if markup is None or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > limits.BUTTONS:
        raise bad("reply markup is too long")
    for row in rows:
        if len(row) > limits.BUTTONS_A_ROW:
            raise bad("BUTTON_ROW_TOO_LONG")
        for button in row:
            _check(button, chat)
    return {"inline_keyboard": rows} if rows else None


def other_markup(markup: Json | None) -> Json | None:
    """A forced reply, a custom keyboard or its removal."""
    if markup is None or "inline_keyboard" in markup:
        return None
    if len(markup.get("input_field_placeholder") or "") > limits.PLACEHOLDER:
        raise bad("input field placeholder is too long")
    return markup


def _check(button: Json, chat: Chat | None) -> None:
    if not button.get("text"):
        raise bad("can't parse inline keyboard button: Text must be non-empty")
    kinds = [kind for kind in KINDS if kind in button]
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= limits.CALLBACK_DATA_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= COPIED:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not button["url"].startswith(("https://", "http://", "tg://")):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "web_app" in button:
        _check_web_app(button["web_app"]["url"], chat)


def _check_web_app(url: str, chat: Chat | None) -> None:
    if chat is None or not chat.is_private:
        raise bad("BUTTON_TYPE_INVALID")
    if not url.startswith("https://"):
        raise bad(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
