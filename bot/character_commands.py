"""The actions of /character."""

from __future__ import annotations

from bot.options import ALIKE, CHARACTER, KEEP, PRESET, CommandSpec, Kind, Option

NAME = Option(name="name", kind=Kind.TEXT, summary="what the character is called", example="fox")


def _of_characters(
    name: str, summary: str, example: str, *options: Option, takes_picture: bool = False, takes_prompt: bool = False
) -> CommandSpec:
    return CommandSpec(
        name=name,
        summary=summary,
        example=f"/character {name} {example}".rstrip(),
        options=options,
        takes_picture=takes_picture,
        takes_prompt=takes_prompt,
        keeps_text=True,
        group="character",
    )


CHARACTERS = (
    _of_characters("list", "Your characters, and those that are shared here", ""),
    _of_characters(
        "save",
        "Make a character of a picture, or of words alone",
        "fox a fox with a blue scarf",
        NAME,
        *PRESET,
        takes_picture=True,
        takes_prompt=True,
    ),
    _of_characters("show", "One character with its best variations", "fox", CHARACTER),
    _of_characters("use", "The character that is meant where none is named; none takes that back", "fox", CHARACTER),
    _of_characters(
        "rename",
        "Give a character another name",
        "fox name=Reynard",
        CHARACTER,
        NAME,
    ),
    _of_characters("delete", "Delete a character, after a question", "fox", CHARACTER),
    _of_characters(
        "share",
        "Let others copy or follow a character, here or by a code",
        "fox here",
        CHARACTER,
        Option(
            name="how",
            kind=Kind.WORD,
            summary="copy: a character of their own; follow: yours with every change",
            example="follow",
            choices=("copy", "follow"),
        ),
        Option(
            name="whom",
            kind=Kind.WORD,
            summary="here: everybody of this server or group; code: whoever has the code; nobody: no more",
            example="here",
            choices=("here", "code", "nobody"),
        ),
    ),
    _of_characters(
        "take",
        "Take a character that somebody shares",
        "k7qx3mtvab4c",
        Option(
            name="shared",
            kind=Kind.TEXT,
            summary="the code of a shared character, or its name where it is shared",
            example="k7qx3mtvab4c",
        ),
        NAME,
    ),
    _of_characters(
        "edit",
        "Change a character's words and settings, or go back to an earlier picture",
        "fox strength=0.5",
        CHARACTER,
        *PRESET,
        KEEP,
        ALIKE,
        Option(
            name="version",
            kind=Kind.INTEGER,
            summary="which of its base pictures to go back to",
            example="1",
            low=1,
            high=10_000,
        ),
        takes_prompt=True,
    ),
    _of_characters(
        "face",
        "Where the face is that keep=face keeps: found, said in words, or painted on the picture",
        "fox",
        CHARACTER,
        takes_picture=True,
        takes_prompt=True,
    ),
    _of_characters("export", "A character as one file", "fox", CHARACTER),
    _of_characters("import", "Take a character from such a file", "", NAME, takes_picture=True),
)
