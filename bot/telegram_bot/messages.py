"""What people write and send on Telegram: which command it is, and which pictures it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import Message, Update
from telegram.error import TelegramError

from bot.answers import Reply
from bot.commands import COMMANDS
from bot.conversation import press
from bot.languages.choice import language_of
from bot.parsing import hidden, parse, spec_of
from bot.replies import say
from bot.sessions import is_idea
from bot.telegram_bot.answers import Answers, lines_of
from bot.telegram_bot.client import Bot
from bot.telegram_bot.given import Given, given_in
from bot.telegram_bot.making import Making, Order
from bot.telegram_bot.people import People, Spot, number_of, spot_in, spot_of
from bot.telegram_bot.privacy import is_for_one, said_to_all
from bot.telegram_bot.prompts import Prompt, forced, prompt_in, prompt_text
from bot.telegram_bot.results import Results
from bot.telegram_bot.sitting import Sitting
from bot.telegram_bot.speaking import Speaker, Spoken
from bot.telegram_bot.waiting import SECONDS, Key, Waiting
from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.names import JobId
from core.errors import InputError, PictureError, RefusedError
from core.service.service import Asker, Service

_SAVE, _IMPORT = "save", "import"  # actions of /character
_ID = 16  # characters of a job's id
_TOO_OLD = 3600.0  # seconds after which what was written while nobody was here is not done without asking
_LOOKS = {"": "full", "full": "full", "info": "info", "original": "original"}  # what /start links open


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One message, or the several of an album. `line` is what it says to the bot, None where it says nothing to it."""

    message: Message
    pictures: tuple[Given, ...]
    line: str | None
    prompt: Prompt | None
    asker: Asker
    language: str
    at: float

    @property
    def key(self) -> Key:
        return (self.message.chat.id, self.asker.person)

    @property
    def spot(self) -> Spot:
        return spot_in(self.message)

    @property
    def order(self) -> Order:
        """An edited message asks anew."""
        message = self.message
        edited = int(message.edit_date.timestamp()) if message.edit_date else 0
        name = f"telegram:{message.chat.id}:{message.message_id}:{edited}"
        answers = str(message.message_id) if self.asker.place == self.spot.place else None
        return Order(asker=self.asker, language=self.language, name=name, at=self.at, answers=answers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Messages:
    """`bot` has logged in. Everything here raises RestyleError for the person, TROUBLE for Telegram."""

    service: Service
    bot: Bot
    people: People
    making: Making
    answers: Answers
    speaker: Speaker
    waiting: Waiting
    results: Results
    sitting: Sitting
    clock: Clock

    async def hear(self, updates: Sequence[Update], at: float) -> Heard | None:
        """What is meant for the bot; None for all that people tell each other."""
        messages = [update.effective_message for update in updates if update.effective_message]
        message = next((each for each in messages if each.text or each.caption), messages[0])
        if message.is_automatic_forward or (message.from_user and message.from_user.id == self.bot.id):
            return None
        prompt = prompt_in(message.reply_to_message, self.bot.id)
        pictures = tuple(filter(None, map(given_in, messages)))
        line = self._line(message, prompt)
        replied = message.reply_to_message
        is_to_us = replied is not None and replied.from_user is not None and replied.from_user.id == self.bot.id
        if line is None and not pictures and not message.is_topic_message and not is_to_us:
            return None
        asker = await self.people.writer(message)
        language = await language_of(self.service, asker)
        return Heard(
            message=message, pictures=pictures, line=line, prompt=prompt, asker=asker, language=language, at=at
        )

    async def do(self, heard: Heard) -> None:
        """Answer it."""
        line = heard.line
        if line is None and heard.pictures:
            line = self.waiting.line(heard.key)
        elif line is None and (idea := await self.sitting.idea_in(heard.message, heard.asker)):
            await self._command(heard, idea)  # as long as its session goes on it is wanted
            return
        if not line:
            await self._keep(heard)
            return
        if self.clock.now() - heard.message.date.timestamp() > _TOO_OLD:
            await self._tell(heard, say("telegram.too-old", heard.language))
            return
        name, _, rest = line.removeprefix("/").partition(" ")
        if line.startswith("/") and name.lower() == "start":
            await self._start(heard, rest.strip())
            return
        await self._command(heard, parse(line))

    async def _command(self, heard: Heard, command: Command) -> None:
        if heard.message.edit_date and not await self._takes_back(heard, command):
            return
        heard = await self._apart(heard) if command.private else heard
        if command.name == "session":
            message, language = heard.message, heard.language
            await self._answer(heard, await self.sitting.lead(message, heard.asker, command, language), command)
            return
        if command.name == "idea" and not command.prompt:
            await self._answer(heard, await self.sitting.asks_for_idea(heard.asker, heard.language), command)
            return
        if not spec_of(command).takes_picture:
            await self._answer(heard, await self.making.submit(heard.order, command), command)
            return
        edits = heard.prompt.job if heard.prompt else await self._own_result(heard, command)
        pictures = heard.pictures or (() if edits else await self._pointed_at(heard))
        if not pictures and edits is None:
            pictures = self.waiting.pictures(heard.key)
        command = hidden(command) if any(given.is_spoiler for given in pictures) else command
        if len(pictures) > 1 and command.name in COMMANDS and COMMANDS[command.name].takes_picture:
            await self._album(heard, command, pictures)
        elif pictures or edits or await self._needs_no_picture(heard, command):
            if command.action == _IMPORT and any(each.is_photo for each in pictures):
                raise InputError("photo-import")
            await self._answer(heard, await self.making.submit(heard.order, command, pictures[:1], edits), command)
        else:
            await self._ask_for_picture(heard, command)

    async def _album(self, heard: Heard, command: Command, pictures: tuple[Given, ...]) -> None:
        if sentences := await self.making.submit_album(heard.order, command, pictures):
            await self._tell(heard, "\n".join(sentences))

    async def _pointed_at(self, heard: Heard) -> tuple[Given, ...]:
        """What it is a reply to: anybody's picture; of a result of ours the picture itself, not Telegram's copy."""
        replied = heard.message.reply_to_message
        if replied is None:
            elsewhere = heard.message.external_reply
            return tuple(filter(None, [given_in(elsewhere)])) if elsewhere else ()
        if replied.from_user and replied.from_user.id == self.bot.id:
            given = await self.results.shown_by(heard.spot, replied)
            return (given,) if given else tuple(filter(None, [given_in(replied)]))
        return tuple(filter(None, [given_in(replied)]))

    async def _own_result(self, heard: Heard, command: Command) -> JobId | None:
        """What becomes a character with its words and settings: a reply to a result of one's own."""
        replied = heard.message.reply_to_message
        if command.action != _SAVE or heard.pictures or replied is None:
            return None
        return await self.results.own_job(heard.spot, replied, heard.asker)

    async def _needs_no_picture(self, heard: Heard, command: Command) -> bool:
        """A character brings its own; so does a session; one can be made of words alone, and said wrong at once."""
        if command.character or (command.name == "character" and command.action != _IMPORT):
            return True
        if await is_idea(self.service, heard.asker, command):
            return True
        return not heard.spot.is_private and number_of(heard.asker.person) < 0  # nobody to wait for

    async def _ask_for_picture(self, heard: Heard, command: Command) -> None:
        """The words wait; a reply with a picture goes on even after a restart."""
        line = f"/{command.name} {command.words}".strip()
        self.waiting.keep_line(heard.key, line)
        key = "telegram.which-file" if command.action == _IMPORT else "telegram.which"
        text = say(key, heard.language, minutes=round(SECONDS / 60))
        html = prompt_text(text, Prompt(line=line))
        hint = say("telegram.picture-hint", heard.language)
        await self._say(heard, Spoken(text=html, markup=forced(hint)))

    async def _keep(self, heard: Heard) -> None:
        """Pictures wait for words. In groups, where people show each other pictures, that is done in silence."""
        if not heard.pictures:
            if heard.spot.is_private and heard.message.effective_attachment:
                raise PictureError("not-a-picture")
            return
        if heard.line == "" and (line := self.waiting.line(heard.key)):
            await self._command(heard, parse(line))
            return
        self.waiting.keep_pictures(heard.key, heard.pictures)
        if heard.message.chat.id == number_of(heard.asker.person):
            await self._tell(heard, say("telegram.what", heard.language))

    async def _start(self, heard: Heard, payload: str) -> None:
        """A greeting; or what a link stands for."""
        look, _, job = payload.rpartition("-")
        command = parse("/help")
        if look in _LOOKS and (look or len(job) == _ID):
            reply: Reply | None = await press(self.service, heard.asker, f"v1:{_LOOKS[look]}:{job}")
        else:
            reply = await self.making.submit(heard.order, command)
        await self._answer(heard, reply, command)

    async def _takes_back(self, heard: Heard, command: Command) -> bool:
        """Words that were mended: what they asked for before is stopped. False where nothing of it has changed."""
        for state in await self.results.asked_by(heard.spot, heard.message.message_id):
            if (state.first.command, state.first.words) == (command.name, command.words):
                return False
            for job in state.jobs:
                if not job.job.is_finished:
                    await self.service.cancel(heard.asker.person, job.job.id)
        return True

    async def _apart(self, heard: Heard) -> Heard:
        """What is private goes to the person's own chat. Raises RefusedError where there is none."""
        number = number_of(heard.asker.person)
        if heard.spot.chat == number:
            return heard
        if number < 0:
            raise RefusedError("in-public")
        try:
            await self.bot.send_chat_action(number, "typing")
        except TelegramError as error:
            raise RefusedError("in-public") from error
        return replace(heard, asker=replace(heard.asker, place=Spot(chat=number).place))

    async def _answer(self, heard: Heard, reply: Reply | None, command: Command) -> None:
        """Where it was asked; what is the person's alone goes to their private chat."""
        if reply is None:
            return
        is_alone = not heard.spot.is_private and is_for_one(command, reply)
        spot = spot_of((await self._apart(heard)).asker.place) if is_alone else heard.spot
        reply = reply if spot.is_private else said_to_all(reply)
        async with self.answers.spoken(reply, heard.asker, heard.language) as spoken:
            await self.speaker.say(spot, spoken, answers=None if is_alone else heard.message.message_id)
        if is_alone:
            await self._tell(heard, say("telegram.sent-alone", heard.language))

    async def _tell(self, heard: Heard, text: str) -> None:
        await self._say(heard, Spoken(text=lines_of(text)))

    async def _say(self, heard: Heard, spoken: Spoken) -> None:
        """Under what was written, where it was written."""
        await self.speaker.say(heard.spot, spoken, answers=heard.message.message_id)

    def _line(self, message: Message, prompt: Prompt | None) -> str | None:
        """What it says to the bot. In groups that is a command, a mention, or a reply to a question of the bot's."""
        text = (message.text or message.caption or "").strip()
        is_private = message.chat.id > 0
        if message.forward_origin and not text.startswith("/"):
            return "" if is_private else None  # somebody else's words
        if text.startswith("/"):
            return self._addressed(text, is_private=is_private)
        if prompt is not None:
            return prompt.continued(text)
        name = f"@{self.bot.username}".lower()
        first, _, rest = text.partition(" ")
        if first.lower().rstrip(",:") == name:
            return rest.strip()
        return text if is_private else None

    def _addressed(self, text: str, *, is_private: bool) -> str | None:
        """A command without the bot's name; None where another bot is meant."""
        word, *rest = text.split(maxsplit=1)
        command, _, name = word.partition("@")
        if name and name.lower() != self.bot.username.lower():
            return None
        known = command[1:].lower() in {*COMMANDS, "start"}
        return " ".join([command, *rest]) if known or name or is_private else None
