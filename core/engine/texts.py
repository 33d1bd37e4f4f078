"""Prompts for the models whose text encoders are told no weights (T5, Qwen and their kin): plain words."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from core.domain.request import Request
from core.engine.emphasis import plain
from core.errors import ModelError


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """Prompts without marks of emphasis. `unread` are the words beyond what the longest of the encoders takes."""

    prompt: str
    negative: str
    clip_skip: int | None
    unread: str = ""

    @property
    def arguments(self) -> dict[str, str | int | None]:
        """As the library's pipelines take them."""
        return {"prompt": self.prompt, "negative_prompt": self.negative or None, "clip_skip": self.clip_skip}


def texts(pipeline: Any, request: Request) -> Texts:
    """What such a pipeline is told. Raises ModelError where layers are to be skipped and it cannot."""
    accepted = inspect.signature(pipeline.__call__).parameters
    if request.clip_skip and "clip_skip" not in accepted:
        raise ModelError("no-clip-skip")
    prompt = plain(request.prompt)
    limit = accepted.get("max_sequence_length")
    unread = _beyond(_last_tokenizer(pipeline), prompt, limit.default) if limit and limit.default else ""
    return Texts(prompt=prompt, negative=plain(request.negative), clip_skip=request.clip_skip or None, unread=unread)


def _last_tokenizer(pipeline: Any) -> Any:
    """That of the encoder that takes the longest prompts; the ones before it only add a summary."""
    named = (getattr(pipeline, name, None) for name in ("tokenizer_3", "tokenizer_2", "tokenizer"))
    return next((tokenizer for tokenizer in named if tokenizer is not None), None)


def _beyond(tokenizer: Any, prompt: str, limit: int) -> str:
    if tokenizer is None or len(prompt) < limit:  # a token is a character or more
        return ""
    ids = tokenizer(prompt, add_special_tokens=False).input_ids
    return str(tokenizer.decode(ids[limit - 1 :])).strip()
