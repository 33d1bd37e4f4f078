"""Every language says everything, with the same places, within the limits of the chats."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter

import pytest

from bot.commands import CATALOGUE, CommandSpec, Option
from bot.languages.choice import NAMES, accepted, choose
from bot.languages.english import ENGLISH
from bot.replies import LANGUAGES, decimal, ordinal, say, say_error, say_note
from core.errors import OptionError, PictureError, RestyleError, StartError, UnknownNameError

SPECS = [one for spec in CATALOGUE for one in (spec, *spec.actions)]
OTHERS = [language for language in LANGUAGES if language != "en"]
MOST_OF = {"button.": 80, "discord.menu": 32, "discord.form": 45, "discord.field.": 45, "about.": 100}  # Discord's
READ_IN_A_TERMINAL = {StartError}  # `restyle` speaks English


def _kinds(kind: type[RestyleError] = RestyleError) -> Iterable[type[RestyleError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


def everything() -> dict[str, str]:
    """All that is said in English, by the key under which it is translated."""
    explained: list[CommandSpec | Option] = [*SPECS, *(option for spec in SPECS for option in spec.options)]
    errors = {
        f"{kind.family}.{reason}": sentence
        for kind in _kinds()
        if kind not in READ_IN_A_TERMINAL
        for reason, sentence in kind.sentences.items()
    }
    about = {
        f"about.command.{what.key}" if isinstance(what, CommandSpec) else f"about.option.{what.name}": what.summary
        for what in explained
    }
    return ENGLISH | errors | about


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_the_setting_offers_the_languages_that_are_spoken() -> None:
    option = next(spec for spec in CATALOGUE if spec.name == "settings").option("language")
    assert option is not None
    assert set(option.choices) == set(LANGUAGES) == set(NAMES)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_everything_and_nothing_that_is_not_said_any_more(language: str) -> None:
    said = set(LANGUAGES[language])
    assert sorted(set(everything()) - said) == [], "not translated"
    assert sorted(said - set(everything())) == [], "nobody says this"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_the_english_sentence(language: str) -> None:
    different = [key for key, text in everything().items() if places(text) != places(LANGUAGES[language][key])]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_where_a_chat_shows_it(language: str) -> None:
    for key, text in (everything() | LANGUAGES[language]).items():
        most = next((most for start, most in MOST_OF.items() if key.startswith(start)), 300)
        assert 0 < len(text) <= most, (key, len(text))


@pytest.mark.parametrize("language", OTHERS)
def test_hardly_a_sentence_is_left_in_english(language: str) -> None:
    same = [
        key
        for key, text in everything().items()
        if " " in re.sub(r"{\w+}", "", text).strip() and LANGUAGES[language][key] == text
    ]
    assert same == []


def test_options_of_one_name_are_explained_alike() -> None:
    summaries: dict[str, set[str]] = {}
    for option in (option for spec in SPECS for option in spec.options):
        summaries.setdefault(option.name, set()).add(option.summary)
    assert [name for name, texts in summaries.items() if len(texts) > 1] == []


def test_the_first_wish_that_can_be_met_is_met() -> None:
    assert choose(None, "fr", "de-AT", "es") == "de"
    assert choose("es-419") == "es"
    assert choose("pt-BR", None) == "en"
    assert choose() == "en"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr, es;q=0.5, en;q=0.7", "en"),
        ("es;q=0.5,de;q=0", "es"),
        ("fr", None),
        ("de;q=broken", None),
        ("", None),
        (None, None),
        (",;q=" * 10_000, None),
    ],
)
def test_a_browser_says_what_it_would_rather_read(header: str | None, language: str | None) -> None:
    assert accepted(header) == language


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert [ordinal(3, language) for language in ("en", "de", "es")] == ["3rd", "3.", "3.º"]
    assert [decimal("6.1", language) for language in ("en", "de", "es")] == ["6.1", "6,1", "6,1"]


def test_errors_are_said_in_the_language_with_their_values() -> None:
    assert say_error(PictureError("empty"), "de") == "Diese Datei ist leer."
    unknown = UnknownNameError("near", what="style", given="inc", nearest="ink")
    assert say_error(unknown, "es") == "No existe estilo inc; ¿querías decir ink?"
    assert say_error(unknown, "de").startswith("Stil inc")
    assert say_error(OptionError("twice", option="seed"), "en") == "seed was given twice: keep one."


def test_what_was_done_to_a_picture_is_said_in_the_language() -> None:
    assert say_note("512x384 from 4032x3024", "de") == "512x384 aus 4032x3024"
    assert say_note("512x384, JPEG, quality 80", "es") == "512x384, JPEG, calidad 80"
    assert say_note("first frame of 12", "de") == "das erste von 12 Bildern"
    assert say_note("something else", "de") == "something else"


def test_a_sentence_whose_key_is_unknown_does_not_fail() -> None:
    assert say("no.such-key", "de") == "no.such-key"
