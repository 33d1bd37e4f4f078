"""The command line: what it accepts, and which exit status each ending has.

0 it worked; 2 bad usage, bad input or a bad setting (one line on standard error); 3 the engine failed; 130 Ctrl-C.
Nothing heavy is imported before a command is known: `restyle --help` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from bot.commands import CATALOGUE, COMMANDS, CommandSpec, Kind, Option
from core.errors import EngineError, RestyleError

BAD_INPUT = 2
ENGINE_FAILED = 3
INTERRUPTED = 130
NOT_TYPED = {"restyle", "sweep", "admin", "help"}  # `restyle image` and --help do the same here


class _Parser(argparse.ArgumentParser):
    """argparse that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"restyle: {message} (see {self.prog} --help)\n")


def run_command_line(arguments: Sequence[str]) -> int:
    """Parse, run, and turn every ending into an exit status."""
    options = read_arguments(arguments)
    handler: Callable[[argparse.Namespace], int] = options.handler
    try:
        return handler(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains while it leaves
        return 0
    except RestyleError as error:
        if options.debug:
            raise
        print(f"restyle: {error.sentence}", file=sys.stderr)
        return ENGINE_FAILED if isinstance(error, EngineError) else BAD_INPUT
    except Exception:
        if options.debug:
            raise
        logging.getLogger(__name__).debug("unexpected error", exc_info=True)
        print("restyle: something went wrong; --debug shows what.", file=sys.stderr)
        return ENGINE_FAILED


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """What chats' commands are followed by goes to the parser of the chats, in its order."""
    parser = build_parser()
    options, words = parser.parse_known_args(arguments)
    if hasattr(options, "command"):
        options.words = words
    elif words:
        parser.error(f"unrecognized arguments: {' '.join(words)}")
    return options


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar; options of a picture come from the catalogue that chats use, too."""
    parser = _Parser(prog="restyle", description="Restyles pictures with a diffusion model, in chats and here.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_image(commands)
    for spec in CATALOGUE:
        if spec.name not in NOT_TYPED:
            _add_typed(commands, spec)
    _add_press(commands)
    _add_doctor(commands)
    _add_calibrate(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[_Parser]) -> None:
    run = commands.add_parser("run", help="start the page, the chats and the engine")
    _add_debug(run)
    run.set_defaults(handler=_run)


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    doctor = commands.add_parser("doctor", help="check this installation and say what to do")
    _add_debug(doctor)
    doctor.set_defaults(handler=_doctor)


def _add_calibrate(commands: argparse._SubParsersAction[_Parser]) -> None:
    calibrate = commands.add_parser("calibrate", help="measure what RESTYLE_LIKENESS_SCALE should be")
    calibrate.add_argument("folder", metavar="FOLDER", help="with a folder for each character, of several pictures")
    calibrate.add_argument("--faces", action="store_true", help="of RESTYLE_FACE_MODEL, by the faces alone")
    _add_debug(calibrate)
    calibrate.set_defaults(handler=_calibrate)


def _add_image(commands: argparse._SubParsersAction[_Parser]) -> None:
    image = commands.add_parser("image", help="restyle a picture here, without a server")
    image.add_argument("picture", metavar="PICTURE", help="the file to restyle")
    image.add_argument("prompt", metavar="PROMPT", nargs="?", default="", help="what it should become")
    for option in COMMANDS["restyle"].options:
        if option.name not in {"private", "spoiler", "model", "reference", "hint", "character"}:
            several = "append" if option.kind is Kind.LORAS else "store"
            image.add_argument(f"--{option.name}", metavar=_metavar(option), help=_help(option), action=several)
    image.add_argument("--mask", metavar="FILE", help="white changes, grey changes less, black stays exactly as it is")
    image.add_argument("--reference", metavar="FILE", help="a second picture to look at, for models with an adapter")
    image.add_argument(
        "--hint",
        metavar="FILE",
        action="append",
        default=[],
        help="a ready map for --control, once for each of several; - for one that is made from the picture",
    )
    image.add_argument(
        "--model",
        metavar="NAME|FOLDER|ID",
        help="one of RESTYLE_MODELS, a diffusers folder, or a hub id; default: RESTYLE_MODEL",
    )
    image.add_argument(
        "--out", metavar="FILE|FOLDER", help="where results go; default: beside you, named after the picture"
    )
    image.add_argument("--sheet", metavar="FILE", help="also write one labelled sheet of all results")
    image.add_argument("--like", metavar="FILE", help="repeat the settings that a result of Restyle carries")
    image.add_argument("--json", action="store_true", help="one JSON object a result on standard output")
    image.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    _add_debug(image)
    image.set_defaults(handler=_image)


def _add_typed(commands: argparse._SubParsersAction[_Parser], spec: CommandSpec) -> None:
    """A command as it is typed in chats; its options are the same there and here."""
    shown = [spec, *spec.actions]
    lines = [f"  {_in_a_shell(each)}".ljust(56) + each.summary for each in shown]
    known = {option.name: option for each in shown for option in each.options}
    lines += ["", "options, as --name value or name=value:"] if known else []
    lines += [f"  {name:<18}{_help(option)}" for name, option in known.items()]
    parser = commands.add_parser(
        spec.name,
        help=spec.summary,
        usage=f"restyle {spec.name} WORDS... [--picture FILE] [--out FOLDER]",
        epilog="\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--picture", metavar="FILE", help="the picture that goes with it")
    parser.add_argument("--job", metavar="ID", help="an earlier result that it is about")
    _add_talk(parser)
    parser.set_defaults(handler=_talk, command=spec.name)


def _in_a_shell(spec: CommandSpec) -> str:
    """Its example, with quotes around what a shell would take for its own."""
    name, _, words = spec.example.removeprefix("/").partition(" ")
    return f'{name} "{words}"' if set("|{}") & set(words) else f"{name} {words}".strip()


def _add_press(commands: argparse._SubParsersAction[_Parser]) -> None:
    press = commands.add_parser("press", help="press a button that another command has named", allow_abbrev=False)
    press.add_argument("button", metavar="BUTTON", help="as it was named: base:01jc9m2ex4k7q3vz")
    _add_talk(press)
    press.set_defaults(handler=_talk)


def _add_talk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FOLDER", default=".", help="where files go; default: here")
    parser.add_argument("--yes", action="store_true", help="answer questions with yes")
    parser.add_argument("--json", action="store_true", help="the answer as one JSON object on standard output")
    _add_debug(parser)


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show details and tracebacks")


def _metavar(option: Option) -> str:
    names = {
        Kind.STRENGTH: "S[,S...]",
        Kind.SIZE: "WxH",
        Kind.TEXT: "TEXT",
        Kind.WORD: "NAME",
        Kind.LORAS: "NAME[:W]",
        Kind.CONTROL: "NET[:S][@A-B]",
    }
    return names.get(option.kind, "N")


def _help(option: Option) -> str:
    bounds = f" ({option.low:g} to {option.high:.10g})" if option.low is not None and option.high is not None else ""
    return (option.summary + bounds).replace("%", "%%")


def _run(options: argparse.Namespace) -> int:
    from bot.run import run

    return run(debug=options.debug)


def _image(options: argparse.Namespace) -> int:
    from bot.image import image

    return image(options)


def _talk(options: argparse.Namespace) -> int:
    from bot.terminal import talk

    return talk(options)


def _calibrate(options: argparse.Namespace) -> int:
    from bot.calibrate import calibrate

    return calibrate(options.folder, faces=options.faces)


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import doctor

    return doctor()
