"""The settings of a picture: for people to read, and as a line that makes it again."""

from __future__ import annotations

from bot.replies import decimal, say
from core.domain.catalogue import short_name
from core.domain.job import Job
from core.domain.request import MAPS, Request


def info_lines(job: Job, language: str = "en") -> list[tuple[str, str]]:
    """The settings of a job, name and value, for people to read."""
    request, original = job.request, f"{job.original_width}x{job.original_height}"
    lines = [
        ("prompt", request.prompt),
        ("negative", request.negative),
        ("strength", f"{request.strength.normalize():f}"),
        ("seed", str(request.seed)),
        ("steps", say("info.steps-run", language, steps=request.steps, run=request.plan.run)),
        ("guidance", f"{request.guidance:g}"),
        ("scheduler", request.scheduler),
        ("lora", "+".join(lora.text for lora in request.loras)),
        ("control", ",".join(control.words for control in request.controls)),
        ("clip-skip", str(request.clip_skip or "")),
        ("reference", _reference(request, language)),
        ("model", short_name(request.model)),
        ("size", say("info.size-from", language, size=f"{request.width}x{request.height}", original=original)),
        ("mask", say("info.masked", language) if request.mask else ""),
        ("likeness", f"{job.outcome.likeness.percent} %" if job.outcome and job.outcome.likeness else ""),
        ("made", _made(job, language)),
        ("job", job.id),
    ]
    return [(say(f"info.{name}", language), value) for name, value in lines if value]


def _made(job: Job, language: str) -> str:
    """How its picture came about."""
    if job.outcome is None:
        return ""
    if job.outcome.remembered:
        return say("info.remembered", language)
    return say("info.seconds", language, seconds=decimal(f"{job.outcome.seconds:.1f}", language))


def copy_line(job: Job) -> str:
    """A /restyle line that makes this very picture again from the same original."""
    request = job.request
    parts = [
        f"/restyle {_quoted(request.prompt)}",
        f"strength={request.strength.normalize():f}",
        f"seed={request.seed}",
        f"steps={request.steps}",
        f"guidance={request.guidance:g}",
        f"scheduler={request.scheduler}",
        f"model={_word(short_name(request.model))}",
    ]
    if request.controls:
        parts.append(f"control={','.join(control.words for control in request.controls)}")
    if any(control.hint for control in request.controls):
        names = [f"{job.id}:{part}" if one.hint else "-" for part, one in zip(MAPS, request.controls, strict=False)]
        parts.append(f"hint={','.join(names)}")
    if request.reference:
        parts += [f"reference={job.id}:reference", f"reference-scale={request.reference.scale:g}"]
    parts += [f"lora={'+'.join(lora.text for lora in request.loras)}"] if request.loras else []
    parts += [f"clip-skip={request.clip_skip}"] if request.clip_skip else []
    parts += [f"negative={_quoted(request.negative)}"] if request.negative else []
    return " ".join(parts)


def _reference(request: Request, language: str) -> str:
    return say("info.reference-scale", language, scale=f"{request.reference.scale:g}") if request.reference else ""


def _word(text: str) -> str:
    return _quoted(text) if " " in text else text


def _quoted(text: str) -> str:
    """One value to the parser, whatever is in it."""
    return '"' + text.replace('"', "'") + '"'
