"""`restyle image`: one picture, here and now, without a server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.commands import COMMANDS, Kind
from bot.logs import configure_logging
from bot.options import HINT, REFERENCE
from bot.parsing import read_value
from bot.settings import Settings
from bot.studio import open_studio
from core.domain.catalogue import short_name
from core.domain.command import Command
from core.domain.request import Request
from core.errors import InputError, UnknownNameError
from core.service.offline import Made, Opened, Studio

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
_MAX_READ = 1_000_000_000  # bytes; intake has the real limit and the sentence for it


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """Where results go. `folder` and `stem` where no single file was named."""

    file: Path | None
    folder: Path
    stem: str
    several: bool

    def path(self, request: Request, index: int) -> Path:
        """An explicit name is written over; a name of our own never is."""
        if self.file:
            return self.file.with_stem(f"{self.file.stem}-{index + 1}") if self.several else self.file
        name = f"{self.stem}-{request.strength.normalize():f}-{request.seed}"
        candidates = (self.folder / f"{name}{ending}.png" for ending in _endings())
        return next(path for path in candidates if not path.exists())


def image(options: argparse.Namespace) -> int:
    """Exit status 0; raises RestyleError with what is wrong."""
    settings = _with_model(Settings.load(), options.model)
    configure_logging("debug" if options.debug else "error")
    studio = open_studio(settings)
    command = _command(options, studio, settings)
    hints = [None if name == "-" else _read(name) for name in options.hint]
    mask, reference = map(_read_if_named, (options.mask, options.reference))
    opened = studio.open(_read(options.picture), mask, reference, hints)
    requests = studio.plan(command, opened)
    output = _output(options, several=len(requests) > 1)
    _check_writable(output.file.parent if output.file else output.folder)
    made = _make(studio, opened, requests, output, options)
    if options.sheet:
        _write(Path(options.sheet), studio.sheet(opened, made))
    return 0


def _with_model(settings: Settings, name: str | None) -> Settings:
    """The settings with one model: that of a short name, or else a folder or hub id that nobody announced."""
    offered = {short_name(model): model for model in settings.offered}
    return settings.model_copy(update={"model": offered.get(name, name) if name else settings.model, "models": ()})


def _make(
    studio: Studio, opened: Opened, requests: Sequence[Request], output: Output, options: argparse.Namespace
) -> list[Made]:
    """Render one after the other; each result is on disk and reported before the next begins."""
    made = []
    with _progress(requests, quiet=options.quiet) as bar:
        studio.load()
        for index, request in enumerate(requests):
            one = studio.render(request, opened, lambda step, steps: bar.update(1))
            path = output.path(request, index)
            _write(path, studio.encoded(one.png, path.suffix))
            bar.clear()
            _report(path, one, opened, options)
            made.append(one)
    return made


def _command(options: argparse.Namespace, studio: Studio, settings: Settings) -> Command:
    """The options given, over those of --like."""
    given: dict[str, Any] = {}
    for option in COMMANDS["restyle"].options:
        if option.name == "model":  # which is a folder here, too, and decides what is loaded
            continue
        text = getattr(options, option.name.replace("-", "_"), None)
        if option.kind is Kind.LORAS and text:
            text = "+".join(text)  # it may be said several times
        if text is not None and option is not HINT:  # files, which are not words of the command
            given[option.field] = text if option is REFERENCE else read_value(option, text)
    if options.prompt:
        given["prompt"] = options.prompt
    if not options.like:
        return Command(name="restyle", words=options.prompt, **given)
    like, model = studio.command_like(_read(options.like))
    if short_name(model) != short_name(settings.model) and not options.quiet:
        print(f"restyle: that picture was made with the model {model[:80]}; --model chooses it.", file=sys.stderr)
    if like.reference and not options.reference:
        like = replace(like, reference=None, reference_scale=None)
        if not options.quiet:
            print("restyle: that picture was made with a reference; --reference shows one.", file=sys.stderr)
    if like.hint and not options.hint and "controls" not in given and not options.quiet:
        print("restyle: that picture was made with a control map; --hint shows one.", file=sys.stderr)
    return replace(like, **{"hint": None, **given})


def _output(options: argparse.Namespace, *, several: bool) -> Output:
    stem = f"{Path(options.picture).stem}-restyled"
    if options.out is None:
        return Output(file=None, folder=Path(), stem=stem, several=several)
    out = Path(options.out)
    if out.is_dir() or options.out.endswith(("/", "\\")):
        return Output(file=None, folder=out, stem=stem, several=several)
    if out.suffix.lower() not in _SUFFIXES:
        known = ", ".join(sorted(_SUFFIXES))
        raise UnknownNameError("alone", what="file format", given=out.suffix or out.name[:40], known=known)
    return Output(file=out, folder=out.parent, stem=stem, several=several)


def _read(name: str) -> bytes:
    """A file's bytes. Raises InputError in words."""
    try:
        with Path(name).open("rb") as stream:
            return stream.read(_MAX_READ)
    except FileNotFoundError as error:
        raise InputError("no-file", name=Path(name).name[:80]) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise InputError("unreadable", name=Path(name).name[:80]) from error


def _read_if_named(name: str | None) -> bytes | None:
    return _read(name) if name else None


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except (OSError, ValueError) as error:
        raise InputError("unwritable", name=path.name[:80]) from error


def _check_writable(folder: Path) -> None:
    """Before minutes of work, not after them."""
    probe = folder / ".restyle-probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError("unwritable", name=folder.name[:80] or "this folder") from error


@contextmanager
def _progress(requests: Sequence[Request], *, quiet: bool) -> Iterator[tqdm]:
    total = sum(request.plan.run for request in requests)
    hidden = quiet or not sys.stderr.isatty()
    with tqdm(total=total, unit="step", disable=hidden, leave=False, dynamic_ncols=True, mininterval=0) as bar:
        yield bar


def _report(path: Path, made: Made, opened: Opened, options: argparse.Namespace) -> None:
    request = made.request
    if options.json:
        facts = {
            "file": str(path),
            "width": request.width,
            "height": request.height,
            "input_width": opened.picture.width,
            "input_height": opened.picture.height,
            "prompt": request.prompt,
            "strength": float(request.strength),
            "seed": request.seed,
            "steps": request.steps,
            "steps_run": made.steps_run,
            "guidance": request.guidance,
            "scheduler": request.scheduler,
            "loras": {lora.name: lora.weight for lora in request.loras},
            "controls": [control.words for control in request.controls],
            "clip_skip": request.clip_skip,
            "reference_scale": request.reference.scale if request.reference else None,
            "model": short_name(request.model),
            "seconds": round(made.seconds, 3),
            "unread": made.unread,
        }
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif not options.quiet:
        size = f"{request.width}x{request.height}"
        strength = f"{request.strength.normalize():f}"
        print(f"{path}  {size}  strength {strength}  seed {request.seed}  {made.seconds:.1f} s", flush=True)
        if made.unread:
            print(f"restyle: the model had no room for the last words: {made.unread[:80]}", file=sys.stderr)


def _endings() -> Iterator[str]:
    yield ""
    number = 2
    while True:
        yield f"-{number}"
        number += 1
