"""What Telegram's refusals mean for a card. It numbers none of them: they are told apart by their words."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError


class Meaning(Enum):
    """What is to be done about a request that failed."""

    LATER = "later"  # Telegram is ill or busy: the same again, after a pause
    MESSAGE_GONE = "message gone"  # deleted, or no longer ours to edit
    UNCHANGED = "unchanged"  # the message shows that already
    NO_TEXT = "no text"  # the message has a picture by now: its caption is what can be changed
    PLACE_GONE = "place gone"  # the chat was deleted, or we may not write there
    TOPIC_CLOSED = "topic closed"  # or deleted
    PERSON_CLOSED = "person closed"  # has blocked the bot, never spoken to it, or left Telegram
    MIGRATED = "migrated"  # the group is a supergroup now, and has another id: `ChatMigrated.new_chat_id`
    NO_REPLY = "no reply"  # what was to be answered is gone
    NO_PHOTOS = "no photos"  # not as a photo; a document may do
    TOO_LARGE = "too large"
    TOO_OLD = "too old"  # a press or an inline query that nobody waits for any more
    WRONG = "wrong"  # our own mistake


TROUBLE = (TelegramError, OSError, TimeoutError)

# In the order in which they are looked for; Telegram's own words are compared without regard to case.
_BY_WORDS: tuple[tuple[Meaning, tuple[str, ...]], ...] = (
    (Meaning.UNCHANGED, ("message is not modified",)),
    (Meaning.NO_TEXT, ("there is no text in the message",)),
    (
        Meaning.MESSAGE_GONE,
        (
            "message to edit not found",
            "message to delete not found",
            "message can't be edited",
            "message_id_invalid",
            "message can't be deleted",
            "message identifier is not specified",
        ),
    ),
    (
        Meaning.NO_REPLY,
        (
            "message to be replied not found",
            "message to reply not found",
            "replied message not found",
            "reply message not found",
            "quote_text_invalid",
        ),
    ),
    (Meaning.TOPIC_CLOSED, ("topic_closed", "topic_deleted", "topic_id_invalid", "message thread not found")),
    (
        Meaning.NO_PHOTOS,
        (
            "photo_invalid_dimensions",
            "image_process_failed",
            "too big for a photo",
            "photo_save_file_invalid",
            "photo_ext_invalid",
            "not enough rights to send photos",
            "chat_send_photos_forbidden",
        ),
    ),
    (Meaning.TOO_LARGE, ("file is too big", "request entity too large")),
    (Meaning.TOO_OLD, ("query is too old", "query id is invalid", "query_id_invalid")),
    (
        Meaning.PERSON_CLOSED,
        (
            "blocked by the user",
            "user is deactivated",
            "can't initiate conversation",
            "user_is_blocked",
            "input_user_deactivated",
            "can't send messages to bots",
        ),
    ),
    (
        Meaning.PLACE_GONE,
        (
            "chat not found",
            "bot was kicked",
            "bot is not a member",
            "chat was deactivated",
            "chat was deleted",
            "not enough rights",
            "have no rights",
            "chat_write_forbidden",
            "chat_restricted",
            "channel_private",
            "need administrator rights",
            "chat_admin_required",
            "user_banned_in_channel",
            "peer_id_invalid",
            "_forbidden",
        ),  # CHAT_SEND_DOCS_FORBIDDEN and its like
    ),
)


def meaning(error: BaseException) -> Meaning:
    """Of one of `TROUBLE`."""
    if isinstance(error, ChatMigrated):
        return Meaning.MIGRATED
    if isinstance(error, TelegramError) and not isinstance(error, RetryAfter):
        said = error.message.lower()
        found = next((what for what, words in _BY_WORDS if any(each in said for each in words)), None)
        if found is not None:
            return found
    if isinstance(error, Forbidden):
        return Meaning.PLACE_GONE
    return Meaning.WRONG if isinstance(error, BadRequest) else Meaning.LATER


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    told = error.retry_after
    return told.total_seconds() if isinstance(told, timedelta) else float(told)
