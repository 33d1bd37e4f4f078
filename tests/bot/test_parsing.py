from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import CATALOGUE
from bot.parsing import parse, parse_strengths, read_value
from core.domain.request import Control
from core.errors import InputError, RestyleError


@pytest.mark.parametrize(
    "line",
    [
        "/restyle oil painting 0.6",
        "/restyle 0.6 oil painting",
        "/restyle oil painting, strength 0.6",
        "/restyle oil painting strength=0.6",
        "/restyle --strength 0.6 oil painting",
        "/restyle --strength=0.6 oil painting",
        "/restyle —strength 0.6 oil painting",
        "/restyle oil painting 60%",
        "/restyle oil painting 60 %",
        "/restyle oil painting 0,6",
        "/restyle@restyle_bot oil painting 0.6",
        "/RESTYLE oil painting s=illustrate",
        "oil painting 0.6",
        "  /restyle\n oil painting 0.6 ",
    ],
)
def test_every_way_to_say_it_is_the_same_command(line: str) -> None:
    command = parse(line)
    assert (command.name, command.prompt, command.strengths) == ("restyle", "oil painting", (Decimal("0.6"),))


def test_numbers_inside_a_prompt_stay_in_it() -> None:
    assert parse("/restyle 3 cats in 1999").prompt == "3 cats in 1999"


def test_words_that_are_option_names_stay_in_a_sentence() -> None:
    assert parse("/restyle a man of great strength and style").prompt == "a man of great strength and style"


def test_quoted_values_keep_their_spaces() -> None:
    command = parse('/restyle fox negative="blurry, dark" steps=20 size=256x128 count=2 private=on')
    assert (command.negative, command.steps, command.size, command.count) == ("blurry, dark", 20, (256, 128), 2)
    assert command.private


@pytest.mark.parametrize("quoted", ['"winter night"', "“winter night”", "„winter night“", "«winter night»"])
def test_the_quotes_that_telephones_make_are_quotes(quoted: str) -> None:
    command = parse(f"/session start fox theme={quoted} until=2h")
    assert command.target == "start fox"
    assert command.changes == {"theme": "winter night", "until": "2h"}


def test_quoted_words_are_never_options() -> None:
    command = parse('/restyle "0.5 litres, seed 7" 0.4')
    assert (command.prompt, command.strengths, command.seed) == ("0.5 litres, seed 7", (Decimal("0.4"),), None)


@pytest.mark.parametrize("option", ["clip_skip=2", "clip-skip=2", "--clip-skip 2", "clipskip 2"])
def test_marks_of_emphasis_stay_in_the_prompt_and_layers_are_skipped(option: str) -> None:
    command = parse(rf"/restyle a (red armour:1.3) [cat] \(x\) {option} 0.6")
    assert command.prompt == r"a (red armour:1.3) [cat] \(x\)"
    assert (command.clip_skip, command.strengths) == (2, (Decimal("0.6"),))


def test_several_strengths_are_told_from_a_decimal_comma() -> None:
    assert parse_strengths("0,6") == (Decimal("0.6"),)
    assert parse_strengths("0.3,0.6") == (Decimal("0.3"), Decimal("0.6"))
    assert parse_strengths("subtle, bold") == (Decimal("0.35"), Decimal("0.75"))
    assert parse_strengths("0,3;0,6") == (Decimal("0.3"), Decimal("0.6"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/restyle fox strength=abc", "abc is not in between"),
        ("/restyle fox, strength abc", "abc is not in between"),
        ("/restyle fox -1", "-1 is not in between"),
        ("/restyle fox 1.5", "1.5 is not in between"),
        ("/restyle fox 0.5 0.6", "strength was given twice"),
        ("/restyle fox --seeed 3", "did you mean seed"),
        ("/restyle fox zzz=3", "These exist: strength"),
        ("/restyle fox steps=0", "steps goes from 1 to 150"),
        ("/restyle fox steps=many", "many is not one"),
        ("/restyle fox seed=4294967296", "to 4294967295"),
        ("/restyle fox size=big", "looks like 512x512"),
        ("/restyle fox --steps", "steps=30"),
        ("/restyl fox", "did you mean /restyle"),
        ("/xyzzy", "I know /restyle"),
        ("/settings format=gif", "png, webp, jpeg"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(line: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(line)
    assert sentence in caught.value.sentence


def test_settings_keep_what_was_asked_to_change() -> None:
    assert parse("/settings strength=0,5 previews=off").changes == {"strength": "0,5", "previews": "off"}
    assert parse("/settings strength=none style=None").changes == {"strength": "none", "style": "None"}


def sentence_of(line: str) -> str:
    """What a person would see: the command's name, or the error's sentence; any other exception is a defect."""
    try:
        return parse(line).name
    except RestyleError as error:
        return error.sentence


@given(st.text(max_size=300))
def test_any_text_is_a_command_or_a_sentence(text: str) -> None:
    assert sentence_of(text)


@given(st.text(max_size=200))
def test_any_text_after_restyle_is_a_command_or_a_sentence(text: str) -> None:
    assert sentence_of("/restyle " + text)


def test_a_hundred_thousand_characters_are_read_in_bounded_time() -> None:
    assert len(parse("/restyle " + "fox " * 25_000).prompt) == 99_999
    for hostile in ('"', "a=", "--", 'a"', "0.5,", "((", "%"):
        sentence_of("/restyle fox " + hostile * 50_000)


def test_every_example_of_the_catalogue_works() -> None:
    for spec in CATALOGUE:
        assert parse(spec.example).name == spec.name
        for option in spec.options:
            read_value(option, option.example)


@pytest.mark.parametrize(
    ("text", "controls"),
    [
        ("edges", (Control(net="edges"),)),
        ("Edges:0.8", (Control(net="edges", scale=0.8),)),
        ("edges:0,8@0-0.6", (Control(net="edges", scale=0.8, end=0.6),)),
        ("edges@0.2-1", (Control(net="edges", start=0.2),)),
        ("edges:0,8,depth:0.5", (Control(net="edges", scale=0.8), Control(net="depth", scale=0.5))),
        ("edges+soft-lines", (Control(net="edges"), Control(net="soft-lines"))),
    ],
)
def test_a_control_says_how_much_and_from_when_to_when(text: str, controls: tuple[Control, ...]) -> None:
    assert parse(f"/restyle fox control={text}, 0.6").controls == controls
    written = ",".join(control.words for control in controls)
    assert parse(f"/restyle fox control={written}").controls == controls


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0.8", "option.control"),
        ("edges:strong", "option.control"),
        ("edges:3", "option.range"),
        ("edges@0.6-0.2", "option.control-span"),
        ("edges@0-7", "option.control-span"),
        ("edges,edges:0.5", "option.twice"),
        ("a,b,c,d", "option.too-many-controls"),
    ],
)
def test_a_control_that_cannot_be_read_says_how_one_looks(text: str, key: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"/restyle fox control={text}")
    assert caught.value.key == key
