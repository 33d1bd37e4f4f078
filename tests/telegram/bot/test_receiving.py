"""From Telegram to whoever answers: everything once, in order, and nobody behind another; by polling."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram_bot import inbox
from bot.telegram_bot.polling import NOT_ALONE, OUT_OF_REACH
from core.service.deliveries import Arrived, UpdateStore
from tests.program.running import Program
from tests.telegram.bot.receiving import PACE, Heard, receiving
from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import picture


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_PATIENCE", 0.2)


async def test_an_update_that_is_told_twice_is_handled_once(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        ana.sends("one")
        await fake.until(lambda: heard.ended)
        fake.repeat(fake.updates.told[-1])
        ana.sends("two")
        await fake.until(lambda: "two" in heard.ended)
    assert heard.ended == ["one", "two"]


async def test_it_stays_handled_once_over_restarts(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        ana.sends("one")
        await fake.until(lambda: heard.ended)
    fake.repeat(fake.updates.told[-1])
    ana.sends("while down")
    async with receiving(fake, tmp_path, heard):
        await fake.until(lambda: len(heard.ended) == 2)
        await fake.until_read()
    assert heard.ended == ["one", "while down"]


async def test_what_was_taken_and_not_answered_is_handled_after_the_start_in_order(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    heard, again, ana = Heard(), Heard(), fake.person("ana")
    fake.updates._numbers = count(99_999_998)  # as texts they would not rise
    for number in range(4):
        ana.sends(f"wait {number}")
    async with receiving(fake, tmp_path, heard):
        await fake.until(lambda: heard.begun)
        await fake.until_read()
        took = fake.clock.now()
    assert heard.ended == []
    again.go.set()
    async with receiving(fake, tmp_path, again):
        await fake.until(lambda: len(again.ended) == 4)
    assert again.ended == [f"wait {number}" for number in range(4)]
    assert all(time < took for time in again.times)


async def test_at_a_stop_what_is_being_handled_may_end_and_is_not_handled_again(
    fake: FakeTelegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, again, ana = Heard(), Heard(), fake.person("ana")
    monkeypatch.setattr(inbox, "_PATIENCE", 20.0)
    async with receiving(fake, tmp_path, heard):
        ana.sends("wait a little")
        ana.sends("later")
        await fake.until(lambda: heard.begun)
        await fake.until_read()
        asyncio.get_running_loop().call_later(0.1, heard.go.set)
    assert heard.ended == ["wait a little"]
    async with receiving(fake, tmp_path, again):
        await fake.until(lambda: again.ended)
    assert again.ended == ["later"]


async def test_what_comes_while_the_program_goes_down_is_kept_for_the_next_start(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    heard, again, ana = Heard(), Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        heard.is_stopping = True
        ana.sends("one")
        ana.sends("two")
        fake.send_query(ana.user, ana.chat, "fox")
        await fake.until(lambda: heard.ended)
        await fake.until_read()
    assert heard.begun == ["inline fox"]
    async with receiving(fake, tmp_path, again):
        await fake.until(lambda: len(again.ended) == 2)
    assert again.ended == ["one", "two"]


async def test_an_album_is_handled_as_one(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        ana.sends("first")
        ana.sends_album([picture(), picture(), picture()], "an album")
        ana.sends("after it")
        await fake.until(lambda: len(heard.ended) == 3)
    assert heard.ended == ["first", "an album", "after it"]
    assert [len(call) for call in heard.calls] == [1, 3, 1]


async def test_pieces_of_an_album_that_come_apart_are_gathered(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard, pace=replace(PACE, second=1.0)):
        ana.sends_album([picture(), picture()], "an album")
        late = fake.updates.pending.pop()
        await fake.until_read()
        assert heard.begun == []
        fake.updates.pending.append(late)
        fake.news.tell()
        await fake.until(lambda: heard.ended)
        await fake.until_read()
    assert [len(call) for call in heard.calls] == [2]


async def test_an_album_that_a_stop_tore_is_whole_after_the_start(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, again, ana = Heard(), Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        ana.sends("wait")
        ana.sends_album([picture(), picture()], "an album")
        await fake.until_read()
    again.go.set()
    async with receiving(fake, tmp_path, again):
        await fake.until(lambda: len(again.ended) == 2)
    assert [len(call) for call in again.calls] == [1, 2]


async def test_a_changed_caption_is_no_piece_of_the_album(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        first, _ = ana.sends_album([picture(), picture()], "an album")
        ana.edits(first, "another caption")
        await fake.until(lambda: len(heard.ended) == 2)
    assert [len(call) for call in heard.calls] == [2, 1]
    assert heard.calls[1][0].edited_message


async def test_one_person_is_answered_in_order_and_nobody_waits_behind_another(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    heard, garden = Heard(), fake.supergroup()
    ana, bo = fake.person("ana", garden), fake.person("bo", garden)
    fake.make_admin(fake.bot, garden)
    async with receiving(fake, tmp_path, heard):
        ana.sends("wait for me")
        ana.sends("ana's second")
        bo.sends("bo's")
        ana.alone.sends("ana's in private")
        await fake.until(lambda: {"bo's", "ana's in private"} <= set(heard.ended))
        assert "ana's second" not in heard.begun
        heard.go.set()
        await fake.until(lambda: "ana's second" in heard.ended)


async def test_a_crowd_that_waits_for_its_group_holds_up_nobody_elsewhere(fake: FakeTelegram, tmp_path: Path) -> None:
    """As it does when Telegram bars the group for a while."""
    heard, garden = Heard(), fake.supergroup()
    async with receiving(fake, tmp_path, heard):
        for number in range(150):
            fake.person(f"p{number}", garden).sends(f"/wait {number}")
        fake.person("ana").sends("from elsewhere")
        await fake.until(lambda: "from elsewhere" in heard.ended)
        heard.go.set()
        await fake.until(lambda: len(heard.ended) == 152)  # the bot's own coming into the group, too


async def test_a_press_and_an_inline_query_wait_behind_nothing(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with telegram.Bot(fake.token, base_url=fake.base_url) as bot:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="v1:go:7")]])
        await bot.send_message(ana.id, "a card", reply_markup=keyboard)
    async with receiving(fake, tmp_path, heard):
        ana.sends("wait for my download")
        ana.starts_press(ana.answers[0], "Go")
        fake.send_query(ana.user, ana.chat, "fox")
        await fake.until(lambda: {"press v1:go:7", "inline fox"} <= set(heard.ended))
        heard.go.set()


async def test_a_failure_ends_one_update_only_and_its_words_stay_out_of_the_log(
    fake: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        ana.sends("fail with my secret")
        ana.sends("next")
        await fake.until(lambda: heard.ended)
        await fake.until_read()
    async with receiving(fake, tmp_path, heard):
        ana.sends("last")
        await fake.until(lambda: "last" in heard.ended)
    assert heard.begun == ["fail with my secret", "next", "last"]
    [line] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "telegram.update-failed" in line
    assert "RuntimeError" in line
    assert "secret" not in caplog.text
    assert fake.token not in caplog.text


async def test_an_update_that_nobody_can_read_stops_nothing(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        fake.updates.pending.append((fake.clock.now(), {"update_id": 500_000_000, "message": {"text": 7}}))
        ana.sends("next")
        await fake.until(lambda: heard.ended)
        await fake.until_read()
    assert heard.begun == ["next"]


async def test_a_second_program_is_one_sentence_and_this_one_goes_on_when_it_left(
    fake: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard) as adapter:
        assert adapter.status == "logged in as @restyle_bot"
        await fake.poll_elsewhere()
        await fake.until(lambda: adapter.status == NOT_ALONE)
        ana.sends("still there?")
        await fake.until(lambda: heard.ended)
        assert adapter.status == "logged in as @restyle_bot"
    assert NOT_ALONE in caplog.text
    assert "Traceback" not in caplog.text


async def test_an_ill_telegram_is_asked_again(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard) as adapter:
        fake.fail("getUpdates", 2, status=502)
        fake.fail("getUpdates", 1, status=0)
        ana.sends("one")  # ends the question that waits
        await fake.until(lambda: adapter.status == OUT_OF_REACH)
        ana.sends("two")
        await fake.until(lambda: len(heard.ended) == 2)
        assert adapter.status == "logged in as @restyle_bot"


async def test_what_could_not_be_written_down_is_not_confirmed(
    fake: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard, ana = Heard(), fake.person("ana")

    class IllAtFirst(UpdateStore):
        tries = 0

        async def take(self, updates: Any) -> list[Arrived]:
            if updates:
                IllAtFirst.tries += 1
                if IllAtFirst.tries < 3:
                    raise RuntimeError(f"the disk is full: {updates}")
            return await super().take(updates)

    async with receiving(fake, tmp_path, heard, store=IllAtFirst):
        ana.sends("my secret")
        await fake.until(lambda: IllAtFirst.tries == 2)
        assert fake.updates.pending
        await fake.until(lambda: heard.ended)
        await fake.until_read()
    assert heard.ended == ["my secret"]
    assert "secret" not in caplog.text


async def test_while_many_wait_telegram_keeps_the_rest(
    fake: FakeTelegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_MOST_WAITING", 5)
    heard, ana = Heard(), fake.person("ana")
    async with receiving(fake, tmp_path, heard):
        for number in range(5):
            ana.sends(f"wait {number}")
        await fake.until(lambda: heard.begun and not fake.updates.polls)
        ana.sends("one more")
        assert fake.updates.pending
        heard.go.set()
        await fake.until(lambda: "one more" in heard.ended)
    assert len(heard.ended) == 6


async def test_a_webhook_of_somebody_else_is_taken_away(fake: FakeTelegram, tmp_path: Path) -> None:
    heard, ana = Heard(), fake.person("ana")
    async with telegram.Bot(fake.token, base_url=fake.base_url) as bot:
        await bot.set_webhook("https://elsewhere.example/bot")
    async with receiving(fake, tmp_path, heard):
        await fake.until(lambda: fake.updates.polls)
        ana.sends("hello")
        await fake.until(lambda: heard.ended)
    assert fake.updates.webhook.url == ""


async def test_changes_of_membership_are_heard_and_reactions_are_not_asked_for(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    heard, garden = Heard(), fake.supergroup()
    async with receiving(fake, tmp_path, heard):
        await fake.until(lambda: heard.ended)  # it was added to the group
        fake.kick_bot(garden)
        await fake.until(lambda: len(heard.ended) == 2)
    assert heard.ended == ["member", "member"]
    assert fake.updates.allowed is not None
    assert "message_reaction" not in fake.updates.allowed


async def test_what_a_killed_program_had_in_hand_is_handled_by_the_next_one(fake: FakeTelegram, tmp_path: Path) -> None:
    told = {"telegram_token": fake.token, "telegram_endpoint": fake.origin}
    command = ("tests.telegram.bot.waiting_program",)
    program, heard = Program(tmp_path / "data", settings=told, command=command), tmp_path / "data" / "heard"
    await asyncio.to_thread(program.start)
    assert "telegram  logged in as @restyle_bot" in program.greeting
    ana = fake.person("ana")
    for word in ("one", "two", "three"):
        ana.sends(word)
    await fake.until(heard.exists)
    await fake.until_read()
    await asyncio.to_thread(program.kill)
    (tmp_path / "data" / "go").touch()
    await asyncio.to_thread(program.start)
    try:
        await fake.until(lambda: heard.read_text().count("ended") == 3)
    finally:
        await asyncio.to_thread(program.kill)
    assert heard.read_text().split("\n")[:-1] == [
        "begun one",
        *(f"{what} {word}" for word in ("one", "two", "three") for what in ("begun", "ended")),
    ]
