"""What happens on Telegram, one update after the other: who takes care of it, and what is said when it goes wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence

from telegram import CallbackQuery, ChatMemberUpdated, Update
from telegram.constants import ChatMemberStatus

from bot.chats.download import Downloads
from bot.replies import say_error
from bot.settings import Settings
from bot.telegram_bot.answers import Answers, lines_of
from bot.telegram_bot.client import Bot
from bot.telegram_bot.courier import Courier
from bot.telegram_bot.failures import TROUBLE, where
from bot.telegram_bot.given import Fetcher
from bot.telegram_bot.inline import Inline
from bot.telegram_bot.making import Making
from bot.telegram_bot.messages import Messages
from bot.telegram_bot.moving import move
from bot.telegram_bot.opening import Opener
from bot.telegram_bot.people import People, Spot, community
from bot.telegram_bot.presses import Presses
from bot.telegram_bot.results import Results
from bot.telegram_bot.sitting import Sitting
from bot.telegram_bot.speaking import Speaker, Spoken
from bot.telegram_bot.waiting import Waiting
from core.domain.clock import Clock
from core.errors import RestyleError
from core.service.service import Service

log = logging.getLogger(__name__)

_INSIDE = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR}


class Front:
    """Thin: what commands do is in `bot.conversation`, how cards begin in `making`, how they live in `courier`."""

    def __init__(self, *, service: Service, courier: Courier, bot: Bot, settings: Settings, clock: Clock) -> None:
        self._service = service
        self._courier = courier
        self._downloads = Downloads(int(settings.max_file_megabytes * 1e6))
        self._people = People(bot=bot, clock=clock)
        self._speaker = Speaker(bot=bot)
        fetcher = Fetcher(bot=bot, downloads=self._downloads, endpoint=settings.telegram_endpoint)
        making = Making(service=service, courier=courier, fetcher=fetcher)
        answers = Answers(service=service, deliveries=courier.store, username=bot.username)
        results = Results(service=service, deliveries=courier.store)
        self._inline = Inline(service=service, people=self._people, deliveries=courier.store)
        self._messages = Messages(
            service=service,
            bot=bot,
            people=self._people,
            making=making,
            answers=answers,
            speaker=self._speaker,
            waiting=Waiting(clock=clock),
            results=results,
            sitting=Sitting(service=service, opener=Opener(bot=bot)),
            clock=clock,
        )
        self._presses = Presses(
            service=service,
            bot=bot,
            people=self._people,
            courier=courier,
            making=making,
            answers=answers,
            speaker=self._speaker,
            results=results,
        )

    async def stop(self) -> None:
        await self._downloads.close()

    async def handle(self, updates: Sequence[Update], received_at: float) -> None:
        """One update, or the several messages of one album."""
        update = updates[0]
        message = update.message or update.edited_message
        if update.callback_query:
            await self._press(update.callback_query, received_at)
        elif update.inline_query:
            await self._inline.answer(update.inline_query)
        elif message is not None and message.migrate_to_chat_id:
            await self._move(message.chat.id, message.migrate_to_chat_id)
        elif message is not None:
            await self._message(updates, received_at)
        elif update.channel_post is not None:
            log.info(
                "telegram.ignored update=%s: a channel's post has no person who could own a card", update.update_id
            )
        elif update.my_chat_member is not None:
            await self._standing(update.my_chat_member)

    async def _message(self, updates: Sequence[Update], received_at: float) -> None:
        heard = await self._messages.hear(updates, received_at)
        if heard is None:
            return
        message, spot = heard.message, heard.spot

        async def tell(sentence: str) -> None:
            await self._speaker.try_to_say(spot, Spoken(text=lines_of(sentence)), answers=message.message_id)

        await _answering(lambda: self._messages.do(heard), tell, heard.language)

    async def _press(self, query: CallbackQuery, received_at: float) -> None:
        async with self._presses.pressed(query, received_at) as one:
            await _answering(lambda: self._presses.do(one), one.answer, one.language)

    async def _move(self, old: int, new: int) -> None:
        """A group became a supergroup, which is another chat to Telegram."""
        await self._courier.store.move(Spot(chat=old).place, Spot(chat=new).place)
        await move(self._service, old, new)

    async def _standing(self, change: ChatMemberUpdated) -> None:
        """Somebody made us a member or an administrator, or took that away."""
        self._people.forget(change.chat.id)
        status = change.new_chat_member.status
        log.info("telegram.standing chat=%s status=%s", change.chat.id, status)
        if status in _INSIDE:
            await self._service.sessions.return_to(community(change.chat.id))


async def _answering(
    deed: Callable[[], Awaitable[None]], tell: Callable[[str], Awaitable[None]], language: str
) -> None:
    """Every error becomes a sentence; what nobody expected gets a number that is in the log, too."""
    try:
        await deed()
    except RestyleError as error:
        await tell(say_error(error, language))
    except TROUBLE as error:
        log.warning("telegram.answer-failed: %s", error)
        await tell(say_error(RestyleError("unexpected"), language))
    except Exception as error:
        number = secrets.token_hex(4)
        log.error("telegram.unexpected id=%s: %s", number, where(error))
        await tell(f"{say_error(RestyleError('unexpected'), language)} ({number})")
