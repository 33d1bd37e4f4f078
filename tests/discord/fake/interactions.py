"""Interactions from the press of a button to the last follow-up, with their two clocks: 3 seconds and 15 minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.discord.fake import limits, payloads, refusals
from tests.discord.fake.clock import MovableClock, News, Snowflakes
from tests.discord.fake.component_form import check_modal
from tests.discord.fake.message_form import Upload
from tests.discord.fake.messages import Messages, Post
from tests.discord.fake.permissions import may
from tests.discord.fake.refusals import Form, Json
from tests.discord.fake.world import Channel, Message, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5  # kinds of interactions
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9  # kinds of first answers
ALLOWED = {
    COMMAND: {REPLY, DEFER, MODAL},
    COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {REPLY, DEFER},
}


@dataclass(kw_only=True, slots=True, eq=False, repr=False)
class Interaction:
    """What a person did, and everything the app answered to it. `owners` are who installed the app, as Discord says it:
    "0" for the guild, "1" for the person. `file_limit` in bytes."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    created: float
    owners: dict[str, str]
    data: Json
    file_limit: int
    source: Message | None = None  # whose component was used
    trigger: Interaction | None = None  # what opened the modal
    answer: int | None = None
    answered_at: float | None = None
    response: Message | None = None
    follow_ups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    def __repr__(self) -> str:
        return f"<Interaction {self.kind} of {self.user.name}, answer {self.answer}>"

    @property
    def is_answered(self) -> bool:
        return self.answer is not None

    @property
    def guild_has_app(self) -> bool:
        return "0" in self.owners

    @property
    def metadata(self) -> Json:
        """As messages carry it."""
        answer: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": payloads.user(self.user),
            "authorizing_integration_owners": self.owners,
        }
        if self.kind == COMPONENT and self.source is not None:
            answer["interacted_message_id"] = str(self.source.id)
        if self.kind == MODAL_SUBMIT and self.trigger is not None:
            answer["triggering_interaction_metadata"] = self.trigger.metadata
        return answer


@dataclass(kw_only=True, slots=True, eq=False)
class Interactions:
    """All interactions, and the rules for answering them."""

    world: World
    clock: MovableClock
    ids: Snowflakes
    news: News
    messages: Messages
    by_id: dict[int, Interaction] = field(default_factory=dict)
    by_token: dict[str, Interaction] = field(default_factory=dict)

    def open(
        self,
        *,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        owners: dict[str, str],
        source: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Interaction:
        interaction = Interaction(
            id=self.ids.next(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            user=user,
            channel=channel,
            created=self.clock.now(),
            owners=owners,
            data=data,
            file_limit=channel.guild.attachment_limit if channel.guild else limits.FILE_BYTES,
            source=source,
            trigger=trigger,
        )
        self.by_id[interaction.id] = self.by_token[interaction.token] = interaction
        return interaction

    def unanswered(self, interaction_id: int, token: str) -> Interaction:
        """The interaction that may still get its first answer; raises Refusal otherwise."""
        found = self.by_id.get(interaction_id)
        if found is None or found.token != token:
            raise refusals.unknown("interaction")
        if found.is_answered:
            raise refusals.already_acknowledged()
        if self.clock.now() - found.created > limits.FIRST_ANSWER_SECONDS:
            raise refusals.unknown("interaction")
        return found

    def alive(self, token: str) -> Interaction:
        """The interaction that may be followed up by `token`; raises Refusal otherwise."""
        found = self.by_token.get(token)
        if found is None or not found.is_answered:
            raise refusals.unknown("Webhook")
        if self.clock.now() - found.created > limits.TOKEN_SECONDS:
            raise refusals.invalid_webhook_token()
        return found

    def respond(self, interaction: Interaction, answer: int, data: Json, uploads: list[Upload]) -> None:
        """The first answer."""
        allowed = set(ALLOWED[interaction.kind])
        if interaction.kind == MODAL_SUBMIT and interaction.source is not None:
            allowed |= {DEFER_UPDATE, UPDATE}
        if answer not in allowed:
            form = Form()
            form.fault(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {sorted(allowed)}.")
            form.check()
        self._respond(interaction, answer, data, uploads)
        interaction.answer, interaction.answered_at = answer, self.clock.now()
        self.news.tell()

    def _respond(self, interaction: Interaction, answer: int, data: Json, uploads: list[Upload]) -> None:
        if answer == REPLY:
            interaction.response = self.messages.make(self._post(interaction, data, uploads))
        elif answer == DEFER:
            _check_defer(data)
            interaction.response = self.messages.make_loading(self._post(interaction, data, uploads))
        elif answer in (UPDATE, DEFER_UPDATE):
            assert interaction.source is not None, "only components and their modals update"
            interaction.response = interaction.source
            if answer == UPDATE:
                self.messages.change(interaction.source, data, uploads, file_limit=interaction.file_limit)
        elif answer == MODAL:
            form = Form()
            check_modal(form, data)
            form.check()
            interaction.modal = data
        else:
            interaction.choices = _choices(data)

    def follow_up(self, interaction: Interaction, payload: Json, uploads: list[Upload]) -> Message:
        """A further message. The first one after a deferral takes the place of "... is thinking"."""
        response = interaction.response
        if response is not None and response.is_loading and not response.deleted:
            self.messages.change(response, payload, uploads, file_limit=interaction.file_limit)
            return response
        if not interaction.guild_has_app and len(interaction.follow_ups) >= limits.FOLLOW_UPS_OF_USER_INSTALLS:
            raise refusals.too_many_follow_ups()
        message = self.messages.make(self._post(interaction, payload, uploads))
        interaction.follow_ups.append(message)
        self.news.tell()
        return message

    def message_of(self, interaction: Interaction, which: str) -> Message:
        """`@original` or the id of a message that answered this interaction."""
        answers = [message for message in (interaction.response, *interaction.follow_ups) if message is not None]
        if which == "@original":
            answers, which = answers[:1] if interaction.response else [], ""
        for message in answers:
            if not message.deleted and which in ("", str(message.id)):
                return message
        raise refusals.unknown("Message")

    def _post(self, interaction: Interaction, payload: Json, uploads: list[Upload]) -> Post:
        hidden = bool((payload.get("flags") or 0) & limits.EPHEMERAL) or self._must_hide(interaction)
        return Post(
            channel=interaction.channel,
            author=self.world.bot,
            payload=payload,
            uploads=uploads,
            file_limit=interaction.file_limit,
            seen_by=interaction.user if hidden else None,
            interaction=interaction.metadata,
        )

    def _must_hide(self, interaction: Interaction) -> bool:
        """A guild may let the apps of its members speak to them alone."""
        if interaction.guild_has_app or interaction.channel.guild is None:
            return False
        return not may(interaction.channel, interaction.user, "use_external_apps")


def _check_defer(data: Json) -> None:
    others = {key: value for key, value in data.items() if key not in ("flags", "tts") and value}
    if others or (data.get("flags") or 0) & ~limits.EPHEMERAL:
        form = Form()
        form.fault(("data",), "INTERACTION_DEFER_INVALID", "Deferring may set the ephemeral flag and nothing else")
        form.check()


def _choices(data: Json) -> list[Json]:
    found: list[Json] = data.get("choices") or []
    form = Form()
    form.between(("data", "choices"), len(found), 0, limits.CHOICES)
    for index, choice in enumerate(found):
        form.between(("data", "choices", index, "name"), len(choice["name"]), 1, limits.CHOICE_TEXT)
        form.at_most(("data", "choices", index, "value"), choice["value"], limits.CHOICE_TEXT)
    form.check()
    return found
