from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.card_info import copy_line, info_lines
from bot.cards import Action, Bar, Card, job_card, parse_button, words_of
from bot.languages.english import ENGLISH
from bot.parsing import parse
from bot.replies import ordinal, say_problem, wait
from core import errors
from core.domain.job import Job, Outcome, Problem, Standing, Status
from core.domain.names import BlobId, CardId, JobId, PersonId, Place, Platform
from core.domain.request import Control, Lora, Reference, Request
from core.service.controls import named_maps
from core.service.events import EngineState
from core.service.references import named_picture
from core.service.states import CardState, JobState

REQUEST = Request(
    picture=BlobId("a" * 64),
    prompt="a watercolour painting, fox",
    negative='dull, "grey"',
    width=128,
    height=96,
    strength=Decimal("0.6"),
    steps=20,
    guidance=3.0,
    scheduler="ddim",
    seed=7,
    model="bundled",
)
JOB = Job(
    id=JobId("0" * 16),
    card=CardId("1" * 16),
    index=0,
    owner=PersonId("web:ana"),
    owner_name="Ana",
    place=Place(platform=Platform.WEB, conversation="page"),
    command="restyle",
    words="watercolour fox",
    request=REQUEST,
    status=Status.QUEUED,
    cost=1.0,
    created_at=0.0,
    original_width=640,
    original_height=480,
)
OUTCOME = Outcome(result=BlobId("b" * 64), width=128, height=96, steps_run=12, seconds=6.14, note="128x96 from 640x480")


def card_of(*jobs: Job, **state: object) -> Card:
    return job_card(CardState(jobs=tuple(JobState(job=job, **state) for job in jobs)))  # type: ignore[arg-type]  # fields by name


def actions(card: Card) -> list[Action]:
    return [button.action for row in card.rows for button in row]


def test_a_waiting_card_tells_position_and_time_and_can_be_cancelled() -> None:
    card = card_of(JOB, standing=Standing(position=3, waiting=7, seconds=40.2))
    assert card.headline == "Restyling for Ana · 3rd of 7 · about 40 s"
    assert actions(card) == [Action.CANCEL]


@pytest.mark.parametrize("engine", [EngineState.STARTING, EngineState.DOWN, EngineState.BROKEN])
def test_a_waiting_card_tells_what_keeps_the_engine(engine: EngineState) -> None:
    card = job_card(CardState(jobs=(JobState(job=JOB),), engine=engine))
    assert card.notes == (ENGLISH[f"engine.{engine.value}"],)


def test_a_running_card_counts_the_steps_that_really_run() -> None:
    card = card_of(replace(JOB, status=Status.RUNNING), step=6, steps=12)
    assert card.bar == Bar(step=6, steps=12)
    assert card.bar.text == "▓▓▓▓▓▓░░░░░░ 6/12"


def test_a_finished_card_tells_how_it_was_made_and_what_can_be_done_next() -> None:
    card = card_of(replace(JOB, status=Status.DONE, outcome=OUTCOME))
    assert card.headline == "watercolour fox · 0.6 · seed 7 · 128x96 · 6.1 s"
    assert card.notes == ("128x96 from 640x480",)
    assert actions(card) == [
        Action.SUBTLE,
        Action.STRONG,
        Action.REROLL,
        Action.STRENGTH,
        Action.EDIT,
        Action.SAVE,
        Action.INFO,
        Action.ORIGINAL,
        Action.FULL,
        Action.DELETE,
    ]
    assert "watercolour fox" in card.alt


def test_a_failed_card_is_one_sentence_and_a_way_out() -> None:
    card = card_of(replace(JOB, status=Status.FAILED, problem=Problem(key="engine.died")))
    assert "given up" in card.headline
    assert Action.RETRY in actions(card)


def test_a_sheet_offers_each_of_its_strengths() -> None:
    jobs = [
        replace(
            JOB, id=JobId(f"{n:016}"), index=n, status=Status.DONE, outcome=OUTCOME, request=REQUEST.varied(strength=s)
        )
        for n, s in enumerate([Decimal("0.3"), Decimal("0.45"), Decimal("0.6"), Decimal("0.75")])
    ]
    card = card_of(*jobs)
    labels = [button.label for row in card.rows for button in row if button.action is Action.USE]
    assert labels == ["Use 0.3", "Use 0.45", "Use 0.6", "Use 0.75"]
    assert all(len(row) <= 5 for row in card.rows)


def test_a_sheet_with_one_job_left_is_still_running() -> None:
    card = card_of(replace(JOB, status=Status.DONE, outcome=OUTCOME), replace(JOB, index=1, status=Status.RUNNING))
    assert card.status is Status.RUNNING


