"""The world as Discord writes it in JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.discord.fake import limits
from tests.discord.fake.files import HOSTS, FileHost
from tests.discord.fake.permissions import permissions_in
from tests.discord.fake.reading import media, walk
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import (
    TEXT,
    Attachment,
    Channel,
    Guild,
    Membership,
    Message,
    Role,
    User,
    World,
)

ATTACHED = "attachment://"


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user(who: User) -> Json:
    answer: Json = {
        "id": str(who.id),
        "username": who.name,
        "global_name": None if who.bot else who.name,
        "discriminator": "0000" if who.bot else "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return answer | {"bot": True} if who.bot else answer


def me(bot: User) -> Json:
    return user(bot) | {"mfa_enabled": True, "locale": bot.locale, "verified": True, "email": None}


def application(world: World) -> Json:
    return {
        "id": str(world.app_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(world.owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": {"0": {}, "1": {}},
    }


def role(each: Role) -> Json:
    return {
        "id": str(each.id),
        "name": each.name,
        "description": None,
        "permissions": str(each.permissions),
        "position": each.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member(membership: Membership) -> Json:
    return {
        "user": user(membership.user),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(each.id) for each in membership.roles],
        "joined_at": timestamp(membership.joined),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def channel(each: Channel, viewer: User | None = None) -> Json:
    """`viewer` is told whether it has joined a thread."""
    last = max(each.messages, default=None)
    answer: Json = {
        "id": str(each.id),
        "type": each.kind,
        "flags": 0,
        "last_message_id": None if last is None else str(last),
    }
    if each.guild is None:
        return answer | {"recipients": [user(who) for who in each.recipients if not who.bot]}
    answer |= {"guild_id": str(each.guild.id), "name": each.name}
    answer |= {"parent_id": None if each.parent is None else str(each.parent.id)}
    if each.is_thread:
        joined = viewer is not None and viewer in each.joined
        return answer | _thread(each) | ({"member": thread_member(each, viewer)} if viewer and joined else {})
    return answer | {
        "position": 0,
        "nsfw": each.nsfw,
        "topic": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {"id": str(one.id), "type": int(one.of_member), "allow": str(one.allow), "deny": str(one.deny)}
            for one in each.overwrites.values()
        ],
    }


def _thread(each: Channel) -> Json:
    assert each.owner is not None, "a thread has an owner"
    return {
        "owner_id": str(each.owner.id),
        "message_count": len(each.messages),
        "member_count": len(each.joined),
        "total_message_sent": len(each.messages),
        "rate_limit_per_user": each.slow_seconds,
        "thread_metadata": {
            "archived": each.archived,
            "archive_timestamp": timestamp(each.archived_at),
            "auto_archive_duration": each.archive_minutes,
            "locked": each.locked,
        },
    }


def thread_member(thread: Channel, who: User) -> Json:
    return {"id": str(thread.id), "user_id": str(who.id), "join_timestamp": timestamp(thread.active_at), "flags": 0}


def guild_create(guild: Guild) -> Json:
    """The event that makes a guild known; without the members intent it lists few, and here the bots alone."""
    channels = list(guild.channels.values())
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [role(each) for each in guild.roles.values()],
        "channels": [channel(each) for each in channels if each.kind == TEXT],
        "threads": [channel(each) for each in channels if each.is_thread and not each.archived],
        "members": [member(each) for each in guild.members.values() if each.user.bot],
        "member_count": len(guild.members),
        "preferred_locale": guild.locale,
        "features": [],
        "emojis": [],
        "stickers": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "unavailable": False,
        "large": False,
        "verification_level": 0,
        "premium_tier": 0,
        "nsfw_level": 0,
        "system_channel_flags": 0,
        "joined_at": timestamp(0),
    }


def interaction_channel(each: Channel, who: User) -> Json:
    return channel(each) | {"permissions": str(permissions_in(each, who))}


class Payloads:
    """Those payloads that hold links to files."""

    def __init__(self, world: World, files: FileHost) -> None:
        self._world = world
        self._files = files

    def attachment(self, each: Attachment) -> Json:
        answer: Json = {
            "id": str(each.id),
            "filename": each.filename,
            "size": each.declared_size,
            "url": self._files.link(each),
            "proxy_url": self._files.link(each, HOSTS[1]),
            "content_type": each.content_type,
            "flags": limits.SPOILER_FLAG if each.spoiler else 0,
        }
        optional: Json = {"width": each.width, "height": each.height, "description": each.description}
        optional["ephemeral"] = True if each.place.startswith("ephemeral") else None
        return answer | {key: value for key, value in optional.items() if value is not None}

    def message(self, message: Message, *, content: bool = True) -> Json:
        """As REST answers and events tell it; without `content` as for a bot that lacks that intent."""
        answer = self._frame(message)
        if content:
            answer |= self._body(message)
        else:
            answer |= {"content": "", "embeds": [], "attachments": [], "components": []}
        if message.interaction is not None:
            answer |= {"interaction_metadata": message.interaction, "application_id": str(self._world.app_id)}
            answer |= {"webhook_id": str(self._world.app_id)}
        if message.nonce is not None:
            answer["nonce"] = message.nonce
        return answer | self._reply(message) | self._reactions(message)

    def _frame(self, message: Message) -> Json:
        kind = 0 if message.reply_to is None and message.reference is None else 19
        kind = message.kind or kind
        if message.interaction is not None and message.interaction["type"] == 2:
            kind = 20
        return {
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "type": kind,
            "author": user(message.author),
            "timestamp": timestamp(message.created),
            "edited_timestamp": None if message.edited is None else timestamp(message.edited),
            "flags": message.flags | (limits.HAS_THREAD if message.has_thread else 0),
            "mentions": [user(who) for who in message.mentioned],
            "mention_roles": [str(each.id) for each in message.mentioned_roles],
            "mention_everyone": message.mentions_everyone,
            "pinned": message.pinned_at is not None,
            "tts": False,
        }

    def _body(self, message: Message) -> Json:
        """Files that a component or an embed shows are listed there alone, as Discord does on purpose."""
        shown = used_attachments(message)
        named = {each.filename: each for each in message.attachments}
        return {
            "content": message.content,
            "embeds": [self._embed(each, named) for each in message.embeds],
            "attachments": [self.attachment(each) for each in message.attachments if each not in shown],
            "components": [self._component(each, named) for each in message.components],
        }

    def _embed(self, embed: Json, named: dict[str, Attachment]) -> Json:
        answer: Json = {"type": "rich"} | {key: value for key, value in embed.items() if value is not None}
        for part in ("image", "thumbnail"):
            link = (embed.get(part) or {}).get("url", "")
            if link.startswith(ATTACHED):
                answer[part] = {"url": self._files.link(named[link.removeprefix(ATTACHED)])}
        return answer

    def _component(self, component: Json, named: dict[str, Attachment]) -> Json:
        answer = dict(component)
        for key in ("media", "file"):
            if key in component:
                answer[key] = self._media(component[key], named)
        for key in ("components", "items"):
            if key in component:
                answer[key] = [self._component(each, named) for each in component[key]]
        if "accessory" in component:
            answer["accessory"] = self._component(component["accessory"], named)
        if component.get("type") == 13:
            attachment = named[component["file"]["url"].removeprefix(ATTACHED)]
            answer |= {"name": attachment.filename, "size": attachment.declared_size}
        return answer

    def _media(self, item: Json, named: dict[str, Attachment]) -> Json:
        link: str = item["url"]
        if not link.startswith(ATTACHED):
            return {"id": "0", "url": link, "proxy_url": link}
        attachment = named[link.removeprefix(ATTACHED)]
        return {
            "id": str(attachment.id),
            "url": self._files.link(attachment),
            "proxy_url": self._files.link(attachment, HOSTS[1]),
            "attachment_id": str(attachment.id),
            "width": attachment.width,
            "height": attachment.height,
            "content_type": attachment.content_type,
        }

    def _reply(self, message: Message) -> Json:
        if message.reference is None:
            return {}
        quoted = message.reply_to
        there = quoted is not None and not quoted.deleted
        body = self._frame(quoted) | self._body(quoted) if quoted and there else None
        return {"message_reference": message.reference, "referenced_message": body}

    def _reactions(self, message: Message) -> Json:
        return {
            "reactions": [
                {
                    "emoji": {"id": None, "name": emoji},
                    "count": len(people),
                    "count_details": {"burst": 0, "normal": len(people)},
                    "burst_colors": [],
                    "me_burst": False,
                    "me": self._world.bot in people,
                }
                for emoji, people in message.reactions.items()
                if people
            ]
        }


def used_attachments(message: Message) -> set[Attachment]:
    """The files that a component or an embed of the message shows."""
    links = [item["url"] for each in walk(message.components) for item in media(each)]
    links += [(embed.get(part) or {}).get("url", "") for embed in message.embeds for part in ("image", "thumbnail")]
    names = {link.removeprefix(ATTACHED) for link in links if link.startswith(ATTACHED)}
    latest = {each.filename: each for each in message.attachments}
    return {each for each in latest.values() if each.filename in names}
