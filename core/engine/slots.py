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
        return (*self.cost, self.guides.loras)

    @property
    def cost(self) -> tuple[Any, ...]:
        """Rows of slots that agree in this cost the same: which LoRAs they wear changes little."""
        return (tuple(self.sample.shape), self.words.positive.structure, self.guides.structure)

    def move(self, output: torch.Tensor, sample: torch.Tensor, carry: torch.Tensor) -> None:
        """To the next evaluation, which takes `sample`, after one that gave `output`."""
        self.last = (self.sample, output)
        self.past = [self.last, *self.past][: self.table.depth - 1]
        self.sample, self.carry = sample, carry
        self.row += 1


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
    """Move every slot on by its own solver: one weighted sum over the whole batch. If that raises, none has moved."""
    drawing = [slot for slot in slots if slot.table.draws[slot.row]]
    states = [slot.generator.get_state() for slot in drawing]
    try:
        moved = _moved(slots, outputs)
    except Exception:
        for slot, state in zip(drawing, states, strict=True):
            slot.generator.set_state(state)
        raise
    for slot, output, (sample, carry) in zip(slots, outputs, moved, strict=True):
        slot.move(output, sample, carry)


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


def _moved(slots: Sequence[Slot], outputs: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The next sample and carry of each slot, given the output of its evaluation."""
    depth = max(slot.table.depth for slot in slots)
    terms = torch.stack([torch.stack(_terms(slot, out, depth)) for slot, out in zip(slots, outputs, strict=True)])
    weights = onto(terms.device, torch.stack([_weights(slot, depth) for slot in slots]))
    samples = torch.einsum("nk,nkchw->nchw", weights, terms)
    carries = [_carry(slot, term, depth) for slot, term in zip(slots, terms, strict=True)]
    return [(_kept(slot, one), carry) for slot, one, carry in zip(slots, samples, carries, strict=True)]


def _terms(slot: Slot, output: torch.Tensor, depth: int) -> list[torch.Tensor]:
    """Samples, outputs, carry and noise, in the order of `_weights`; what a solver does not look at is anything."""
    past = [(slot.sample, output), *slot.past]
    past += [past[-1]] * (depth - len(past))
    noise = slot.sample
    if slot.table.draws[slot.row]:
        noise = onto(slot.sample.device, torch.randn((1, *slot.sample.shape), generator=slot.generator)[0])
    return [*(one[0] for one in past[:depth]), *(one[1] for one in past[:depth]), slot.carry, noise]


def _carry(slot: Slot, terms: torch.Tensor, depth: int) -> torch.Tensor:
    if slot.table.carried is None:
        return slot.carry
    carried, own = slot.table.carried[slot.row], slot.table.depth
    weights = torch.cat([_wide(carried[:own], depth), _wide(carried[own:-1], depth), carried[-1:]])
    made: torch.Tensor = torch.einsum("k,kchw->chw", onto(terms.device, weights), terms[: 2 * depth + 1])
    return made


def _kept(slot: Slot, sample: torch.Tensor) -> torch.Tensor:
    """What is not yet free, back to the original at the noise level that the next evaluation takes."""
    if slot.region is None:
        return sample
    picture, noise = slot.table.levels[slot.row + 1].tolist()
    kept = picture * slot.region.original + noise * slot.region.noise
    step = slot.row // slot.table.order  # the one that was just taken
    return torch.where(slot.region.first_steps <= step, sample, kept)


def _weights(slot: Slot, depth: int) -> torch.Tensor:
    table, row = slot.table, slot.row
    last = torch.stack([table.carry[row], table.noise[row]])
    return torch.cat([_wide(table.samples[row], depth), _wide(table.outputs[row], depth), last])


def _wide(weights: torch.Tensor, depth: int) -> torch.Tensor:
    return torch.nn.functional.pad(weights, (0, depth - len(weights)))
