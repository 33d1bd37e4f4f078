"""Routes of application commands."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import refusals
from tests.discord.fake.clock import News, Snowflakes
from tests.discord.fake.command_form import check_commands
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.routing import NO_CONTENT, Call, Reply, Routes
from tests.discord.fake.world import World

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


@dataclass(kw_only=True, slots=True, eq=False)
class CommandRoutes:
    """`overwrites` counts how often all commands were set at once."""

    world: World
    ids: Snowflakes
    news: News
    overwrites: int = 0

    @property
    def routes(self) -> Routes:
        routes: Routes = {}
        for place in (GLOBAL, GUILD):
            one = f"{place}/{{command_id}}"
            routes |= {f"GET {place}": self._list, f"PUT {place}": self._overwrite, f"POST {place}": self._add}
            routes |= {f"GET {one}": self._get, f"PATCH {one}": self._edit, f"DELETE {one}": self._delete}
        return routes

    def _commands(self, call: Call) -> dict[int, Json]:
        if call.id("application_id") != self.world.app_id:
            raise refusals.missing_access()
        if "guild_id" not in call.params:
            return self.world.global_commands
        guild = self.world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.has_app:
            raise refusals.missing_access()
        return self.world.guild_commands.setdefault(guild.id, {})

    def _list(self, call: Call) -> Reply:
        return Reply(body=list(self._commands(call).values()))

    def _overwrite(self, call: Call) -> Reply:
        commands = self._commands(call)
        wanted: list[Json] = call.body
        check_commands(wanted)
        old = {(each["type"], each["name"]): number for number, each in commands.items()}
        commands.clear()
        for each in wanted:
            number = old.get((each.get("type") or 1, each["name"])) or self.ids.next()
            commands[number] = self._stored(call, number, each)
        self.overwrites += 1
        self.news.tell()
        return Reply(body=list(commands.values()))

    def _add(self, call: Call) -> Reply:
        commands = self._commands(call)
        rest = {
            number: each
            for number, each in commands.items()
            if (each["type"], each["name"]) != (call.payload.get("type") or 1, call.payload["name"])
        }
        check_commands([*rest.values(), call.payload])
        number = next(iter(commands.keys() - rest.keys()), None)
        status = 201 if number is None else 200
        number = number or self.ids.next()
        commands[number] = self._stored(call, number, call.payload)
        self.news.tell()
        return Reply(status=status, body=commands[number])

    def _get(self, call: Call) -> Reply:
        return Reply(body=self._one(call))

    def _edit(self, call: Call) -> Reply:
        commands, command = self._commands(call), self._one(call)
        changed = command | call.payload
        check_commands([*(each for each in commands.values() if each is not command), changed])
        commands[int(command["id"])] = self._stored(call, int(command["id"]), changed)
        return Reply(body=commands[int(command["id"])])

    def _delete(self, call: Call) -> Reply:
        del self._commands(call)[int(self._one(call)["id"])]
        return NO_CONTENT

    def _one(self, call: Call) -> Json:
        found = self._commands(call).get(call.id("command_id"))
        if found is None:
            raise refusals.unknown("application command")
        return found

    def _stored(self, call: Call, number: int, command: Json) -> Json:
        """With Discord's defaults; empty members are left out of options, as Discord does."""
        permissions = command.get("default_member_permissions")
        answer: Json = {
            "id": str(number),
            "application_id": str(self.world.app_id),
            "version": str(self.ids.next()),
            "type": command.get("type") or 1,
            "name": command["name"],
            "description": command.get("description") or "",
            "default_member_permissions": None if permissions is None else str(permissions),
            "nsfw": command.get("nsfw") or False,
            "integration_types": command.get("integration_types") or [0],
            "contexts": command.get("contexts"),
            "options": [_without_empty(each) for each in command.get("options") or []],
            "name_localizations": command.get("name_localizations"),
            "description_localizations": command.get("description_localizations"),
        }
        return answer | {"guild_id": call.params["guild_id"]} if "guild_id" in call.params else answer


def _without_empty(option: Json) -> Json:
    kept = {key: value for key, value in option.items() if value is not None}
    if "options" in kept:
        kept["options"] = [_without_empty(each) for each in kept["options"]]
    if "choices" in kept:
        kept["choices"] = [_without_empty(each) for each in kept["choices"]]
    return kept
