"""Replies that are not cards, as Telegram says them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.answers import Archived, Begun, Filed, Gathered, Handed, Helped, Informed, Listed, Portrayed, Removed, Said
from bot.cards import Action, Asked, Button, job_card
from bot.conversation import Carded, Drafted, Reply
from bot.replies import megabytes, say, summary
from bot.telegram_bot.drawing import FILE_BYTES, PHOTO_BYTES, Upload, exact, fits_photo, keyboard, plain
from bot.telegram_bot.people import spot_of
from bot.telegram_bot.prompts import Prompt, forced, prompt_text
from bot.telegram_bot.speaking import Spoken
from core.errors import NotFoundError
from core.service.deliveries import Delivery, DeliveryStore
from core.service.service import Asker, Service

_SHORT_ROW = 4  # buttons
SUPERGROUP = -1_000_000_000_000  # ids of supergroups lie below; their messages have links


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """`username` is the bot's own, for links that open a private chat with it."""

    service: Service
    deliveries: DeliveryStore
    username: str

    @asynccontextmanager
    async def spoken(self, reply: Reply, asker: Asker, language: str, called: str = "") -> AsyncIterator[Spoken]:
        """What to say, as long as the block lasts. `called` names the person in a group (HTML)."""
        if isinstance(reply, Archived):
            async with self.service.belongings.archive(reply.asker) as archive:
                size = {"size": megabytes(archive.size, language), "limit": megabytes(FILE_BYTES, language)}
                if archive.size > FILE_BYTES:
                    yield Spoken(text=plain(say("mydata.too-large", language, **size)))
                    return
                file = Upload(name=archive.name, data=archive.path)
                yield Spoken(text=plain(say("mydata.archive", language, **size)), file=file)
            return
        yield await self._spoken(reply, asker, language, called)

    async def _spoken(self, reply: Reply, asker: Asker, language: str, called: str) -> Spoken:
        match reply:
            case Said(text=text) | Removed(text=text) | Gathered(text=text):
                return Spoken(text=lines_of(text))
            case Asked(text=text, buttons=buttons, link=link):
                address = f"\n{plain(link)}" if link.startswith("http") else ""
                return Spoken(text=lines_of(text) + address, markup=keyboard(_rows(buttons)))
            case Carded(state=state):
                return Spoken(text=plain(job_card(state, language).headline))
            case Listed():
                return await self._list(reply, language)
            case Informed():
                return _info(reply)
            case Helped():
                return _help(reply)
            case Begun() | Drafted():
                return _question(reply, language, called)
            case Handed():
                return await self._hand(reply, asker, language)
            case Portrayed():
                return await self._portray(reply)
            case Filed(name=name, data=data, text=text):
                return Spoken(text=lines_of(text), file=Upload(name=name, data=data))
        raise AssertionError("an archive has been handed over before")

    async def _hand(self, reply: Handed, asker: Asker, language: str) -> Spoken:
        """As a file: a photo would be made smaller."""
        job = reply.job
        if reply.action is Action.ORIGINAL:
            file, stem = await self.service.original_file(job, FILE_BYTES), "original"
        else:
            wanted = (await self.service.preferences(asker.person)).format
            file, stem = await self.service.full_file(job, FILE_BYTES, wanted), f"restyle-{job.request.seed}"
        if not file.data:
            raise NotFoundError("picture")
        note = say("file.smaller", language, note=file.note) if file.note else ""
        return Spoken(text=plain(note), file=Upload(name=f"{stem}.{file.ending}", data=file.data))

    async def _portray(self, reply: Portrayed) -> Spoken:
        card = reply.card
        lines = [plain(reply.text), *(f"<i>{plain(line)}</i>" for line in card.lines)]
        if reply.text != card.headline:
            lines.insert(1, f"<b>{plain(card.headline)}</b>")
        file = None
        if card.has_picture:
            sheet = await self.service.characters.sheet_file(card.character, card.best, PHOTO_BYTES)
            if sheet.data:
                file = Upload(name=f"character.{sheet.ending}", data=sheet.data, is_photo=fits_photo(sheet.data))
        return Spoken(text="\n".join(lines), file=file, markup=keyboard(card.rows))

    async def _list(self, reply: Listed, language: str) -> Spoken:
        """A sentence and a line for each card, with a link to its message, or one that shows its result again."""
        lines = [lines_of(reply.text)]
        known = await self.deliveries.of_cards([state.id for state in reply.cards])
        for state in reply.cards:
            headline = plain(job_card(state, language).headline)
            link = _link(known.get(state.id)) or f"https://t.me/{self.username}?start={state.first.id}"
            lines.append(f'• <a href="{link}">{headline}</a>')
        return Spoken(text="\n".join(lines))


def lines_of(text: str) -> str:
    """Sentences with people's words in them, as nothing but text."""
    return "\n".join(map(plain, text.split("\n")))


def _link(delivery: Delivery | None) -> str:
    """To a card's message, where Telegram has links to messages: in supergroups."""
    if delivery is None or delivery.message is None:
        return ""
    spot = spot_of(delivery.place)
    if spot.chat > SUPERGROUP:
        return ""
    return f"https://t.me/c/{SUPERGROUP - spot.chat}/{delivery.message}"


def _info(reply: Informed) -> Spoken:
    lines = [f"<b>{plain(name)}</b> {plain(value)}" for name, value in reply.lines]
    return Spoken(text="\n".join([*lines, f"<pre>{exact(reply.line)}</pre>"]))


def _help(reply: Helped) -> Spoken:
    said = (f"/{spec.name} · {plain(summary(spec, reply.language))}" for spec in reply.commands)
    return Spoken(text="\n".join([lines_of(say("telegram.start", reply.language)), "", *said]))


def _question(reply: Begun | Drafted, language: str, called: str) -> Spoken:
    """The line goes on in the person's reply."""
    if isinstance(reply, Drafted):
        command, _, words = reply.line.partition(" ")
        prompt, text, old = Prompt(line=command, job=reply.job.id), say("telegram.edit", language), words
    else:
        line, old = reply.line.strip(), reply.old
        prompt = Prompt(line=line.removesuffix(old).strip(), job=reply.job.id if reply.job else None)
        text = f"{reply.text} {say('telegram.go-on', language)}"
    html = prompt_text(text, prompt, old=old, called=called)
    return Spoken(text=html, markup=forced(say("telegram.reply-hint", language)))


def _rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Long labels below each other, many short ones beside each other."""
    width = _SHORT_ROW if len(buttons) >= _SHORT_ROW else 1
    return [buttons[at : at + width] for at in range(0, len(buttons), width)]
