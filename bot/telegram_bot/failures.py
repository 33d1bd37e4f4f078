"""What Telegram's refusals mean for a card. It numbers none of them: they are told apart by their words."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from traceback import format_tb

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

# Looked for in this order, without regard to case.
_BY_WORDS = {
    "message is not modified": Meaning.UNCHANGED,
    "there is no text in the message": Meaning.NO_TEXT,
    "message to edit not found": Meaning.MESSAGE_GONE,
    "message to delete not found": Meaning.MESSAGE_GONE,
    "message can't be edited": Meaning.MESSAGE_GONE,
    "message can't be deleted": Meaning.MESSAGE_GONE,
    "message_id_invalid": Meaning.MESSAGE_GONE,
    "message to be replied not found": Meaning.NO_REPLY,
    "message to reply not found": Meaning.NO_REPLY,
    "replied message not found": Meaning.NO_REPLY,
    "reply message not found": Meaning.NO_REPLY,
    "quote_text_invalid": Meaning.NO_REPLY,
    "topic_closed": Meaning.TOPIC_CLOSED,
    "topic_deleted": Meaning.TOPIC_CLOSED,
    "topic_id_invalid": Meaning.TOPIC_CLOSED,
    "message thread not found": Meaning.TOPIC_CLOSED,
    "photo_invalid_dimensions": Meaning.NO_PHOTOS,
    "photo_save_file_invalid": Meaning.NO_PHOTOS,
    "photo_ext_invalid": Meaning.NO_PHOTOS,
    "image_process_failed": Meaning.NO_PHOTOS,
    "too big for a photo": Meaning.NO_PHOTOS,
    "not enough rights to send photos": Meaning.NO_PHOTOS,
    "chat_send_photos_forbidden": Meaning.NO_PHOTOS,
    "file is too big": Meaning.TOO_LARGE,
    "request entity too large": Meaning.TOO_LARGE,
    "content too large": Meaning.TOO_LARGE,
    "query is too old": Meaning.TOO_OLD,
    "query id is invalid": Meaning.TOO_OLD,
    "query_id_invalid": Meaning.TOO_OLD,
    "blocked by the user": Meaning.PERSON_CLOSED,
    "user is deactivated": Meaning.PERSON_CLOSED,
    "can't initiate conversation": Meaning.PERSON_CLOSED,
    "can't send messages to bots": Meaning.PERSON_CLOSED,
    "user_is_blocked": Meaning.PERSON_CLOSED,
    "input_user_deactivated": Meaning.PERSON_CLOSED,
    "chat not found": Meaning.PLACE_GONE,
    "bot was kicked": Meaning.PLACE_GONE,
    "bot is not a member": Meaning.PLACE_GONE,
    "chat was deactivated": Meaning.PLACE_GONE,
    "chat was deleted": Meaning.PLACE_GONE,
    "not enough rights": Meaning.PLACE_GONE,
    "have no rights": Meaning.PLACE_GONE,
    "need administrator rights": Meaning.PLACE_GONE,
    "chat_write_forbidden": Meaning.PLACE_GONE,
    "chat_restricted": Meaning.PLACE_GONE,
    "chat_admin_required": Meaning.PLACE_GONE,
    "channel_private": Meaning.PLACE_GONE,
    "user_banned_in_channel": Meaning.PLACE_GONE,
    "peer_id_invalid": Meaning.PLACE_GONE,
}


def meaning(error: BaseException) -> Meaning:
    """Of one of `TROUBLE`."""
    if isinstance(error, ChatMigrated):
        return Meaning.MIGRATED
    if isinstance(error, TelegramError) and not isinstance(error, RetryAfter):
        said = error.message.lower()
        if found := next((what for words, what in _BY_WORDS.items() if words in said), None):
            return found
    if isinstance(error, Forbidden):
        return Meaning.PLACE_GONE
    return Meaning.WRONG if isinstance(error, BadRequest) else Meaning.LATER


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    told = error.retry_after
    return told.total_seconds() if isinstance(told, timedelta) else float(told)


def where(error: BaseException) -> str:
    """What may be logged of an error that nobody expected: its own words may hold the token, or what somebody wrote."""
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}"
