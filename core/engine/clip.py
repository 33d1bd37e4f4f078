"""Prompts for the networks that are told words by CLIP text encoders: emphasis, any length, skipped layers.

A prompt of one chunk without marks becomes exactly what the library's own `encode_prompt` makes of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.loaders import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin

from core.domain.request import Request
from core.engine.emphasis import pieces
from core.errors import ModelError

CHUNKS = 8  # that a prompt may fill, of 75 tokens each; the rest is not read
_KINDS = (StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompts:
    """What the network is told: states (tokens, width) of one shape, pooled ones (width,) for XL.

    `negative` is None where nothing guides. `unread` are the words that did not fit.
    """

    positive: torch.Tensor
    negative: torch.Tensor | None = None
    pooled: torch.Tensor | None = None
    negative_pooled: torch.Tensor | None = None
    unread: str = ""

    @property
    def arguments(self) -> dict[str, torch.Tensor]:
        """As the library's pipelines take them."""
        named = {
            "prompt_embeds": self.positive,
            "negative_prompt_embeds": self.negative,
            "pooled_prompt_embeds": self.pooled,
            "negative_pooled_prompt_embeds": self.negative_pooled,
        }
        return {name: part[None] for name, part in named.items() if part is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tokens:
    """Token ids and their weights, without begin and end. `unread` are the words behind the last chunk."""

    ids: list[int]
    weights: list[float]
    unread: str

    def chunks(self, room: int) -> int:
        """How many chunks of `room` tokens they fill; an empty prompt fills one, too."""
        return max(1, -(-len(self.ids) // room))


class PromptReader:
    """Reads prompts for one pipeline with its own tokenizers and text encoders."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._is_xl = isinstance(pipeline, StableDiffusionXLLoraLoaderMixin)
        names = ("", "_2") if self._is_xl else ("",)
        both = ((getattr(pipeline, f"tokenizer{name}"), getattr(pipeline, f"text_encoder{name}")) for name in names)
        self._encoders = [(tokenizer, encoder) for tokenizer, encoder in both if encoder is not None]

    @staticmethod
    def fits(pipeline: Any) -> bool:
        """Whether a pipeline is of Stable Diffusion 1.x, 2.x or XL, of whatever kind."""
        return isinstance(pipeline, _KINDS) and "prompt_embeds" in inspect.signature(pipeline.__call__).parameters

    def guides(self, guidance: float) -> bool:
        """Whether a scale asks for unconditional rows; models distilled from guidance (LCM) take it as an input."""
        return guidance > 1 and self._pipeline.unet.config.time_cond_proj_dim is None

    @torch.inference_mode()
    def read(self, request: Request) -> Prompts:
        """Both prompts of a request. As in the library, the negative one skips no layers. Raises ModelError."""
        self._check(request.clip_skip)
        guided = self.guides(request.guidance)
        positive = [_tokens(tokenizer, request.prompt) for tokenizer, _ in self._encoders]
        negative = [_tokens(tokenizer, request.negative) for tokenizer, _ in self._encoders] if guided else []
        # the library asks for rows of one length, so the shorter prompt is filled with empty chunks
        count = max(tokens.chunks(self._room) for tokens in positive + negative)
        states, pooled = self._encode(positive, count, request.clip_skip)
        unread = positive[0].unread or (negative[0].unread if negative else "")
        if not guided:
            return Prompts(positive=states, pooled=pooled, unread=unread)
        zeros = None
        if pooled is not None and not request.negative and self._pipeline.config.force_zeros_for_empty_prompt:
            zeros = torch.zeros_like(states), torch.zeros_like(pooled)
        without, without_pooled = zeros or self._encode(negative, count, 0)
        return Prompts(positive=states, negative=without, pooled=pooled, negative_pooled=without_pooled, unread=unread)

    @property
    def _room(self) -> int:
        return _room(self._encoders[0][0])

    def _check(self, clip_skip: int) -> None:
        layers = min(encoder.config.num_hidden_layers for _, encoder in self._encoders)
        limit = layers - self._is_xl  # XL leaves its last layer out always
        if clip_skip > limit:
            raise ModelError("clip-skip", limit=limit)

    def _encode(
        self, prompts: Sequence[_Tokens], chunks: int, clip_skip: int
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The states of all encoders side by side, and the pooled state of the last one's first chunk."""
        states, pooled = [], None
        for (tokenizer, encoder), tokens in zip(self._encoders, prompts, strict=True):
            # the last one is empty: what a word weighs is counted from there
            ids, weights = _laid_out(tokenizer, tokens, chunks)
            is_weighed = bool((weights != 1).any())
            output = self._output(tokenizer, encoder, ids if is_weighed else ids[:-1])
            found = self._states(encoder, output, clip_skip)
            if is_weighed:
                found = _weighed(found[:-1], found[-1:], weights[:-1])
            states.append(found.flatten(0, 1))
            pooled = output[0][0] if output[0].ndim == 2 else pooled
        last = self._encoders[-1][1]
        return torch.cat(states, dim=-1).to(last.dtype), pooled

    def _output(self, tokenizer: Any, encoder: Any, ids: torch.Tensor) -> Any:
        device = self._pipeline._execution_device
        mask = None
        if getattr(encoder.config, "use_attention_mask", False) and not self._is_xl:
            lengths = (ids == tokenizer.eos_token_id).int().argmax(dim=1, keepdim=True)
            mask = (torch.arange(ids.shape[1])[None] <= lengths).long().to(device)
        return encoder(ids.to(device), attention_mask=mask, output_hidden_states=True)

    def _states(self, encoder: Any, output: Any, clip_skip: int) -> torch.Tensor:
        """Which layer is read: XL reads the last but one; the others the last, through the final norm."""
        if self._is_xl:
            states: torch.Tensor = output.hidden_states[-(clip_skip + 2)]
            return states
        if not clip_skip:
            return output[0]  # type: ignore[no-any-return]  # the library's output has no types
        text_model = getattr(encoder, "text_model", encoder)
        return text_model.final_layer_norm(output.hidden_states[-(clip_skip + 1)])  # type: ignore[no-any-return]  # same


def _room(tokenizer: Any) -> int:
    """Tokens of a chunk, beside its begin and its end."""
    return int(tokenizer.model_max_length) - 2


def _tokens(tokenizer: Any, prompt: str) -> _Tokens:
    ids: list[int] = []
    weights: list[float] = []
    for piece in pieces(prompt):
        found = tokenizer(piece.text, add_special_tokens=False).input_ids
        ids += found
        weights += [piece.weight] * len(found)
    most = CHUNKS * _room(tokenizer)
    unread = tokenizer.decode(ids[most:]).strip() if len(ids) > most else ""
    return _Tokens(ids=ids[:most], weights=weights[:most], unread=unread)


def _laid_out(tokenizer: Any, tokens: _Tokens, chunks: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(chunks + 1, length) of ids and of weights: each chunk with its begin, end and padding; the last one empty."""
    room = _room(tokenizer)
    ids = torch.full((chunks + 1, room + 2), tokenizer.pad_token_id)
    weights = torch.ones(chunks + 1, room + 2)
    for place in range(chunks + 1):
        part = slice(place * room, (place + 1) * room)
        told = [tokenizer.bos_token_id, *tokens.ids[part], tokenizer.eos_token_id]
        ids[place, : len(told)] = torch.tensor(told)
        weights[place, 1 : len(told) - 1] = torch.tensor(tokens.weights[part])
    return ids, weights


def _weighed(states: torch.Tensor, empty: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """A word's state is moved away from (or towards) what an empty prompt has at its place, as ComfyUI does it."""
    weights = weights[..., None].to(states)
    return torch.where(weights == 1, states, empty + weights * (states - empty))
