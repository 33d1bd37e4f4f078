"""What exists in the fake Discord: people, guilds, channels, messages. Plain state; the rules are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from discord import Permissions

from tests.discord.fake import limits
from tests.discord.fake.reading import BUTTON, message_text, pictures, walk
from tests.discord.fake.refusals import Json

TEXT, DIRECT, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12  # kinds of channels
USUAL = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    add_reactions=True,
    use_application_commands=True,
    use_external_apps=True,
    create_public_threads=True,
).value


@dataclass(kw_only=True, slots=True, eq=False)
class User:
    """A person or a bot. `installed` says whether this person has installed the app for themselves."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    takes_direct_messages: bool = True
    installed: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Role:
    """Permissions is Discord's bit set."""

    id: int
    name: str
    permissions: int
    position: int = 0


@dataclass(kw_only=True, slots=True, eq=False)
class Overwrite:
    """What one channel gives or takes from one role or one member."""

    id: int
    of_member: bool
    allow: int = 0
    deny: int = 0


@dataclass(kw_only=True, slots=True, eq=False)
class Membership:
    """One user in one guild."""

    user: User
    joined: float
    roles: list[Role] = field(default_factory=list)


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Guild:
    """A server. The role with the guild's own id is @everyone."""

    id: int
    name: str
    owner: User
    locale: str = "en-US"
    attachment_limit: int = limits.FILE_BYTES
    has_app: bool = True
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Channel:
    """A text channel, a thread of one, or a direct conversation."""

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    nsfw: bool = False
    archived: bool = False  # this one and what follows: of threads
    archived_at: float = 0.0
    active_at: float = 0.0  # when it was last opened; a message counts as well
    archive_minutes: int = 1440
    locked: bool = False
    slow_seconds: int = 0
    joined: list[User] = field(default_factory=list)
    owner: User | None = None
    recipients: list[User] = field(default_factory=list)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Channel {self.name or self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.kind in (PUBLIC_THREAD, PRIVATE_THREAD)


@dataclass(kw_only=True, slots=True, eq=False)
class Attachment:
    """A file on the file host. `declared_size` is what Discord says; a test may let it differ from the bytes."""

    id: int
    filename: str
    content: bytes
    content_type: str
    declared_size: int
    width: int | None = None
    height: int | None = None
    description: str | None = None
    spoiler: bool = False
    place: str = ""  # the folder on the file host: attachments/<channel> or ephemeral-attachments/<app>
    gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What a message said at one time."""

    at: float
    content: str
    embeds: list[Json]
    components: list[Json]
    attachments: tuple[Attachment, ...]


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Message:
    """A message with everything it ever said. `seen_by` is the one person who sees an ephemeral one."""

    id: int
    channel: Channel
    author: User
    created: float
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    edited: float | None = None
    deleted: bool = False
    reply_to: Message | None = None
    reference: Json | None = None
    seen_by: User | None = None
    interaction: Json | None = None  # its metadata
    nonce: str | None = None
    mentioned: list[User] = field(default_factory=list)
    mentioned_roles: list[Role] = field(default_factory=list)
    mentions_everyone: bool = False
    pinged: set[User] = field(default_factory=set)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    history: list[Version] = field(default_factory=list)
    kind: int = 0  # other than 0 what Discord itself writes: a thread was made, a message pinned
    pinned_at: float | None = None
    has_thread: bool = False

    def __repr__(self) -> str:
        return f"<Message {self.id} of {self.author.name}: {self.text[:80]!r}>"

    @property
    def is_loading(self) -> bool:
        """Whether it still says "... is thinking"."""
        return bool(self.flags & limits.LOADING)

    @property
    def is_ephemeral(self) -> bool:
        return self.seen_by is not None

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & limits.COMPONENTS_V2)

    @property
    def edits(self) -> int:
        """How often it was changed after it first said something."""
        return max(0, len(self.history) - 1)

    @property
    def text(self) -> str:
        """All that can be read in it, in order: content, embeds, components."""
        return message_text(self)

    @property
    def buttons(self) -> dict[str, str]:
        """Custom ids by the labels of the buttons that can be pressed."""
        return {
            each.get("label", ""): each["custom_id"]
            for each in walk(self.components)
            if each["type"] == BUTTON and "custom_id" in each and not each.get("disabled")
        }

    @property
    def alt_texts(self) -> list[str | None]:
        """Of every picture shown, in order: those in components, then attachments."""
        inside = [item.get("description") for each in walk(self.components) for item in pictures(each)]
        return inside or [each.description for each in self.attachments]

    @property
    def files(self) -> dict[str, bytes]:
        return {each.filename: each.content for each in self.attachments}

    def remember(self, at: float) -> None:
        self.history.append(
            Version(
                at=at,
                content=self.content,
                embeds=list(self.embeds),
                components=list(self.components),
                attachments=tuple(self.attachments),
            )
        )


@dataclass(kw_only=True, slots=True, eq=False)
class World:
    """Everything, flat, by id."""

    app_id: int
    bot: User
    owner: User
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    global_commands: dict[int, Json] = field(default_factory=dict)
    guild_commands: dict[int, dict[int, Json]] = field(default_factory=dict)

    def find_message(self, message_id: int) -> Message | None:
        for channel in self.channels.values():
            if message_id in channel.messages:
                return channel.messages[message_id]
        return None
