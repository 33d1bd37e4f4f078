"""Making, changing and deleting messages: the rules that hold however a request came."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import limits
from tests.discord.fake.clock import MovableClock, News, Snowflakes
from tests.discord.fake.files import File, FileHost
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.mentions import find_mentions
from tests.discord.fake.message_form import Draft, Upload, check_message
from tests.discord.fake.payloads import Payloads, member, used_attachments
from tests.discord.fake.reading import displayed
from tests.discord.fake.refusals import Json
from tests.discord.fake.stored import stored_components
from tests.discord.fake.world import DIRECT, Attachment, Channel, Message, User, World

SETTABLE = limits.SUPPRESS_EMBEDS | limits.SILENT | limits.COMPONENTS_V2


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A message to be made. `seen_by` makes it ephemeral; `interaction` is the metadata of what it answers."""

    channel: Channel
    author: User
    payload: Json
    uploads: list[Upload]
    file_limit: int
    seen_by: User | None = None
    interaction: Json | None = None
    reply_to: Message | None = None


class Messages:
    """Every change is remembered in the message, told to the gateway and to waiting tests."""

    def __init__(
        self,
        *,
        world: World,
        clock: MovableClock,
        ids: Snowflakes,
        news: News,
        files: FileHost,
        payloads: Payloads,
        gateway: Gateway,
    ) -> None:
        self._world, self._clock, self._ids, self._news = world, clock, ids, news
        self._files, self._payloads, self._gateway = files, payloads, gateway
        self.made: dict[int, Message] = {}

    def make(self, post: Post) -> Message:
        """Raises Refusal for what Discord would not take."""
        flags = (post.payload.get("flags") or 0) & SETTABLE
        check_message(
            Draft(
                payload=post.payload,
                uploads=post.uploads,
                is_v2=bool(flags & limits.COMPONENTS_V2),
                file_limit=post.file_limit,
            )
        )
        message = self._blank(post, flags)
        self._fill(message, post.payload, post.uploads)
        self._mention(message, post.payload, replied=post.reply_to.author if post.reply_to else None)
        self.publish(message)
        return message

    def make_loading(self, post: Post) -> Message:
        """The message that stands for a deferred answer: "... is thinking"."""
        message = self._blank(post, limits.LOADING)
        self.made[message.id] = message.channel.messages[message.id] = message
        self._news.tell()
        return message

    def change(self, message: Message, payload: Json, uploads: list[Upload], *, file_limit: int) -> None:
        """An edit: what the payload does not name stays. It pings nobody, not even where it ends a deferral."""
        flags = payload.get("flags")
        wanted = message.flags if flags is None else flags
        kept = self._kept(message, payload)
        check_message(
            Draft(
                payload=self._standing(message, payload),
                uploads=uploads,
                kept=[each.filename for each in kept],
                is_v2=message.is_v2 or bool(wanted & limits.COMPONENTS_V2),
                was_v2=message.is_v2,
                file_limit=file_limit,
            )
        )
        first = message.is_loading
        message.flags = message.flags & ~limits.LOADING | wanted & limits.COMPONENTS_V2
        message.attachments = kept
        self._fill(message, payload, uploads)
        self._mention(message, payload, replied=None, pings=False)
        if first:
            self.publish(message)
            return
        message.edited = self._clock.now()
        self._tell("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        for each in message.attachments:
            each.gone = True
        event: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild is not None:
            event["guild_id"] = str(message.channel.guild.id)
        if not message.is_ephemeral:
            self._gateway.dispatch("MESSAGE_DELETE", event, channel=message.channel)
        self._news.tell()

    def announce(self, channel: Channel, author: User, kind: int, content: str = "") -> None:
        """What Discord itself writes about what `author` did: a thread was made, a message pinned."""
        message = Message(id=self._ids.next(), channel=channel, author=author, created=self._clock.now(), kind=kind)
        message.content = content
        self.publish(message)

    def pin(self, message: Message, *, pinned: bool) -> None:
        message.pinned_at = self._clock.now() if pinned else None
        told: Json = {"channel_id": str(message.channel.id), "last_pin_timestamp": None}
        guild = {} if message.channel.guild is None else {"guild_id": str(message.channel.guild.id)}
        self._gateway.dispatch("CHANNEL_PINS_UPDATE", told | guild, channel=message.channel)
        self._tell("MESSAGE_UPDATE", message, remember=False)

    def publish(self, message: Message) -> None:
        self.made[message.id] = message.channel.messages[message.id] = message
        message.remember(self._clock.now())
        self._tell("MESSAGE_CREATE", message, remember=False)

    def _blank(self, post: Post, flags: int) -> Message:
        return Message(
            id=self._ids.next(),
            channel=post.channel,
            author=post.author,
            created=self._clock.now(),
            flags=flags | (limits.EPHEMERAL if post.seen_by is not None else 0),
            seen_by=post.seen_by,
            interaction=post.interaction,
            reply_to=post.reply_to,
            reference=post.payload.get("message_reference") and self._reference(post),
            nonce=_text(post.payload.get("nonce")),
        )

    def _reference(self, post: Post) -> Json:
        answer: Json = {"type": 0, "channel_id": str(post.channel.id)}
        answer["message_id"] = str(post.payload["message_reference"]["message_id"])
        return answer if post.channel.guild is None else answer | {"guild_id": str(post.channel.guild.id)}

    def _fill(self, message: Message, payload: Json, uploads: list[Upload]) -> None:
        message.attachments += self._keep(message, payload, uploads)
        if "content" in payload:
            message.content = (payload["content"] or "").strip()
        if "embeds" in payload:
            message.embeds = payload["embeds"] or []
        if "components" in payload:
            message.components = stored_components(payload["components"] or [])
        if message.is_v2:  # files that no component shows are dropped; of two with one name the later one is shown
            shown = used_attachments(message)
            message.attachments = [each for each in message.attachments if each in shown]

    def _keep(self, message: Message, payload: Json, uploads: list[Upload]) -> list[Attachment]:
        told = {int(each["id"]): each for each in payload.get("attachments") or []}
        folder = f"attachments/{message.channel.id}"
        place = folder if not message.is_ephemeral else f"ephemeral-attachments/{self._world.app_id}"
        return [
            self._files.keep(
                File(
                    filename=told.get(each.index, {}).get("filename") or each.filename,
                    content=each.content,
                    description=told.get(each.index, {}).get("description"),
                ),
                place,
            )
            for each in uploads
        ]

    def _kept(self, message: Message, payload: Json) -> list[Attachment]:
        if payload.get("attachments") is None:
            return list(message.attachments)
        named = {int(each["id"]) for each in payload["attachments"]}
        return [each for each in message.attachments if each.id in named]

    def _standing(self, message: Message, payload: Json) -> Json:
        """The payload of an edit beside what stays, so that one form checks the whole."""
        standing: Json = {"content": message.content, "embeds": message.embeds}
        if "components" not in payload:
            standing["components"] = message.components
        return standing | payload

    def _mention(self, message: Message, payload: Json, *, replied: User | None, pings: bool = True) -> None:
        text = "\n".join([message.content, *displayed(message.components)])
        found = find_mentions(
            self._world,
            message.channel,
            message.author,
            text,
            allowed=payload.get("allowed_mentions"),
            replied=replied,
        )
        message.mentioned, message.mentioned_roles = found.users, found.roles
        message.mentions_everyone = found.everyone
        if pings:
            only = {message.seen_by} if message.seen_by is not None else found.pinged
            message.pinged = found.pinged & only

    def _tell(self, event: str, message: Message, *, remember: bool = True) -> None:
        if remember:
            message.remember(self._clock.now())
        if not message.is_ephemeral:
            self._gateway.dispatch(event, self.event(message), channel=message.channel)
        self._news.tell()

    def event(self, message: Message) -> Json:
        """The message as the gateway tells it: without its content where the app may not read it."""
        channel, bot = message.channel, self._world.bot
        readable = channel.kind == DIRECT or message.author is bot or bot in message.mentioned
        answer = self._payloads.message(message, content=readable or self._gateway.reads_content)
        if channel.guild is None:
            return answer
        answer["guild_id"] = str(channel.guild.id)
        membership = channel.guild.members.get(message.author.id)
        if membership is None:
            return answer
        return answer | {"member": {key: value for key, value in member(membership).items() if key != "user"}}


def _text(nonce: str | int | None) -> str | None:
    return None if nonce is None else str(nonce)
