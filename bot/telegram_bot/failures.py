"""What Telegram's refusals mean for a message. It has no codes for them, only sentences."""

from __future__ import annotations

from enum import Enum

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError


class Meaning(Enum):
    """What is to be done about a request that failed."""

    LATER = "later"  # Telegram is ill or busy: the same again, after a pause
    UNCHANGED = "unchanged"  # it shows that already
    MESSAGE_GONE = "message gone"
    NO_TEXT = "no text"  # the message has a picture by now: its caption is what can be changed
    NO_PHOTOS = "no photos"  # not here, or not this one: a file may do
    PLACE_GONE = "place gone"  # the chat is gone, or we may not write there
    TOPIC_GONE = "topic gone"  # closed or deleted
    PERSON_CLOSED = "person closed"  # blocked us, never began a chat, or is no more
    MIGRATED = "migrated"  # the group became a supergroup
    TOO_LARGE = "too large"
    TOO_OLD = "too old"  # a press or query that nobody waits for any more
    WRONG = "wrong"  # our own mistake


TROUBLE = (TelegramError, OSError, TimeoutError)
_BY_WORDS = (
    ("message is not modified", Meaning.UNCHANGED),
    ("there is no text in the message", Meaning.NO_TEXT),
    ("message to edit not found", Meaning.MESSAGE_GONE),
    ("message to delete not found", Meaning.MESSAGE_GONE),
    ("message can't be edited", Meaning.MESSAGE_GONE),
    ("message_id_invalid", Meaning.MESSAGE_GONE),
    ("not enough rights to send photos", Meaning.NO_PHOTOS),
    ("too big for a photo", Meaning.NO_PHOTOS),
    ("photo_invalid_dimensions", Meaning.NO_PHOTOS),
    ("image_process_failed", Meaning.NO_PHOTOS),
    ("chat_send_photos_forbidden", Meaning.NO_PHOTOS),
    ("topic_closed", Meaning.TOPIC_GONE),
    ("message thread not found", Meaning.TOPIC_GONE),
    ("bot was blocked", Meaning.PERSON_CLOSED),
    ("user is deactivated", Meaning.PERSON_CLOSED),
    ("bot can't initiate", Meaning.PERSON_CLOSED),
    ("chat not found", Meaning.PLACE_GONE),
    ("not enough rights", Meaning.PLACE_GONE),
    ("chat_write_forbidden", Meaning.PLACE_GONE),
    ("need administrator rights", Meaning.PLACE_GONE),
    ("file is too big", Meaning.TOO_LARGE),
    ("request entity too large", Meaning.TOO_LARGE),
    ("query is too old", Meaning.TOO_OLD),
)


def meaning(error: BaseException) -> Meaning:
    """Of one of `TROUBLE`."""
    if isinstance(error, ChatMigrated):
        return Meaning.MIGRATED
    if isinstance(error, RetryAfter) or not isinstance(error, TelegramError):
        return Meaning.LATER
    words = error.message.lower()
    if found := next((what for text, what in _BY_WORDS if text in words), None):
        return found
    if isinstance(error, Forbidden):
        return Meaning.PLACE_GONE
    is_ours = isinstance(error, BadRequest) or not isinstance(error, NetworkError)
    return Meaning.WRONG if is_ours else Meaning.LATER
