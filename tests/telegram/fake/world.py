"""What exists in the fake Telegram: people, chats, topics, messages. Plain state; the rules are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.telegram.fake.files import File
from tests.telegram.fake.refusals import Json

PRIVATE, GROUP, SUPERGROUP, CHANNEL = "private", "group", "supergroup", "channel"
OWNER, ADMINISTRATOR, MEMBER, RESTRICTED, LEFT, KICKED = (
    "creator",
    "administrator",
    "member",
    "restricted",
    "left",
    "kicked",
)
ANONYMOUS_ADMIN_ID = 1087968824  # @GroupAnonymousBot, the sender that Telegram shows for anonymous admins
CHANNEL_BOT_ID = 136817688  # @Channel_Bot, the same for whoever writes as a channel
SERVICE_ID = 777000  # Telegram itself, who forwards a linked channel's posts


@dataclass(kw_only=True, slots=True, eq=False)
class User:
    """A person or a bot. `has_started` says whether the bot may write to them; `has_blocked` that they forbade it."""

    id: int
    name: str
    bot: bool = False
    username: str | None = None
    language: str | None = "en"
    has_started: bool = False
    has_blocked: bool = False
    is_deactivated: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Membership:
    """One user in one chat. `rights` are the `can_...` fields of an administrator that are true."""

    user: User
    status: str = MEMBER
    is_anonymous: bool = False
    rights: frozenset[str] = frozenset()

    @property
    def is_inside(self) -> bool:
        return self.status not in (LEFT, KICKED)

    @property
    def is_admin(self) -> bool:
        return self.status in (OWNER, ADMINISTRATOR)


@dataclass(kw_only=True, slots=True, eq=False)
class Topic:
    """A topic of a forum; `id` is that of the service message that opened it."""

    id: int
    name: str
    icon_color: int = 0x6FB9F0
    closed: bool = False
    deleted: bool = False


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Chat:
    """`denied` are `can_send_...` permissions that ordinary members, the bot among them, lack here."""

    id: int
    kind: str
    title: str = ""
    username: str | None = None
    is_forum: bool = False
    members: dict[int, Membership] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[Message] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    migrated_to: Chat | None = None
    deleted: bool = False
    last_message_id: int = 0
    menu_button: Json | None = None

    def __repr__(self) -> str:
        return f"<Chat {self.kind} {self.title or self.id}>"

    @property
    def is_private(self) -> bool:
        return self.kind == PRIVATE

    @property
    def is_group(self) -> bool:
        return self.kind in (GROUP, SUPERGROUP)

    def next_message_id(self) -> int:
        self.last_message_id += 1
        return self.last_message_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """A file in a message. `kind` is the message's field: photo, document, sticker, video, animation, audio, voice."""

    kind: str
    file: File
    spoiler: bool = False
    above: bool = False  # whether the caption stands above it


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What a message said at one time."""

    at: float
    text: str
    entities: tuple[Json, ...]
    media: Media | None
    keyboard: Json | None


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Message:
    """A message with everything it ever said. `text` is the caption where there is `media`."""

    id: int
    chat: Chat
    sender: User
    date: float
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    media: Media | None = None
    keyboard: Json | None = None  # an inline one
    markup: Json | None = None  # any other: force_reply, a custom keyboard, its removal
    topic: Topic | None = None
    reply_to: Message | None = None
    quote: str | None = None
    sender_chat: Chat | None = None
    origin: Json | None = None  # of a forward
    album: str | None = None
    via_bot: User | None = None
    service: Json | None = None  # fields of a service message
    inline_id: str | None = None
    silent: bool = False
    protected: bool = False
    edited: float | None = None
    deleted: bool = False
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    history: list[Version] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Message {self.id} of {self.sender.name} in {self.chat}: {self.text[:80]!r}>"

    @property
    def edits(self) -> int:
        """How often it was changed after it was sent."""
        return max(0, len(self.history) - 1)

    @property
    def buttons(self) -> dict[str, str]:
        """Callback data by the labels of the buttons that send some."""
        return {each["text"]: each["callback_data"] for row in self.rows for each in row if "callback_data" in each}

    @property
    def rows(self) -> list[list[Json]]:
        """The inline keyboard, button by button."""
        return self.keyboard["inline_keyboard"] if self.keyboard else []

    @property
    def labels(self) -> list[str]:
        """Of all its buttons, in order."""
        return [each["text"] for row in self.rows for each in row]

    @property
    def file(self) -> File | None:
        """What it carries: of a photo the largest size."""
        return None if self.media is None else self.media.file

    @property
    def content(self) -> bytes:
        """The bytes that a person would save."""
        assert self.media is not None, f"{self} carries no file"
        return self.media.file.content

    @property
    def is_photo(self) -> bool:
        return self.media is not None and self.media.kind == "photo"

    def remember(self, at: float) -> None:
        self.history.append(
            Version(at=at, text=self.text, entities=tuple(self.entities), media=self.media, keyboard=self.keyboard)
        )


@dataclass(kw_only=True, slots=True, eq=False)
class World:
    """Everything, flat, by id. `reads_all` is the bot's privacy mode switched off."""

    bot: User
    reads_all: bool = False
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    inline: dict[str, Message] = field(default_factory=dict)
    made: list[Message] = field(default_factory=list)

    def chat_of(self, user: User) -> Chat:
        """The private chat of this person and the bot."""
        chat = self.chats.get(user.id)
        if chat is None:
            chat = Chat(id=user.id, kind=PRIVATE, title=user.name, username=user.username)
            chat.members = {each.id: Membership(user=each) for each in (user, self.bot)}
            self.chats[chat.id] = chat
        return chat

    def publish(self, message: Message) -> Message:
        message.chat.messages[message.id] = message
        self.made.append(message)
        message.remember(message.date)
        return message
