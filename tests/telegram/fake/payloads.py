"""What exists, as the Bot API tells it."""

from __future__ import annotations

from tests.telegram.fake.files import File, Size
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.world import (
    ADMINISTRATOR,
    KICKED,
    OWNER,
    RESTRICTED,
    Chat,
    Media,
    Membership,
    Message,
    User,
)

PINNABLE = ("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members")
RIGHTS = (
    *PINNABLE,
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


def given(**fields: object) -> Json:
    """The fields that say something: None and False are left out, as Telegram does."""
    return {name: value for name, value in fields.items() if value is not None and value is not False}


def user(told: User) -> Json:
    return {"id": told.id, "is_bot": told.bot, "first_name": told.name} | given(
        username=told.username, language_code=None if told.bot else told.language
    )


def chat(told: Chat) -> Json:
    if told.is_private:
        return {"id": told.id, "type": told.kind, "first_name": told.title} | given(username=told.username)
    return {"id": told.id, "type": told.kind, "title": told.title} | given(
        username=told.username, is_forum=told.is_forum
    )


def size(told: Size) -> Json:
    return {
        "file_id": told.file_id,
        "file_unique_id": told.unique_id,
        "width": told.width,
        "height": told.height,
        "file_size": len(told.content),
    }


def media(told: Media) -> Json:
    """The fields that carry the file."""
    file = told.file
    if told.kind == "photo":
        return {"photo": [size(each) for each in file.sizes]}
    fields = _file(file)
    if told.kind == "animation":  # also as a document, for older clients
        fields |= _sides(file)
        return {"animation": fields, "document": _file(file)}
    if told.kind in ("video", "sticker"):
        fields |= _sides(file)
    if told.kind == "sticker":
        for name in ("file_name", "mime_type", "duration"):
            fields.pop(name, None)
        fields = {"type": "regular", "is_animated": False, "is_video": False} | fields | file.extra
    if told.kind in ("audio", "voice"):
        fields["duration"] = file.duration
    if told.kind == "voice":
        fields.pop("file_name", None)
    return {told.kind: fields}


def _sides(file: File) -> Json:
    return {"width": file.width or 512, "height": file.height or 512, "duration": file.duration}


def _file(file: File) -> Json:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size} | given(
        file_name=file.name, mime_type=file.mime, thumbnail=size(file.thumbnail) if file.thumbnail else None
    )


def message(told: Message, *, deep: bool = True) -> Json:
    """`deep` holds the message replied to as well; that one's own reply is left out."""
    answer: Json = {"message_id": told.id, "date": int(told.date), "chat": chat(told.chat)}
    if told.chat.kind != "channel":
        answer["from"] = user(told.sender)
    answer |= given(
        sender_chat=chat(told.sender_chat) if told.sender_chat else None,
        via_bot=user(told.via_bot) if told.via_bot else None,
        edit_date=int(told.edited) if told.edited else None,
        media_group_id=told.album,
        has_protected_content=told.protected,
        reply_markup=told.keyboard,
        forward_origin=told.origin,
    )
    if told.topic is not None:
        answer |= {"message_thread_id": told.topic.id, "is_topic_message": True}
    answer |= _content(told) | (told.service or {})
    return answer | _reply(told) if deep else answer


def _reply(told: Message) -> Json:
    if told.reply_to is None:
        return {}
    answer: Json = {} if told.reply_to.deleted else {"reply_to_message": message(told.reply_to, deep=False)}
    if told.quote:
        answer["quote"] = {"text": told.quote, "position": 0, "is_manual": True}
    return answer


def _content(told: Message) -> Json:
    if told.media is None:
        return {"text": told.text} | given(entities=told.entities or None) if told.text else {}
    return media(told.media) | given(
        caption=told.text or None,
        caption_entities=told.entities or None,
        has_media_spoiler=told.media.spoiler,
        show_caption_above_media=told.media.above,
    )


def inaccessible(told: Message) -> Json:
    return {"chat": chat(told.chat), "message_id": told.id, "date": 0}


def member(told: Membership, *, denied: set[str] | None = None) -> Json:
    answer: Json = {"status": told.status, "user": user(told.user)}
    if told.status == OWNER:
        return answer | {"is_anonymous": told.is_anonymous}
    if told.status == ADMINISTRATOR:
        rights = {name: name in told.rights for name in RIGHTS}
        return answer | rights | {"can_be_edited": False, "is_anonymous": told.is_anonymous, "can_manage_chat": True}
    if told.status == RESTRICTED:
        allowed = {name: name not in (denied or ()) for name in PERMISSIONS}
        return answer | allowed | {"is_member": True, "until_date": 0}
    return answer | {"until_date": 0} if told.status == KICKED else answer


def full_chat(told: Chat) -> Json:
    """ChatFullInfo, as far as a bot cares for it."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    answer = chat(told) | {
        "accent_color_id": abs(told.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, True),
    }
    if told.pinned:
        answer["pinned_message"] = message(told.pinned[-1])
    if told.is_group:
        group = ("can_edit_tag",)
        answer["permissions"] = {name: name not in told.denied for name in PERMISSIONS if name not in group}
    return answer
