"""The protocol of a family: encode text, encode image, predict, decode. Everything else is the batcher's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image

from core.domain.request import Lora, Request
from core.domain.strength import StepPlan
from core.engine.controlnets import ControlNets
from core.engine.transfers import onto


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What one row is told beside its sample. Tensors of one row, without a batch dimension."""

    states: torch.Tensor  # (tokens, width)
    pooled: torch.Tensor | None = None  # (width,)
    sizes: torch.Tensor | None = None  # (numbers,): SDXL's sizes and crops
    any_length: bool = False  # the network takes rows of other lengths beside this one

    @property
    def structure(self) -> tuple[Any, ...]:
        """Rows are stepped together only where these agree."""
        states = self.states[:0] if self.any_length else self.states
        return tuple(None if part is None else tuple(part.shape) for part in (states, self.pooled, self.sizes))

    @property
    def bytes(self) -> int:
        return sum(part.nbytes for part in (self.states, self.pooled, self.sizes) if part is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A prompt as conditions. `negative` is None where nothing guides: then no unconditional row is computed.

    `unread` are the words that did not fit.
    """

    positive: Condition
    negative: Condition | None = None
    unread: str = ""

    @property
    def bytes(self) -> int:
        return self.positive.bytes + (self.negative.bytes if self.negative else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A picture's posterior: mean and standard deviation, (channels, rows, columns), not yet scaled."""

    mean: torch.Tensor
    std: torch.Tensor

    @property
    def bytes(self) -> int:
        return self.mean.nbytes + self.std.nbytes

    def sample(self, generator: torch.Generator) -> torch.Tensor:
        """As the library draws it: the first noise of a picture's generator."""
        noise = torch.randn((1, *self.mean.shape), generator=generator, dtype=self.mean.dtype)
        return self.mean + self.std * onto(self.mean.device, noise[0])


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Hint:
    """What a ControlNet is shown: `map` is (3, height, width) in [0, 1]. It works in these evaluations of its job."""

    net: str
    map: torch.Tensor
    scale: float
    evaluations: range


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What an image-prompt adapter makes of a picture, and of none, (pictures, [tokens,] width); `scale` in [0, 1]."""

    picture: torch.Tensor
    nothing: torch.Tensor
    scale: float = 1.0

    @property
    def bytes(self) -> int:
        return self.picture.nbytes + self.nothing.nbytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Guides:
    """What a job shows the network beside its words, the same in all its rows. Each kind of guide adds a field."""

    channels: torch.Tensor | None = None  # (channels, rows, columns): goes into the network beside the scaled sample
    hints: tuple[Hint, ...] = ()  # of different nets
    reference: Shown | None = None
    loras: tuple[Lora, ...] = ()

    @property
    def structure(self) -> tuple[Any, ...]:
        """Rows are stepped together only where these agree, and their LoRAs."""
        parts = (self.channels, self.reference.picture if self.reference else None)
        return (*(None if part is None else tuple(part.shape) for part in parts), self.nets)

    @property
    def nets(self) -> tuple[str, ...]:
        """The names of the ControlNets, whose outputs are summed: their order means nothing."""
        return tuple(sorted(hint.net for hint in self.hints))


NO_GUIDES = Guides()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One network evaluation: what it is told beside its sample."""

    condition: Condition
    guidance: float = 1.0  # for the models that take the scale as an input
    guides: Guides = NO_GUIDES
    is_unconditional: bool = False
    evaluation: int = 0  # its number among those of its job


def stacked(parts: Iterable[torch.Tensor | None]) -> torch.Tensor:
    """One part of every row's condition as a batch; all rows have it."""
    return torch.stack([part for part in parts if part is not None])


class Family(Protocol):
    """A loaded model whose pictures are stepped in one batch. Tensors live on `device`; samples are float32."""

    @property
    def device(self) -> torch.device: ...

    @property
    def padding(self) -> int:
        """Rows that were computed for nothing so far, to fill up the sizes that the network is made for."""
        ...

    @property
    def keeps_original_by_mask(self) -> bool:
        """Whether its stock inpainting draws noise for the masked picture too, which the order of draws must follow."""
        ...

    @property
    def batches_masks(self) -> bool:
        """Whether its stock inpainting is image to image with the original put back; else masks are its business."""
        ...

    @property
    def sees_masks(self) -> bool:
        """Whether the network is shown the mask and what lies around it, in channels beside the sample."""
        ...

    @property
    def controlnets(self) -> ControlNets | None:
        """The nets that can stand beside its network; None for families that have none here."""
        ...

    def hinted(self, net: str, hint: torch.Tensor) -> torch.Tensor:
        """A map, (3, height, width) of 0 to 255, as that net takes it. Loads the net. Raises ModelError."""
        ...

    @property
    def takes_references(self) -> bool:
        """Whether the network can be shown a picture beside the words."""
        ...

    def hasten(self) -> str | None:
        """Compute in a lower precision from now on, if that is faster on this processor; says so for the log."""
        ...

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        """Channels, rows and columns of a picture's latents."""
        ...

    def scheduler(self, request: Request) -> Any:
        """A fresh scheduler with its timesteps set for the request's plan. Raises ModelError."""
        ...

    def first_evaluation(self, scheduler: Any, plan: StepPlan) -> int:
        """The number of the first network evaluation that runs."""
        ...

    def weight(self, guidance: float) -> float | None:
        """What a scale means: uncond + weight (cond - uncond). None where it asks for no unconditional rows."""
        ...

    def combine(self, told: torch.Tensor, without: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """The outputs of guided jobs, (jobs, channels, ...) with and without the words, as one for each.

        `weights` are those of `weight`, (jobs, 1, 1, 1). Most: without + weights (told - without).
        """
        ...

    def wear(self, loras: tuple[Lora, ...]) -> None:
        """Have these LoRAs in all networks, and no others, from now on. Raises ModelError."""
        ...

    def read(self, request: Request) -> Words:
        """Its prompts as conditions, by the LoRAs it wears."""
        ...

    def look(self, picture: Image.Image) -> Shown:
        """What the network is shown of a picture beside the words. For `takes_references`."""
        ...

    def encode(self, pictures: Sequence[Image.Image]) -> list[Encoded]:
        """Pictures of one size, RGB."""
        ...

    def encode_around(self, picture: Image.Image, white: Image.Image) -> Encoded:
        """A picture as it is shown where `white` (grey, of its size) may change: grey there. For `sees_masks`."""
        ...

    def scale(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents of the encoder as the network knows them."""
        ...

    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        """The network once, over rows: (rows, channels, ...) in and out, float32."""
        ...

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """(pictures, channels, ...) as the network knows them, to (pictures, height, width, 3) in [0, 1], there."""
        ...
