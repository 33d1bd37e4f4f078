"""Z-Image: a transformer that takes words of any length beside each other.

The library's forward takes a list of rows and lays out the words of each by their length: a compiler would begin anew
for every mixture of prompts, and a graph would hold for one. So the same layers are called here for all rows at once,
with lengths that are data. A test holds this against the library's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import ZImageImg2ImgPipeline
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from core.domain.request import Request
from core.engine.families.family import Condition, Row, Words
from core.engine.families.flow import FlowFamily
from core.engine.loading import Model
from core.engine.texts import texts
from core.engine.transfers import onto

_PATCH = 2  # cells along a side of what the network takes as one token
_LAYERS = f"{_PATCH}-1"  # its first and last layers for those, of one frame


class ZImage(FlowFamily):
    """See `Family`. The network hears its words filled up to a multiple of 32 tokens, and nothing beyond."""

    stock = ZImageImg2ImgPipeline

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._transformer.rope_embedder(torch.zeros(1, 3, dtype=torch.int32, device=self.device))  # makes its tables

    def weight(self, guidance: float) -> float | None:
        """Its stock pipelines add the scale to what is there: cond + g (cond - uncond). 0 guides by nothing."""
        return guidance + 1 if guidance > 0 else None

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        guided = self.weight(request.guidance) is not None
        told = texts(self._pipeline, request)
        positive, negative = self._pipeline.encode_prompt(
            prompt=told.prompt,
            device=self.device,
            do_classifier_free_guidance=guided,
            negative_prompt=told.negative or None,
        )
        return Words(
            positive=Condition(states=positive[0], any_length=True),
            negative=Condition(states=negative[0], any_length=True) if guided else None,
            unread=told.unread,
        )

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        states = pad_sequence([row.condition.states for row in rows], batch_first=True)
        words = torch.tensor([len(row.condition.states) for row in rows])
        heard = words + -words % SEQ_MULTI_OF
        tokens = int(heard.max())
        inputs = {
            "samples": samples.to(self._precision),
            "times": (1000 - timesteps) / 1000,  # it counts from noise to picture, and points the other way
            "states": pad(states, (0, 0, 0, tokens - states.shape[1])).to(self._precision),
            "words": onto(self.device, words),
            "heard": onto(self.device, heard),
            "masks": bool((heard < tokens).any()),  # attention is faster without
        }
        return -self._network(len(rows), inputs, rows[0].guides.loras).float()

    def _forward(self, **inputs: Any) -> torch.Tensor:
        """(rows, channels, ...) in and out. `words` and `heard` are numbers of tokens, (rows,)."""
        network, samples, heard = self._transformer, inputs["samples"], inputs["heard"]
        told = network.t_embedder(inputs["times"] * network.t_scale).type_as(samples)
        seen, seen_places = self._pictures(samples, heard)
        read, read_places = self._words(inputs["states"], inputs["words"])
        mask = _up_to(heard, read.shape[1]) if inputs["masks"] else None
        for layer in network.noise_refiner:
            seen = layer(seen, None, seen_places, told)
        for layer in network.context_refiner:
            read = layer(read, mask, read_places)
        tokens = seen.shape[1]
        both, places = torch.cat([seen, read], dim=1), torch.cat([seen_places, read_places], dim=1)
        mask = None if mask is None else pad(mask, (tokens, 0), value=True)
        for layer in network.layers:
            both = layer(both, mask, places, told)
        both = network.all_final_layer[_LAYERS](both, c=told)
        return _unpatched(both, samples.shape)

    def _pictures(self, samples: torch.Tensor, heard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Their tokens, filled up, and where they are: behind the words, at their rows and columns."""
        network = self._transformer
        rows, columns = (torch.arange(side // _PATCH, device=samples.device) for side in samples.shape[2:])
        cells = torch.cartesian_prod(rows, columns).expand(len(samples), -1, -1)
        places = torch.cat([(heard + 1).view(-1, 1, 1).expand(-1, cells.shape[1], 1), cells], dim=2)
        more = -cells.shape[1] % SEQ_MULTI_OF
        places = pad(places, (0, 0, 0, more))
        tokens = network.all_x_embedder[_LAYERS](_patched(samples))
        tokens = torch.cat([tokens, network.x_pad_token.expand(len(samples), more, -1)], dim=1)
        return tokens, network.rope_embedder(places.flatten(0, 1)).view(*places.shape[:2], -1)

    def _words(self, states: torch.Tensor, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Their tokens, filled up, and where they are: in one line, from 1 on."""
        network = self._transformer
        is_word = _up_to(words, states.shape[1]).unsqueeze(2)
        tokens = torch.where(is_word, network.cap_embedder(states), network.cap_pad_token)
        numbers = torch.arange(1, states.shape[1] + 1, device=states.device)
        places = network.rope_embedder(pad(numbers.unsqueeze(1), (0, 2)))
        return tokens, places.expand(len(states), -1, -1)


def _up_to(lengths: torch.Tensor, tokens: int) -> torch.Tensor:
    """(rows, tokens): whether a token is one of the first so many of its row."""
    return torch.arange(tokens, device=lengths.device) < lengths.unsqueeze(1)


def _patched(samples: torch.Tensor) -> torch.Tensor:
    """(rows, patches, cells and channels): channels go fastest."""
    rows, channels, height, width = samples.shape
    cells = samples.reshape(rows, channels, height // _PATCH, _PATCH, width // _PATCH, _PATCH)
    return cells.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


def _unpatched(tokens: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The way back, without what comes behind the patches."""
    rows, channels, height, width = shape
    grid = (height // _PATCH, width // _PATCH)
    cells = tokens[:, : grid[0] * grid[1]].reshape(rows, *grid, _PATCH, _PATCH, channels)
    return cells.permute(0, 5, 1, 3, 2, 4).reshape(shape)
