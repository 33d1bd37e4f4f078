"""Which messages Discord takes: lengths, embeds, files, flags, mentions."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.discord.fake import limits
from tests.discord.fake.component_form import check_components
from tests.discord.fake.payloads import ATTACHED
from tests.discord.fake.reading import embed_text, media, walk
from tests.discord.fake.refusals import Form, Json, empty_message, too_large

EMBED_LIMITS = {"title": limits.EMBED_TITLE, "description": limits.EMBED_DESCRIPTION}
LEGACY = ("content", "embeds", "sticker_ids", "poll")


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """One part `files[n]` of a multipart request."""

    index: int
    filename: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A message that a request asks for: the payload with what it stands on.

    `kept` are the names of files that an edit leaves in place; `is_v2` what the message is or becomes;
    `file_limit` the bytes that one file may have here.
    """

    payload: Json
    uploads: list[Upload] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    is_v2: bool = False
    was_v2: bool = False
    file_limit: int = limits.FILE_BYTES

    @property
    def filenames(self) -> list[str]:
        return self.kept + [upload.filename for upload in self.uploads]


def check_message(draft: Draft) -> None:
    """Raises the Refusal that Discord gives for what is wrong with `draft`."""
    _check_sizes(draft)
    form = Form()
    payload = draft.payload
    form.at_most(("content",), payload.get("content"), limits.CONTENT)
    _check_embeds(form, payload.get("embeds") or [])
    _check_attachments(form, draft)
    check_components(form, payload.get("components") or [], v2=draft.is_v2)
    _check_references(form, draft)
    _check_flags(form, draft)
    _check_mentions(form, payload.get("allowed_mentions") or {})
    form.check()
    if not _says_something(draft):
        raise empty_message()


def _says_something(draft: Draft) -> bool:
    """Buttons alone say nothing; with V2 the components are what is said."""
    if draft.is_v2:
        return bool(draft.payload.get("components"))
    written = (draft.payload.get("content") or "").strip()
    return bool(written or draft.filenames) or any(draft.payload.get(key) for key in LEGACY[1:])


def _check_sizes(draft: Draft) -> None:
    sizes = [len(upload.content) for upload in draft.uploads]
    if any(size > draft.file_limit for size in sizes) or sum(sizes) > limits.REQUEST_BYTES:
        raise too_large()


def _check_embeds(form: Form, embeds: list[Json]) -> None:
    form.between(("embeds",), len(embeds), 0, limits.EMBEDS)
    for index, embed in enumerate(embeds):
        at = ("embeds", index)
        for key, limit in EMBED_LIMITS.items():
            form.at_most((*at, key), embed.get(key), limit)
        form.at_most((*at, "footer", "text"), (embed.get("footer") or {}).get("text"), limits.EMBED_FOOTER)
        form.at_most((*at, "author", "name"), (embed.get("author") or {}).get("name"), limits.EMBED_AUTHOR)
        fields: list[Json] = embed.get("fields") or []
        form.between((*at, "fields"), len(fields), 0, limits.EMBED_FIELDS)
        for number, each in enumerate(fields):
            form.between((*at, "fields", number, "name"), len(each["name"]), 1, limits.EMBED_FIELD_NAME)
            form.between((*at, "fields", number, "value"), len(each["value"]), 1, limits.EMBED_FIELD_VALUE)
    if sum(len(text) for embed in embeds for text in embed_text(embed)) > limits.EMBED_CHARACTERS:
        form.fault(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _check_attachments(form: Form, draft: Draft) -> None:
    if len(draft.filenames) > limits.FILES:
        form.fault(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {limits.FILES} or fewer in length.")
    uploaded = {upload.index for upload in draft.uploads}
    for index, each in enumerate(draft.payload.get("attachments") or []):
        form.at_most(("attachments", index, "description"), each.get("description"), limits.ALT_TEXT)
        number = int(each["id"])
        if number < limits.FILES and number not in uploaded:
            form.fault(("attachments", index), "ATTACHMENT_NOT_FOUND", f"Attachment data for {number} not found")


def _check_references(form: Form, draft: Draft) -> None:
    """`attachment://name` must name a file of this message."""
    links = [item["url"] for each in walk(draft.payload.get("components") or []) for item in media(each)]
    for embed in draft.payload.get("embeds") or []:
        links += [(embed.get(part) or {}).get("url", "") for part in ("image", "thumbnail")]
    for link in links:
        if link.startswith(ATTACHED) and link.removeprefix(ATTACHED) not in draft.filenames:
            message = f"The referenced attachment '{link.removeprefix(ATTACHED)}' was not found"
            form.fault(("components",), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)


def _check_flags(form: Form, draft: Draft) -> None:
    flags = draft.payload.get("flags")
    if draft.was_v2 and flags is not None and not flags & limits.COMPONENTS_V2:
        form.fault(("flags",), "MESSAGE_COMPONENTS_V2_FLAG_REMOVED", "The IS_COMPONENTS_V2 flag cannot be removed")
    if not draft.is_v2:
        return
    for key in LEGACY:
        if draft.payload.get(key):
            message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.fault((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _check_mentions(form: Form, allowed: Json) -> None:
    for key in ("users", "roles"):
        named = allowed.get(key) or []
        if named and key in (allowed.get("parse") or []):
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            form.fault(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
        form.between(("allowed_mentions", key), len(named), 0, 100)
