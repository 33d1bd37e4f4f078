"""Buttons under messages: found by what they carry alone, so they work after a restart and on messages of any age."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from telegram import CallbackQuery, Message, User
from telegram.constants import ParseMode
from telegram.error import Forbidden

from bot.answers import Archived, Begun, Carded, Drafted, Portrayed, Removed, Reply, Said
from bot.buttons import Action, parse_button
from bot.cards import Asked, job_card
from bot.conversation import press
from bot.languages.choice import language_of
from bot.replies import say
from bot.sessions import OF_SESSIONS
from bot.telegram_bot.answers import Answers, lines_of
from bot.telegram_bot.client import Bot
from bot.telegram_bot.courier import Courier
from bot.telegram_bot.drawing import cut, plain
from bot.telegram_bot.failures import TROUBLE, Meaning, meaning
from bot.telegram_bot.making import Making, Order
from bot.telegram_bot.people import People, Spot, spot_of
from bot.telegram_bot.privacy import said_to_all
from bot.telegram_bot.results import Results
from bot.telegram_bot.speaking import Speaker
from core.domain.names import CardId
from core.errors import NotFoundError
from core.service.service import Asker, Service

log = logging.getLogger(__name__)

_TEXT = 200  # characters of what is said at the top of the screen
_LONG = 60  # characters from which on it stays until it is put away
_CHOICE = f"v1:{Action.AT.value}:"
_ANSWERS = {Action.FORGET, Action.JOIN, Action.ERASE}  # yes to a question
_OF_MESSAGES = {Action.CANCEL, Action.DELETE}  # of the very message the button is under
_LINKED = {Action.INFO: "info", Action.FULL: "full", Action.ORIGINAL: "original"}  # what a /start link can open


@dataclass(kw_only=True, slots=True)
class Pressed:
    """One press, which is answered exactly once; `spot` and `message` are where the button is."""

    query: CallbackQuery
    asker: Asker
    language: str
    at: float
    is_answered: bool = field(default=False)

    @property
    def spot(self) -> Spot:
        return spot_of(self.asker.place)

    @property
    def message_id(self) -> int:
        assert self.query.message is not None, "inline messages carry no buttons of ours"
        return self.query.message.message_id

    @property
    def order(self) -> Order:
        return Order(
            asker=self.asker,
            language=self.language,
            name=f"telegram:press:{self.query.id}",
            at=self.at,
            answers=str(self.card_message),
        )

    @property
    def card_message(self) -> int:
        """The card that it is about: the message itself, or the one that a question was asked under."""
        asked = getattr(self.query.message, "reply_to_message", None)
        is_question = (self.query.data or "").startswith(_CHOICE)
        return asked.message_id if is_question and asked else self.message_id

    @property
    def shows(self) -> bool:
        """Whether the message really has this button: changed apps can send anything."""
        markup = getattr(self.query.message, "reply_markup", None)
        rows = markup.inline_keyboard if markup else ()
        return any(button.callback_data == self.query.data for row in rows for button in row)

    async def answer(self, text: str = "", *, url: str | None = None) -> None:
        """The button stops turning. Telegram waits some seconds for it, and then no longer cares."""
        if self.is_answered:
            return
        self.is_answered = True
        try:
            await self.query.answer(cut(text, _TEXT) or None, show_alert=len(text) > _LONG, url=url)
        except TROUBLE as error:
            log.info("telegram.press-not-answered: %s", error)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presses:
    """Raises RestyleError for the person, TROUBLE for Telegram."""

    service: Service
    bot: Bot
    people: People
    courier: Courier
    making: Making
    answers: Answers
    speaker: Speaker
    results: Results

    @asynccontextmanager
    async def pressed(self, query: CallbackQuery, at: float) -> AsyncIterator[Pressed]:
        """Who pressed what; at the end it has been answered."""
        asker = self.people.alone(query.from_user)
        if isinstance(query.message, Message):
            asker = await self.people.presser(query.from_user, query.message)
        elif query.message is not None:  # too old to be told more of than its chat
            asker = await self.people.long_ago(query.from_user, query.message.chat)
        one = Pressed(query=query, asker=asker, language=await language_of(self.service, asker), at=at)
        try:
            yield one
        finally:
            await one.answer()

    async def do(self, one: Pressed) -> None:
        button = parse_button(one.query.data or "")
        if button is None or one.query.message is None:
            raise NotFoundError("job")
        action, target = button
        if action in _OF_MESSAGES:
            await self._of_message(one, action, CardId(target))
            return
        custom_id = f"v1:{action.value}:{target}"
        reply = await self.making.make(one.order, lambda asker: press(self.service, asker, custom_id, shown=one.shows))
        if reply is not None:
            await self._tell(one, reply, action, target)
        elif action is Action.AT:  # the question is answered
            await one.answer()
            with suppress(*TROUBLE):
                await self.bot.delete_message(one.spot.chat, one.message_id)

    async def _of_message(self, one: Pressed, action: Action, target: CardId) -> None:
        """Cancel and delete: of an album all of it."""
        replies: list[Reply] = []
        for card in await self.results.together(target):
            with suppress(NotFoundError):
                moderates = one.asker.is_moderator and await self._is_here(one, card)
                custom_id = f"v1:{action.value}:{card}"
                replies.append(await press(self.service, one.asker, custom_id, moderates=moderates))
        if not replies:
            raise NotFoundError("card" if action is Action.DELETE else "job")
        match replies[0]:
            case Removed(text=text, card=card):
                await one.answer(text)
                await self.courier.take_away([reply.card for reply in replies if isinstance(reply, Removed)])
            case Carded(state=state):
                await one.answer(job_card(state, one.language).headline)
            case Said(text=text):
                await one.answer(text)

    async def _is_here(self, one: Pressed, card: CardId) -> bool:
        """An administrator's word counts in their own chat."""
        delivery = await self.courier.store.get(card)
        return delivery is not None and spot_of(delivery.place).chat == one.spot.chat

    async def _tell(self, one: Pressed, reply: Reply, action: Action, target: str) -> None:
        """What fits at the top of the screen is said there; the rest is for the person alone."""
        if isinstance(reply, Portrayed) and not one.spot.is_private:
            reply = said_to_all(reply)
        if isinstance(reply, Said) and len(reply.text) <= _TEXT:
            await one.answer(reply.text)
            await self._settle(one, reply, action)
            return
        if isinstance(reply, Asked) and action in OF_SESSIONS:  # the vote's way back stands beside it already
            await one.answer(reply.text)
            return
        if isinstance(reply, Begun | Drafted) or action is Action.STRENGTH or one.spot.is_private:
            await one.answer()
            await self._say(one, reply, one.spot)
            return
        if isinstance(reply, Archived):
            raise NotFoundError("job")
        await self._alone(one, reply, action, target)

    async def _settle(self, one: Pressed, reply: Said, action: Action) -> None:
        """A question that was answered asks no more."""
        if action in _ANSWERS:
            with suppress(*TROUBLE):
                await self.bot.edit_message_text(
                    lines_of(reply.text), one.spot.chat, one.message_id, parse_mode=ParseMode.HTML
                )

    async def _alone(self, one: Pressed, reply: Reply, action: Action, target: str) -> None:
        """In their private chat; where there is none, a link opens it and asks again."""
        try:
            await self._say(one, reply, Spot(chat=one.query.from_user.id))
        except TROUBLE as error:
            if meaning(error) not in {Meaning.PERSON_CLOSED, Meaning.PLACE_GONE} and not isinstance(error, Forbidden):
                raise
            link = f"https://t.me/{self.bot.username}?start={_LINKED[action]}-{target}" if action in _LINKED else None
            await one.answer("" if link else say("telegram.start-first", one.language), url=link)
            return
        await one.answer(say("telegram.sent-alone", one.language))

    async def _say(self, one: Pressed, reply: Reply, spot: Spot) -> None:
        is_here = spot == one.spot
        called = "" if spot.is_private else _mention(one.query.from_user)
        async with self.answers.spoken(reply, one.asker, one.language, called) as spoken:
            await self.speaker.say(spot, spoken, answers=one.message_id if is_here else None)


def _mention(user: User) -> str:
    return f'<a href="tg://user?id={user.id}">{plain(user.full_name)}</a>'
