from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from tests.bot.web.house import House, Visitor, png

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_picture_and_a_line_become_a_waiting_card(visitor: Visitor) -> None:
    card = await visitor.restyle("/restyle a fox 0.5")
    assert card["status"] == "queued"
    assert card["typed"] == "/restyle a fox 0.5"
    assert [button["action"] for row in card["rows"] for button in row] == ["cancel"]


async def test_a_finished_card_has_its_picture_and_all_buttons(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle()
    await house.worker.work_all()
    done = await visitor.card(card)
    actions = {button["action"] for row in done["rows"] for button in row}
    makes, looks = {"subtle", "strong", "reroll", "strength", "edit", "save"}, {"info", "original", "full", "delete"}
    assert actions == makes | looks
    status, picture = await visitor.get(done["results"][0]["src"])
    assert status == 200
    assert Image.open(BytesIO(picture)).getpixel((0, 0)) == (65, 105, 225)
    assert (await visitor.get(done["original"]))[0] == (await visitor.get(done["thumb"]))[0] == 200


async def test_pictures_may_be_kept_by_the_browser_alone(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle()
    async with visitor.session.get(card["original"]) as response:
        assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"


async def test_a_form_upload_works_like_a_raw_one(visitor: Visitor) -> None:
    form = aiohttp.FormData()
    form.add_field("picture", png(), filename="../../etc/passwd.png", content_type="image/png")
    status, answer = await visitor.post("/api/pictures", data=form)
    assert (status, answer["width"], answer["height"]) == (200, 128, 128)


async def test_a_result_of_one_s_own_can_be_shown_beside_the_words(
    house: House, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = house.service._parts
    spec = replace(parts.rules.spec, adapter="owner/repository/adapter.safetensors")
    monkeypatch.setattr(house.service, "_parts", replace(parts, rules=replace(parts.rules, spec=spec)))
    card = await visitor.restyle()
    await house.worker.work_all()
    job = (await visitor.card(card))["results"][0]["job"]
    picture = await visitor.upload(png("gold"))
    status, _ = await visitor.say(f"/restyle a fox reference={job} reference-scale=0.3", picture=picture)
    assert status == 200
    lease = await house.worker.start()
    reference = lease.job.request.reference
    assert reference
    assert reference.scale == 0.3
    run = await house.worker.desk.load(lease, previews=False)
    with Image.open(BytesIO(run.others[reference.picture])) as shown:
        assert shown.getpixel((0, 0)) == (65, 105, 225)
    await house.worker.finish(lease)
    async with house.visitor() as stranger:
        upload = await stranger.upload()
        assert (await stranger.say(f"/restyle a fox reference={job}", picture=upload))[0] == 403


async def test_a_result_of_one_s_own_can_be_the_map_of_a_control(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle()
    await house.worker.work_all()
    job = (await visitor.card(card))["results"][0]["job"]
    picture = await visitor.upload(png("gold"))
    status, _ = await visitor.say(f"/restyle a fox control=edges:0.5@0-0.6 hint={job}", picture=picture)
    assert status == 200
    lease = await house.worker.start()
    control = lease.job.request.controls[0]
    assert control.hint
    assert (control.net, control.scale, control.start, control.end) == ("edges", 0.5, 0, 0.6)
    run = await house.worker.desk.load(lease, previews=False)
    with Image.open(BytesIO(run.others[control.hint])) as shown:
        assert shown.getpixel((0, 0)) == (65, 105, 225)
    await house.worker.finish(lease)
    again = await visitor.say(f"/restyle a fox control=edges hint={lease.job.id}:map", picture=picture)
    assert again[0] == 200


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("/restyle fox strength=abc", "option.strength"),
        ("/restyle fox -1", "option.strength"),
        ("/restyle fox strenght=0.5", "option.unknown"),
        ("/restyle fox style=watercolor-ish", "unknown.near"),
        ("/restylee fox", "unknown.near"),
        ("/restyle " + "a" * 100_000, "input.prompt-too-long"),
        ("/restyle " + "🦊" * 100_000, "input.prompt-too-long"),
        ("", "input.no-prompt"),
    ],
)
async def test_what_cannot_be_done_gets_its_sentence(visitor: Visitor, line: str, key: str) -> None:
    status, answer = await visitor.say(line, picture=await visitor.upload())
    assert (status, answer["error"]["key"]) == (400, key)
    assert len(answer["error"]["sentence"]) > 10


async def test_no_picture_is_named(visitor: Visitor) -> None:
    assert (await visitor.say("/restyle fox"))[1]["error"]["key"] == "input.no-picture"


@pytest.mark.parametrize(("data", "key"), [(b"", "picture.empty"), (b"hello" * 99, "picture.not-a-picture")])
async def test_bad_files_get_their_sentence(visitor: Visitor, data: bytes, key: str) -> None:
    status, answer = await visitor.post("/api/pictures", data=data)
    assert (status, answer["error"]["key"]) == (400, key)


async def test_a_file_over_the_limit_is_refused_whether_its_length_is_told_or_not(visitor: Visitor) -> None:
    async def unending() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    for data in (b"x" * 1_500_000, unending()):
        status, answer = await visitor.post("/api/pictures", data=data)
        assert (status, answer["error"]["key"]) == (413, "picture.too-many-bytes")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"line": 7}', b"[" * 100_000])
async def test_a_body_that_is_no_command_is_a_sentence_too(visitor: Visitor, body: bytes) -> None:
    status, answer = await visitor.post("/api/commands", data=body)
    assert (status, answer["error"]["key"]) == (400, "input.malformed")


async def test_too_much_text_is_refused_before_it_is_read(visitor: Visitor) -> None:
    assert (await visitor.post("/api/commands", data=b"x" * 3_000_000))[0] == 413


async def test_html_mentions_and_right_to_left_text_come_back_as_they_were(visitor: Visitor) -> None:
    line = "/restyle <script>alert(1)</script> @everyone مرحبا"
    assert (await visitor.restyle(line))["typed"] == line


async def test_an_equal_request_shows_the_picture_at_once_and_says_why(house: House, visitor: Visitor) -> None:
    picture = await visitor.upload()
    _, first = await visitor.say("/restyle a fox 0.5 seed=7", picture=picture)
    await house.worker.work_all()
    _, answer = await visitor.say("/restyle a fox 0.5 seed=7", picture=picture)
    card = answer["card"]
    assert card["status"] == "done"
    assert card["headline"].endswith("at once")
    assert "The same request had been made before: this is its picture." in card["notes"]
    assert card["id"] != first["card"]["id"]
    _, info = await visitor.press(card, "info")
    assert ["made", "by an equal request before"] in info["lines"]
    _, metrics = await visitor.get("/metrics")
    assert b'restyle_exact_requests_total{cache="hit"} 1.0' in metrics


async def test_edit_returns_the_line_and_works_on_the_same_original(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle("/restyle a fox 0.5")
    await house.worker.work_all()
    _, draft = await visitor.press(await visitor.card(card), "edit")
    assert draft["line"] == "/restyle a fox 0.5"
    status, again = await visitor.say("/restyle an owl 0.5", job=draft["job"])
    assert status == 200
    first, second = [(await visitor.get(one["original"]))[1] for one in (card, again["card"])]
    assert first == second


@pytest.mark.parametrize(("action", "strength"), [("subtle", "0.35"), ("strong", "0.65"), ("reroll", "0.5")])
async def test_variations_are_new_cards(house: House, visitor: Visitor, action: str, strength: str) -> None:
    card = await visitor.restyle("/restyle a fox 0.5 seed=7")
    await house.worker.work_all()
    _, answer = await visitor.press(await visitor.card(card), action)
    assert answer["card"]["id"] != card["id"]
    await house.worker.work_all()
    assert f"· {strength} ·" in (await visitor.card(answer["card"]))["headline"]


async def test_info_has_a_line_that_can_be_sent_again(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle("/restyle a fox 0.5 seed=7")
    await house.worker.work_all()
    _, info = await visitor.press(await visitor.card(card), "info")
    assert ["seed", "7"] in info["lines"]
    status, _ = await visitor.say(info["line"], picture=await visitor.upload())
    assert status == 200


async def test_a_sweep_is_one_card_with_a_sheet_and_each_strength_to_use(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle("/sweep a fox")
    await house.worker.work_all()
    done = await visitor.card(card)
    assert [result["label"] for result in done["results"]] == [f"strength {s}" for s in ("0.3", "0.45", "0.6", "0.75")]
    status, sheet = await visitor.get(done["sheet"])
    assert (status, sheet[:4]) == (200, b"\x89PNG")
    assert [b["label"] for row in done["rows"] for b in row if b["action"] == "use"][1] == "Use 0.45"
    _, used = await visitor.press(done, "use")
    assert used["kind"] == "card"


async def test_cancel_ends_a_waiting_and_a_running_job_and_says_which(house: House, visitor: Visitor) -> None:
    running = await visitor.restyle()
    await house.worker.start()
    waiting = await visitor.restyle()
    ended = [(await visitor.press(card, "cancel"))[1]["card"] for card in (running, waiting)]
    assert [card["status"] for card in ended] == ["cancelled", "cancelled"]
    assert ended[0]["headline"] != ended[1]["headline"]
    assert (await visitor.press(running, "cancel"))[1]["kind"] == "text"


async def test_delete_forgets_the_card_and_its_pictures(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle()
    await house.worker.work_all()
    done = await visitor.card(card)
    assert (await visitor.press(done, "delete"))[1]["kind"] == "gone"
    assert (await visitor.get(f"/api/cards/{card['id']}"))[0] == 404
    assert (await visitor.get(done["results"][0]["src"]))[0] == 404


async def test_the_full_file_comes_in_the_format_somebody_likes(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle('/restyle "a/fox"; 0.5 seed=7')
    await house.worker.work_all()
    await visitor.say("/settings format=webp")
    result = (await visitor.card(card))["results"][0]
    async with visitor.session.get(result["full"]) as response:
        assert response.content_type == "image/webp"
        assert 'filename="restyle-a-fox' in response.headers["Content-Disposition"]


async def test_settings_are_kept_and_taken_back(visitor: Visitor) -> None:
    assert "style oil" in (await visitor.say("/settings style=oil previews=off"))[1]["text"]
    answer = (await visitor.say("/settings style=none"))[1]["text"]
    assert "style none" in answer
    assert "previews off" in answer


async def test_history_comes_in_pages(house: House, visitor: Visitor) -> None:
    cards = []
    for _ in range(3):
        cards.append((await visitor.restyle())["id"])
        await house.worker.work_all()
    _, page = await visitor.get(f"/api/history?before={cards[2]}")
    assert [card["id"] for card in page["cards"]] == [cards[1], cards[0]]
    assert page["more"] is False


async def test_queue_history_help_and_info_answer_without_a_picture(house: House, visitor: Visitor) -> None:
    await visitor.restyle()
    kinds = {line: (await visitor.say(line))[1].get("kind") for line in ("/queue", "/history", "/help", "/cancel")}
    assert kinds == {"/queue": "list", "/history": "list", "/help": "help", "/cancel": "text"}
    assert (await visitor.say("/info"))[0] == 404
    await visitor.restyle()
    await house.worker.work_all()
    assert (await visitor.say("/info"))[1]["kind"] == "info"


async def test_over_the_limit_is_a_refusal_that_says_the_rule(visitor: Visitor) -> None:
    picture = await visitor.upload()
    answers = [await visitor.say("/restyle fox", picture=picture) for _ in range(11)]
    assert [status for status, _ in answers] == [200] * 10 + [429]
    assert answers[-1][1]["error"]["key"] == "refused.waiting"


async def test_a_thousand_commands_at_once_are_answered_by_sentences(house: House) -> None:
    async with house.another_page() as address, house.visitor(address) as visitor:
        answers = await asyncio.gather(*(visitor.say("/queue") for _ in range(1000)))
        assert {status for status, _ in answers} == {200, 429}
        refused = [answer["error"] for status, answer in answers if status == 429]
        assert {error["key"] for error in refused} == {"refused.rate"}
        assert (await visitor.get("/api/history"))[0] == 200


async def test_every_unknown_thing_is_a_404_with_a_sentence(visitor: Visitor) -> None:
    assert (await visitor.get("/api/nothing"))[1]["error"]["key"] == "missing.page"
    assert (await visitor.get("/api/cards/0000000000000000"))[0] == 404
    assert (await visitor.post("/api/buttons", {"id": "v9:explode:1"}))[0] == 404
    assert (await visitor.post("/api/buttons", {"id": "v1:info:0000000000000000"}))[0] == 404