def test_a_strength_below_one_step_says_that_one_step_ran() -> None:
    tiny = replace(JOB, status=Status.DONE, outcome=OUTCOME, request=REQUEST.varied(strength=Decimal("0.01")))
    assert ENGLISH["done.one-step"] in card_of(tiny).notes


def test_button_ids_fit_every_platform_and_are_read_back() -> None:
    card = card_of(replace(JOB, status=Status.DONE, outcome=OUTCOME))
    for row in card.rows:
        for button in row:
            assert len(button.id.encode()) <= 64
            assert parse_button(button.id) == (button.action, button.target)


@pytest.mark.parametrize("text", ["", "v1:", "v1:explode:x", "v2:cancel:x", "v1:cancel:", "v1:cancel:" + "x" * 99])
def test_a_forged_button_is_nothing(text: str) -> None:
    assert parse_button(text) is None


def test_the_copied_line_makes_the_same_request_again() -> None:
    command = parse(copy_line(JOB))
    assert command.prompt == REQUEST.prompt
    assert command.strengths == (REQUEST.strength,)
    assert (command.seed, command.steps, command.guidance, command.scheduler) == (7, 20, 3.0, "ddim")
    assert (command.negative, command.model) == ("dull, 'grey'", "bundled")
    elsewhere = replace(JOB, request=REQUEST.varied(model="/models/My SDXL"))
    assert parse(copy_line(elsewhere)).model == "my sdxl"
    assert "/models" not in copy_line(elsewhere)


def test_the_copied_line_and_the_settings_name_skipped_layers_where_there_are_any() -> None:
    skipping = replace(JOB, request=REQUEST.varied(clip_skip=2))
    assert parse(copy_line(skipping)).clip_skip == 2
    assert ("clip-skip", "2") in info_lines(skipping)
    assert "clip-skip" not in dict(info_lines(JOB))


def test_the_copied_line_and_the_settings_name_loras() -> None:
    wearing = replace(JOB, request=REQUEST.varied(loras=(Lora(name="ink", weight=0.7), Lora(name="pixel"))))
    assert parse(copy_line(wearing)).loras == wearing.request.loras
    assert ("LoRA", "ink:0.7+pixel") in info_lines(wearing)


def test_words_the_model_had_no_room_for_are_named() -> None:
    card = card_of(replace(JOB, status=Status.DONE, outcome=replace(OUTCOME, unread="blue armour")))
    assert "The model had no room for the last words: blue armour" in card.notes


def test_the_copied_line_shows_the_same_reference_again() -> None:
    request = REQUEST.varied(reference=Reference(picture=BlobId("c" * 64), scale=0.25))
    command = parse(copy_line(replace(JOB, request=request)))
    assert (command.reference, command.reference_scale) == (f"{JOB.id}:reference", 0.25)
    assert ("reference", "scale 0.25") in info_lines(replace(JOB, request=request))


def test_the_copied_line_asks_for_the_same_controls_with_the_same_maps() -> None:
    controls = (Control(net="edges", scale=0.8, end=0.6), Control(net="depth", hint=BlobId("c" * 64)))
    job = replace(JOB, request=REQUEST.varied(controls=controls))
    command = parse(copy_line(job))
    assert command.controls == tuple(replace(control, hint=None) for control in controls)
    assert command.hint == f"-,{JOB.id}:map2"
    assert [named_picture(job, text) for text in named_maps(command) if text] == ["c" * 64]
    assert ("control", "edges:0.8@0-0.6,depth") in info_lines(job)


def test_long_words_are_cut_for_the_card() -> None:
    assert len(words_of(replace(JOB, words="fox " * 1000))) == 80


def test_every_error_sentence_has_its_places_filled_by_its_own_values() -> None:
    assert say_problem(Problem(key="picture.truncated")) == errors.PictureError("truncated").sentence
    assert say_problem(Problem(key="no.such-key")) == errors.RestyleError("unexpected").sentence
    assert say_problem(Problem(key="refused.waiting", values={})) == errors.RestyleError("unexpected").sentence


def test_durations_and_ordinals_read_as_people_say_them() -> None:
    assert [wait(seconds) for seconds in (0.2, 40, 300, 3900, 7200)] == ["1 s", "40 s", "5 min", "1 h 5 min", "2 h"]
    assert [wait(3600 * hours) for hours in (47, 48, 76)] == ["47 h", "2 d", "3 d 4 h"]
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 21, 112)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "21st",
        "112th",
    ]
