"""A slot: one job among those that are stepped together, at its own place in its own schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image

from core.engine.families.family import NO_GUIDES, Condition, Guides, Row, Words
from core.engine.running import Task
from core.engine.solver import SolverTable
from core.engine.transfers import onto

Combine = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # see `Family.combine`


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What lies around the part that may change: the fitted input, which stays where the mask is black."""

    picture: Image.Image
    mask: Image.Image


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """What may change, and when. Where it may not yet, `original` (latents) and `noise` are kept.

    `first_steps`: (1, rows, columns), see `core.imaging.masks`.
    """

    first_steps: torch.Tensor
    original: torch.Tensor
    noise: torch.Tensor


@dataclass(eq=False, kw_only=True, slots=True)
class Slot:
    """`sample` (channels, rows, columns) is what evaluation `row` of the table takes; float32."""

    task: Task
    table: SolverTable
    words: Words
    weight: float  # of the difference that the words make, where there is an unconditional row
    sample: torch.Tensor
    carry: torch.Tensor
    generator: torch.Generator
    frame: Frame | None = None  # put back after decoding
    region: Region | None = None  # put back at each step
    guides: Guides = NO_GUIDES
    row: int = 0
    past: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list)  # (sample, output), newest first
    last: tuple[torch.Tensor, torch.Tensor] | None = None  # sample and output of the newest evaluation
    told: int = 0  # steps that were reported
    next_preview: float = 0.0
    seconds: float = 0.0  # of the device, its share of each tick
    apart: bool = False  # a tick with it failed: it is stepped alone until that shows whose fault it was

    @property
    def rows(self) -> int:
        """Network evaluations of a tick."""
        return 1 + self.is_guided

    @property
    def is_guided(self) -> bool:
        return self.words.negative is not None

    @property
    def is_done(self) -> bool:
        return self.row == self.table.evaluations

    @property
    def steps(self) -> int:
        return self.task.request.plan.run

    @property
    def steps_done(self) -> int:
        """Second-order solvers make two evaluations a step, except in the last."""
        return self.steps if self.is_done else min(self.row // self.table.order, self.steps)

    @property
    def key(self) -> tuple[Any, ...]:
        """Slots with one key are stepped together."""
        return (tuple(self.sample.shape), self.words.positive.structure, self.guides.structure)

    def put_back(self) -> None:
        """What is not yet free, back to the original at the noise level that the next evaluation takes."""
        if self.region:
            picture, noise = self.table.levels[self.row].tolist()
            kept = picture * self.region.original + noise * self.region.noise
            step = (self.row - 1) // self.table.order  # the one that was just taken
            self.sample = torch.where(self.region.first_steps <= step, self.sample, kept)


def rows_of(slots: Sequence[Slot]) -> list[tuple[Slot, Row]]:
    """The rows of a tick: one for each slot in order, then the unconditional ones of those that are guided."""
    told = [(slot, _row(slot, slot.words.positive)) for slot in slots]
    return told + [(slot, _row(slot, slot.words.negative, True)) for slot in slots if slot.words.negative is not None]


def guided(outputs: torch.Tensor, slots: Sequence[Slot], combine: Combine) -> torch.Tensor:
    """The outputs of `rows_of(slots)` as one for each slot: the family's `combine` where there are two."""
    told = outputs[: len(slots)]
    if len(outputs) == len(slots):
        return told
    with_words = [place for place, slot in enumerate(slots) if slot.is_guided]
    places = onto(outputs.device, torch.tensor(with_words))
    weights = onto(outputs.device, torch.tensor([slots[place].weight for place in with_words])).view(-1, 1, 1, 1)
    return told.index_copy(0, places, combine(told[places], outputs[len(slots) :], weights))


def advance(slots: Sequence[Slot], outputs: torch.Tensor) -> None:
    """Move every slot on by its own solver: one weighted sum over the whole batch."""
    depth = max(slot.table.depth for slot in slots)
    for slot, output in zip(slots, outputs, strict=True):
        slot.last = (slot.sample, output)
        slot.past.insert(0, slot.last)
    terms = torch.stack([torch.stack(_terms(slot, depth)) for slot in slots])
    weights = onto(terms.device, torch.stack([_weights(slot, depth) for slot in slots]))
    samples = torch.einsum("nk,nkchw->nchw", weights, terms)
    for slot, sample, term in zip(slots, samples, terms, strict=True):
        if slot.table.carried is not None:
            carried = slot.table.carried[slot.row]
            own = slot.table.depth
            kept = torch.cat([_wide(carried[:own], depth), _wide(carried[own:-1], depth), carried[-1:]])
            slot.carry = torch.einsum("k,kchw->chw", onto(term.device, kept), term[: 2 * depth + 1])
        slot.sample = sample
        slot.row += 1
        slot.past = slot.past[: slot.table.depth - 1]
        slot.put_back()


def clean_estimate(slot: Slot) -> torch.Tensor | None:
    """What the solver believes lies under the noise; None before the first step."""
    if slot.last is None:
        return None
    sample, output = slot.last
    weights = slot.table.estimate[slot.row - 1].tolist()
    believed: torch.Tensor = weights[0] * sample + weights[1] * output
    return believed


def _row(slot: Slot, condition: Condition, is_unconditional: bool = False) -> Row:
    return Row(
        condition=condition,
        guidance=slot.task.request.guidance,
        guides=slot.guides,
        is_unconditional=is_unconditional,
        evaluation=slot.row,
    )


def _terms(slot: Slot, depth: int) -> list[torch.Tensor]:
    """Samples, outputs, carry and noise, in the order of `_weights`; what a solver does not look at is anything."""
    past = slot.past + [slot.past[-1]] * (depth - len(slot.past))
    noise = slot.sample
    if slot.table.draws[slot.row]:
        noise = onto(slot.sample.device, torch.randn((1, *slot.sample.shape), generator=slot.generator)[0])
    return [*(one[0] for one in past[:depth]), *(one[1] for one in past[:depth]), slot.carry, noise]


def _weights(slot: Slot, depth: int) -> torch.Tensor:
    table, row = slot.table, slot.row
    last = torch.stack([table.carry[row], table.noise[row]])
    return torch.cat([_wide(table.samples[row], depth), _wide(table.outputs[row], depth), last])


def _wide(weights: torch.Tensor, depth: int) -> torch.Tensor:
    return torch.nn.functional.pad(weights, (0, depth - len(weights)))
