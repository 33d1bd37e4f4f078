"""People: what they can do in Discord's client, and what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.discord.fake import limits
from tests.discord.fake.answers import Answer
from tests.discord.fake.files import File
from tests.discord.fake.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from tests.discord.fake.mentions import find_mentions
from tests.discord.fake.modals import fill_modal
from tests.discord.fake.options import NotOffered, Resolved, Value, as_file, descend, fill_in, nest
from tests.discord.fake.permissions import may
from tests.discord.fake.reading import BUTTON, SELECT, SELECTS, walk
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.channels import reaction
from tests.discord.fake.rest.login import direct_channel
from tests.discord.fake.world import DIRECT, Channel, Message, User

if TYPE_CHECKING:
    from tests.discord.fake.fake import FakeDiscord

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
IN_GUILD, WITH_BOT, ELSEWHERE = 0, 1, 2  # contexts of an interaction


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Person:
    """One person, at one channel. Whatever Discord's client would not offer raises NotOffered."""

    discord: FakeDiscord
    user: User
    channel: Channel

    def __repr__(self) -> str:
        return f"<Person {self.user.name} at {self.channel}>"

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    def at(self, channel: Channel) -> Person:
        """The same person, looking at another channel."""
        return replace(self, channel=channel)

    @property
    def alone(self) -> Person:
        """The same person in the direct conversation with the app."""
        return self.at(direct_channel(self.discord.world, self.discord.ids, self.user.id))

    @property
    def sees(self) -> list[Message]:
        """All messages of the channel that this person sees, oldest first."""
        found = [each for each in self.channel.messages.values() if each.seen_by in (None, self.user)]
        return found if may(self.channel, self.user, "view_channel") else []

    @property
    def pings(self) -> list[Message]:
        """Every message, in any channel, that pinged this person, oldest first; deleted ones too."""
        return [message for message in self.discord.all_messages if self.user in message.pinged]

    @property
    def inbox(self) -> list[Message]:
        """The app's messages in the direct conversation, oldest first."""
        return [each for each in self.alone.sees if each.author is self.discord.bot]

    async def slash(self, name: str, /, **options: Value) -> Answer:
        """Use a slash command; `name` may hold subcommands ("character save"). Waits for the first answer."""
        return await self.answered(self.starts_slash(name, **options))

    def starts_slash(self, name: str, /, **options: Value) -> Answer:
        """The same without waiting."""
        command, words = self._command(SLASH, name)
        known, words = descend(command, words)
        filled, resolved = fill_in(known, options, self.discord.keep_upload)
        data = self._named(command) | {"options": nest(filled, known, words)}
        return self._act(COMMAND, data | self._resolved(resolved), command=command)

    async def autocomplete(self, name: str, option: str, typed: str | float = "", /, **others: Value) -> Answer:
        """Type into an option; the answer's `choices` are what is offered."""
        command, words = self._command(SLASH, name)
        known, words = descend(command, words)
        if not any(each["name"] == option and each.get("autocomplete") for each in known):
            raise NotOffered(f"{option} of /{name} does not autocomplete")
        filled, resolved = fill_in(known, others | {option: typed}, self.discord.keep_upload, focused=option)
        data = self._named(command) | {"options": nest(filled, known, words)}
        return await self.answered(self._act(AUTOCOMPLETE, data | self._resolved(resolved), command=command))

    async def message_menu(self, name: str, message: Message) -> Answer:
        """Apps > `name` on a message. The app sees its attachments, whatever its intents."""
        command, _ = self._command(MESSAGE_MENU, name)
        told = self.discord.payloads.message(message)
        data = self._named(command) | {"target_id": str(message.id), "resolved": {"messages": {str(message.id): told}}}
        return await self.answered(self._act(COMMAND, data, command=command))

    async def user_menu(self, name: str, user: User) -> Answer:
        command, _ = self._command(USER_MENU, name)
        resolved = Resolved(users={str(user.id): user})
        data = self._named(command) | {"target_id": str(user.id)} | self._resolved(resolved)
        return await self.answered(self._act(COMMAND, data, command=command))

    async def press(self, message: Message | Answer, button: str) -> Answer:
        """Press the button with this custom id or label."""
        return await self.answered(self.starts_press(message, button))

    def starts_press(self, message: Message | Answer, button: str) -> Answer:
        message = self._seen(message)
        found = self._component(message, button)
        if found["type"] != BUTTON or "custom_id" not in found:
            raise NotOffered(f"{button} cannot be pressed")
        data: Json = {"component_type": BUTTON, "custom_id": found["custom_id"], "id": found["id"]}
        return self._act(COMPONENT, data, source=message)

    async def choose(self, message: Message | Answer, menu: str, *values: str) -> Answer:
        """Choose from the select menu with this custom id or placeholder."""
        message = self._seen(message)
        found = self._component(message, menu)
        offered = [option["value"] for option in found.get("options") or []]
        if found["type"] not in SELECTS or (found["type"] == SELECT and not set(values) <= set(offered)):
            raise NotOffered(f"{menu} offers {offered}")
        if not found["min_values"] <= len(values) <= found["max_values"]:
            raise NotOffered(f"{menu} takes {found['min_values']} to {found['max_values']} values")
        data: Json = {"component_type": found["type"], "custom_id": found["custom_id"], "values": list(values)}
        return await self.answered(self._act(COMPONENT, data, source=message))

    async def submit_modal(self, opened: Answer, /, **values: Any) -> Answer:
        """Send the form that opened; inputs by custom id or label, uploads as bytes, a File or a list of them.

        What is not named keeps what the app filled in. An input whose name is no identifier goes by `{"Label": value}`
        through `**`.
        """
        components, resolved = fill_modal(opened.modal, opened.labels, values, self.discord.keep_upload)
        data: Json = {"custom_id": opened.modal["custom_id"], "components": components}
        before = opened.interaction
        source = before.source
        answer = self._act(MODAL_SUBMIT, data | self._resolved(resolved), source=source, trigger=before)
        return await self.answered(answer)

    def sends(
        self,
        content: str = "",
        *,
        files: Sequence[bytes | File] = (),
        embeds: Sequence[Json] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write an ordinary message in the channel; `embeds` are what Discord made of links in it."""
        if not may(self.channel, self.user, "view_channel"):
            raise NotOffered(f"{self.user.name} does not see #{self.channel.name}")
        self._enter()
        place = f"attachments/{self.channel.id}"
        message = Message(
            id=self.discord.ids.next(),
            channel=self.channel,
            author=self.user,
            created=self.discord.clock.now(),
            content=content,
            embeds=list(embeds),
            attachments=[self.discord.files.keep(as_file(each), place) for each in files],
            reply_to=reply_to,
            reference=_reference(reply_to),
        )
        found = find_mentions(self.discord.world, self.channel, self.user, content, allowed=None, replied=None)
        message.mentioned = [*found.users, *([reply_to.author] if reply_to else [])]
        self.discord.messages.publish(message)
        return message

    def _enter(self) -> None:
        """Whoever writes in a thread joins it, and opens it again where it was closed but not locked."""
        thread, threads = self.channel, self.discord.threads
        if not thread.is_thread:
            return
        if thread.locked and not may(thread, self.user, "manage_threads"):
            raise NotOffered(f"{thread.name} is locked")
        if thread.archived:
            threads.change(thread, self.user, {"archived": False})
        threads.join(thread, self.user)

    def reacts(self, message: Message, emoji: str) -> None:
        people = message.reactions.setdefault(emoji, [])
        if self.user not in people:
            people.append(self.user)
            told = reaction(message, self.user, emoji)
            self.discord.gateway.dispatch("MESSAGE_REACTION_ADD", told, channel=message.channel)

    def deletes(self, message: Message) -> None:
        """Own messages, and with the permission those of others."""
        own = message.author is self.user or message.seen_by is self.user
        if not own and not may(message.channel, self.user, "manage_messages"):
            raise NotOffered(f"{self.user.name} may not delete that")
        self.discord.messages.delete(message)

    async def answered(self, answer: Answer) -> Answer:
        """Wait until the first answer, or until its three seconds are over."""
        clock, interaction = self.discord.clock, answer.interaction
        end = interaction.created + limits.FIRST_ANSWER_SECONDS
        await self.discord.news.until(lambda: interaction.is_answered or clock.now() > end, seconds=end - clock.now())
        return answer

    def _seen(self, message: Message | Answer) -> Message:
        found = message.message if isinstance(message, Answer) else message
        if found is None or found.deleted:
            raise NotOffered("there is no such message")
        if found.seen_by not in (None, self.user) or not may(found.channel, self.user, "view_channel"):
            raise NotOffered(f"{self.user.name} does not see that message")
        return found

    def _component(self, message: Message, name: str) -> Json:
        found = [
            each
            for each in walk(message.components)
            if name in (each.get("custom_id"), each.get("label"), each.get("placeholder"))
        ]
        if not found:
            there = [each.get("label") or each.get("custom_id") for each in walk(message.components)]
            raise NotOffered(f"no {name} on the message, only {[each for each in there if each]}")
        if found[0].get("disabled"):
            raise NotOffered(f"{name} is greyed out")
        return found[0]

    def _command(self, kind: int, name: str) -> tuple[Json, list[str]]:
        """The registered command by its name, if the client offers it here to this person."""
        first, *words = name.split() if kind == SLASH else [name]
        world, guild = self.discord.world, self.channel.guild
        local = world.guild_commands.get(guild.id, {}) if guild else {}
        commands = [*local.values(), *world.global_commands.values()]
        found = next((each for each in commands if each["type"] == kind and each["name"] == first), None)
        if found is None:
            raise NotOffered(f"there is no command {first}; there are {[each['name'] for each in commands]}")
        if not self._owners(found):
            raise NotOffered(f"{first} is not offered to {self.user.name} here")
        if found["contexts"] is not None and self._context not in found["contexts"]:
            raise NotOffered(f"{first} is not offered in this kind of channel")
        if found["nsfw"] and guild is not None and not self.channel.nsfw:
            raise NotOffered(f"{first} is offered in age-restricted channels only")
        self._check_permissions(found)
        return found, words

    def _check_permissions(self, command: Json) -> None:
        if self.channel.guild is None:
            return
        needed = command["default_member_permissions"]
        if needed is not None and not self.discord.permits(self.channel, self.user, int(needed)):
            raise NotOffered(f"{command['name']} is not offered to {self.user.name}")
        if not may(self.channel, self.user, "view_channel", "use_application_commands"):
            raise NotOffered(f"{self.user.name} may not use commands here")

    @property
    def _context(self) -> int:
        if self.channel.kind != DIRECT:
            return IN_GUILD
        return WITH_BOT if self.discord.bot in self.channel.recipients else ELSEWHERE

    def _owners(self, command: Json | None) -> dict[str, str]:
        """Who installed the app, as far as it counts for this command here."""
        kinds = [0, 1] if command is None else command["integration_types"]
        owners: dict[str, str] = {}
        guild = self.channel.guild
        if 0 in kinds and guild is not None and guild.has_app:
            owners["0"] = str(guild.id)
        if 0 in kinds and self._context == WITH_BOT:
            owners["0"] = "0"
        if 1 in kinds and self.user.installed:
            owners["1"] = str(self.user.id)
        return owners

    def _named(self, command: Json) -> Json:
        answer: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return answer | {"guild_id": command["guild_id"]} if "guild_id" in command else answer

    def _resolved(self, resolved: Resolved) -> Json:
        return self.discord.sender.resolved(resolved, self.channel)

    def _act(
        self,
        kind: int,
        data: Json,
        *,
        command: Json | None = None,
        source: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Answer:
        before = trigger or (self.discord.sender.interaction_of(source) if source else None)
        owners = before.owners if before is not None else self._owners(command)
        interaction = self.discord.sender.send(
            kind=kind,
            user=self.user,
            channel=source.channel if source else self.channel,
            data=data,
            owners=owners,
            context=self._context,
            source=source,
            trigger=trigger,
        )
        return Answer(interaction=interaction)


def _reference(message: Message | None) -> Json | None:
    if message is None:
        return None
    return {"type": 0, "channel_id": str(message.channel.id), "message_id": str(message.id)}
