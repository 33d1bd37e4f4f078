"""Routes of the guilds that the app is in, their members and roles."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import payloads, refusals
from tests.discord.fake.permissions import permissions_in
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.reach import Reach
from tests.discord.fake.rest.routing import Call, Reply, Routes
from tests.discord.fake.world import TEXT, Guild

MOST = 200  # guilds in one answer
NOTHING: Json = dict.fromkeys(
    (
        "icon",
        "description",
        "home_header",
        "splash",
        "discovery_splash",
        "banner",
        "application_id",
        "afk_channel_id",
        "system_channel_id",
        "widget_channel_id",
        "vanity_url_code",
        "rules_channel_id",
        "safety_alerts_channel_id",
        "public_updates_channel_id",
        "incidents_data",
        "max_presences",
    )
)
USUAL: Json = {
    "features": [],
    "emojis": [],
    "stickers": [],
    "region": "deprecated",
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_members": 25_000_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class GuildRoutes:
    """Guilds without the app are not there for it."""

    reach: Reach

    @property
    def routes(self) -> Routes:
        return {
            "GET /users/@me/guilds": self._mine,
            "GET /guilds/{guild_id}": self._guild,
            "GET /guilds/{guild_id}/channels": self._channels,
            "GET /guilds/{guild_id}/members/{user_id}": self._member,
            "GET /guilds/{guild_id}/roles": lambda call: Reply(body=_roles(self.reach.guild(call))),
        }

    def _mine(self, call: Call) -> Reply:
        after, most = int(call.query.get("after", 0)), int(call.query.get("limit", MOST))
        mine = [each for each in self.reach.world.guilds.values() if each.has_app and each.id > after]
        counted = call.query.get("with_counts", "false").lower() in ("true", "1")
        return Reply(body=[self._short(each) | (_counts(each) if counted else {}) for each in mine[:most]])

    def _short(self, guild: Guild) -> Json:
        channels = [each for each in guild.channels.values() if each.kind == TEXT]
        allowed = permissions_in(channels[0], self.reach.world.bot) if channels else guild.everyone.permissions
        answer: Json = {"id": str(guild.id), "name": guild.name, "icon": None, "banner": None, "owner": False}
        return answer | {"permissions": str(allowed), "features": []}

    def _guild(self, call: Call) -> Reply:
        guild = self.reach.guild(call)
        counted = call.query.get("with_counts", "false").lower() in ("true", "1")
        answer: Json = {"id": str(guild.id), "name": guild.name, "owner_id": str(guild.owner.id)}
        answer |= {"preferred_locale": guild.locale, "roles": _roles(guild)}
        return Reply(body=NOTHING | USUAL | answer | (_counts(guild) if counted else {}))

    def _channels(self, call: Call) -> Reply:
        channels = [each for each in self.reach.guild(call).channels.values() if not each.is_thread]
        return Reply(body=[payloads.channel(each) for each in channels])

    def _member(self, call: Call) -> Reply:
        guild = self.reach.world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.has_app:
            raise refusals.missing_access() if guild else refusals.unknown("Guild")
        membership = guild.members.get(call.id("user_id"))
        if membership is None:
            raise refusals.unknown("Member")
        return Reply(body=payloads.member(membership))


def _roles(guild: Guild) -> list[Json]:
    return [payloads.role(each) for each in guild.roles.values()]


def _counts(guild: Guild) -> Json:
    return {"approximate_member_count": len(guild.members), "approximate_presence_count": len(guild.members)}
