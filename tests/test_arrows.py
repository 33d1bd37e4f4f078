"""The arrows of the house: who may import whom. Reads the source, runs none of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMPOSITION_ROOTS = {"bot/app.py", "bot/studio.py"}  # they build everything, so they may see everything
HOMES = {  # heavy or platform packages, and the only rooms that may import them
    "torch": ("core/engine", "core/video", "core/tinymodel"),
    "diffusers": ("core/engine", "core/video", "core/tinymodel"),
    "transformers": ("core/engine", "core/video", "core/tinymodel"),
    "ray": ("core/cluster",),
    "discord": ("bot/discord_bot",),
    "telegram": ("bot/telegram_bot",),
}


def sources() -> list[Path]:
    return [path for room in ("bot", "core") for path in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def offences(room: str, allowed: tuple[str, ...], among: tuple[str, ...] = ("bot", "core")) -> list[str]:
    found = []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(room) and name not in COMPOSITION_ROOTS:
            found += [
                f"{name} imports {module}"
                for module in imports(path)
                if module.partition(".")[0] in among and not module.startswith(allowed)
            ]
    return found


def test_core_never_imports_bot() -> None:
    assert not offences("core/", ("core",))


def test_bot_reaches_core_through_its_door() -> None:
    assert not offences("bot/", ("bot", "core.service", "core.domain", "core.errors"))


def test_the_domain_imports_the_standard_library_only() -> None:
    standard = (*sys.stdlib_module_names, "core.domain", "core.errors")
    found = [
        f"{path.name} imports {module}"
        for path in sources()
        if path.relative_to(ROOT).as_posix().startswith("core/domain")
        for module in imports(path)
        if not (module.partition(".")[0] in sys.stdlib_module_names or module.startswith(standard[-2:]))
    ]
    assert not found


def test_the_queue_imports_only_the_domain() -> None:
    assert not offences("core/queue", ("core.queue", "core.domain", "core.errors"))


@pytest.mark.parametrize("package", HOMES)
def test_heavy_packages_stay_in_their_rooms(package: str) -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if package in {module.partition(".")[0] for module in imports(path)}
        and not path.relative_to(ROOT).as_posix().startswith(HOMES[package])
    ]
    assert not found


def test_functions_and_files_stay_short() -> None:
    long = []
    for path in sources():
        text = path.read_text("utf-8")
        if text.count("\n") > 400:
            long.append(f"{path.name} has {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                size = node.end_lineno - node.lineno + 1
                if size > 60:
                    long.append(f"{path.name}: {node.name} has {size} lines")
    assert not long
