"""Solver tables: what a scheduler does in each step, read off the scheduler itself.

Every solver here is linear: the next sample is a weighted sum of the samples and the network's outputs of the last
few steps, and of fresh noise. The weights depend on the schedule alone. So they can be measured by stepping the
library's scheduler once with unit vectors in place of pictures: whatever comes out *is* the weights. No sampler is
written down here a second time, and a batch of jobs with different samplers advances with one weighted sum.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch

TOLERANCE = 1e-4  # of a table against its scheduler: some cast to float32 inside
_MOST_DEPTH = 4  # steps a solver may look back
_CARRY = "last_sample"  # where UniPC keeps the sample it corrected
_LENGTH = 16  # shorter noise is drawn another way, the same for all precisions
_NOTHING = 1e-6  # a weight this small is rounding
_SEED = 0


class NotLinearError(Exception):
    """Raised for a scheduler whose steps are no weighted sums of what goes in."""


@dataclass(frozen=True, kw_only=True)
class SolverTable:
    """`evaluations` rows, one for each network evaluation (second-order solvers make two a step).

    With x the sample, o the network's output, n fresh noise, k the row and j = 0 .. depth - 1 steps back:

        next = sum_j (samples[k, j] x_(k-j) + outputs[k, j] o_(k-j)) + carry[k] c_k + noise[k] n
        clean estimate = estimate[k, 0] x_k + estimate[k, 1] o_k

    c is what a solver that corrects its own samples (UniPC) carries from step to step; `carried` makes the next c as
    the weights above make the next sample, or is None. `levels[k]` makes the sample that row k takes of a picture and
    noise; the last, (1, 0), is the result's. `from_noise` scales the noise where no picture is used. Weights are
    float32.
    """

    timesteps: torch.Tensor  # (evaluations,), in the scheduler's own dtype
    input_scale: torch.Tensor  # (evaluations,): what the sample is multiplied by before the network sees it
    samples: torch.Tensor  # (evaluations, depth)
    outputs: torch.Tensor  # (evaluations, depth)
    carry: torch.Tensor  # (evaluations,)
    carried: torch.Tensor | None  # (evaluations, 2 * depth + 1): of the samples, of the outputs, of c
    noise: torch.Tensor  # (evaluations,)
    draws: tuple[bool, ...]  # whether a row draws noise, be it weighted by 0: the generator must move as it does there
    estimate: torch.Tensor  # (evaluations, 2)
    levels: torch.Tensor  # (evaluations + 1, 2)
    from_noise: float
    order: int  # evaluations a step

    @property
    def evaluations(self) -> int:
        return len(self.draws)

    @property
    def depth(self) -> int:
        return self.samples.shape[1]


def measure(scheduler: Any, first: int) -> SolverTable:
    """The table of a scheduler from its evaluation number `first` on.

    Its timesteps are set, and it was not stepped; nor is it here, copies are. Raises NotLinearError.
    """
    probe = _Probe(deepcopy(scheduler), first)
    levels = [probe.level(0)]
    rows = []
    for number in range(probe.evaluations):
        rows.append(probe.step(number))
        levels.append(probe.level(number + 1))
    depth = max(1, *(row.depth for row in rows))
    if depth > _MOST_DEPTH:
        raise NotLinearError(f"looks back {depth} steps, more than {_MOST_DEPTH}")
    table = SolverTable(
        timesteps=probe.timesteps,
        input_scale=_column([row.input_scale for row in rows]),
        samples=_column([row.samples[:depth] for row in rows]),
        outputs=_column([row.outputs[:depth] for row in rows]),
        carry=_column([row.carry for row in rows]),
        carried=_carried(rows, depth),
        noise=_column([row.noise for row in rows]),
        draws=tuple(row.draws for row in rows),
        estimate=_column([row.estimate for row in rows]),
        levels=_column(levels),
        from_noise=float(getattr(probe.scheduler, "init_noise_sigma", 1.0)),
        order=int(getattr(probe.scheduler, "order", 1)),
    )
    check(table, deepcopy(scheduler), first, probe.noise_dtype)
    return table


@torch.no_grad()
def check(table: SolverTable, scheduler: Any, first: int, noise_dtype: torch.dtype) -> None:
    """Step a scheduler with random values beside its table. Raises NotLinearError where they part."""
    _begin(scheduler, first)
    values = torch.Generator().manual_seed(_SEED)
    shape = (1, 1, 4, 4)
    sample = torch.randn(shape, dtype=torch.float64, generator=values)
    ours, theirs = torch.Generator().manual_seed(_SEED), torch.Generator().manual_seed(_SEED)
    past: list[tuple[torch.Tensor, torch.Tensor]] = []
    carry = torch.zeros_like(sample)
    for number, timestep in enumerate(table.timesteps):
        output = torch.randn(shape, dtype=torch.float64, generator=values)
        past.insert(0, (sample, output))
        _scaled(scheduler, sample, timestep)
        expected = _step(scheduler, output, timestep, sample, theirs)[0].double()
        drawn = torch.zeros_like(output)
        if table.draws[number]:
            drawn = torch.randn(shape, dtype=noise_dtype, generator=ours).double()
        made, carry = advance(table, number, past, carry, drawn)
        worst = (made - expected).abs().max() / expected.abs().max().clamp(min=1.0)
        if not worst <= TOLERANCE:
            raise NotLinearError(f"evaluation {number} is no weighted sum: it differs by {float(worst):.2g}")
        sample = expected


def advance(
    table: SolverTable,
    row: int,
    past: list[tuple[torch.Tensor, torch.Tensor]],
    carry: torch.Tensor,
    noise: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One job's next sample and carry; `past` holds (sample, output), newest first. The engine does a whole batch."""
    made = table.noise[row].to(noise) * noise + table.carry[row].to(carry) * carry
    kept = carry if table.carried is None else table.carried[row, -1].to(carry) * carry
    for back, (sample, output) in enumerate(past[: table.depth]):
        made = made + table.samples[row, back].to(sample) * sample + table.outputs[row, back].to(output) * output
        if table.carried is not None:
            weights = table.carried[row].to(sample)
            kept = kept + weights[back] * sample + weights[table.depth + back] * output
    return made, kept


def _carried(rows: list[_Row], depth: int) -> torch.Tensor | None:
    if not any(row.carry for row in rows):
        return None
    return _column([[*row.carried[0][:depth], *row.carried[1][:depth], row.carried[2]] for row in rows])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    input_scale: float
    samples: list[float]
    outputs: list[float]
    carry: float
    carried: tuple[list[float], list[float], float]  # of samples, of outputs, of what was carried before
    noise: float
    draws: bool
    estimate: tuple[float, float]

    @property
    def depth(self) -> int:
        columns = (self.samples, self.outputs, *self.carried[:2])
        return 1 + max((back for column in columns for back, weight in enumerate(column) if weight), default=0)


class _Probe:
    """A scheduler that is stepped with unit vectors.

    A vector has places for each sample, each output and each carry that goes in, and two at the end that stay zero:
    what the scheduler adds of its own, the noise, shows there. Samples are replaced by fresh units after each step, as
    a mask would change them too; so rows hold for whatever happens between steps.
    """

    def __init__(self, scheduler: Any, first: int) -> None:
        self.scheduler = scheduler
        self.timesteps: torch.Tensor = scheduler.timesteps[first:].cpu()
        self.evaluations = len(self.timesteps)
        self.noise_dtype = torch.float64  # in which the scheduler draws; some always do in float32
        _begin(scheduler, first)

    @torch.no_grad()
    def step(self, number: int) -> _Row:
        timestep = self.timesteps[number]
        sample, output = self._unit(3 * number), self._unit(3 * number + 1)
        scale = float(_scaled(self.scheduler, sample, timestep).flatten()[3 * number])
        if isinstance(getattr(self.scheduler, _CARRY, None), torch.Tensor):
            setattr(self.scheduler, _CARRY, self._unit(3 * number + 2))
        generator = torch.Generator().manual_seed(number)
        before = generator.get_state()
        stepped = _step(self.scheduler, output, timestep, sample, generator)
        draws = not torch.equal(before, generator.get_state())
        made, noise = stepped[0].double(), 0.0
        if draws:
            noise, drawn = self._noise_in(made, number)
            made = made - noise * drawn
        made, estimate = made.flatten(), _estimate(self.scheduler, stepped, sample, output).flatten()
        carry = getattr(self.scheduler, _CARRY, None)
        samples, outputs, carried = self._weights(made, number)
        return _Row(
            input_scale=scale,
            samples=samples,
            outputs=outputs,
            carry=carried,
            carried=self._weights(torch.zeros_like(made) if carry is None else carry.flatten(), number),
            noise=noise,
            draws=draws,
            estimate=(float(estimate[3 * number]), float(estimate[3 * number + 1])),
        )

    def _weights(self, made: torch.Tensor, number: int) -> tuple[list[float], list[float], float]:
        """Of the samples and of the outputs, newest first, and of what was carried into this step."""
        weights: list[float] = made.tolist()
        samples, outputs, carries = (weights[kind : 3 * (number + 1) : 3][::-1] for kind in range(3))
        return _padded(samples), _padded(outputs), carries[0]

    def level(self, number: int) -> tuple[float, float]:
        """What a picture and what noise is multiplied by to make the sample for evaluation `number`.

        Asked for just before that evaluation: schedulers that go by noise levels count their steps.
        """
        if number == self.evaluations:
            return 1.0, 0.0
        units = torch.eye(2, dtype=torch.float64).view(2, 1, 1, 2)
        timestep = self.timesteps[number].reshape(1)
        if hasattr(self.scheduler, "add_noise"):
            made = self.scheduler.add_noise(units[:1], units[1:], timestep)
        else:
            made = self.scheduler.scale_noise(units[:1], timestep, units[1:])
        picture, noise = made.flatten().tolist()
        return picture, noise

    def _noise_in(self, made: torch.Tensor, seed: int) -> tuple[float, torch.Tensor]:
        """The weight of the noise in a result, and the noise: of the precision in which both zero places agree."""
        for dtype in (torch.float64, torch.float32):
            drawn = torch.randn(made.shape, generator=torch.Generator().manual_seed(seed), dtype=dtype).double()
            first, second = (made / drawn).flatten()[-2:].tolist()
            if abs(first - second) <= TOLERANCE * max(1.0, abs(first)):
                if first:
                    self.noise_dtype = dtype
                return first, drawn
        raise NotLinearError("draws noise that its generator does not give")

    def _unit(self, place: int) -> torch.Tensor:
        vector = torch.zeros(max(3 * self.evaluations + 2, _LENGTH), dtype=torch.float64)
        vector[place] = 1.0
        return vector.view(1, 1, 1, -1)


def _begin(scheduler: Any, first: int) -> None:
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)


def _scaled(scheduler: Any, sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    if not hasattr(scheduler, "scale_model_input"):
        return sample
    scaled: torch.Tensor = scheduler.scale_model_input(sample, timestep)
    return scaled


def _step(scheduler: Any, output: Any, timestep: Any, sample: Any, generator: torch.Generator) -> Any:
    """(next sample, clean estimate or nothing)."""
    try:
        return scheduler.step(output, timestep, sample, generator=generator, return_dict=False)
    except TypeError:  # solvers without noise take no generator
        return scheduler.step(output, timestep, sample, return_dict=False)


def _estimate(scheduler: Any, stepped: Any, sample: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    if len(stepped) > 1 and stepped[1] is not None:
        found: torch.Tensor = stepped[1]
    elif getattr(scheduler, "model_outputs", None):  # multistep solvers keep the estimates they build on
        found = scheduler.model_outputs[-1]
    elif type(scheduler).__name__ == "FlowMatchEulerDiscreteScheduler":
        found = sample - float(scheduler.sigmas[scheduler.step_index - 1]) * output
    else:
        found = sample
    return found.double()


def _padded(weights: list[float]) -> list[float]:
    """As long as the deepest solver; what lies further back must be nothing, to rounding."""
    if any(abs(weight) > TOLERANCE for weight in weights[_MOST_DEPTH:]):
        raise NotLinearError(f"looks back more than {_MOST_DEPTH} steps")
    kept = [weight if abs(weight) > _NOTHING else 0.0 for weight in weights[:_MOST_DEPTH]]
    return kept + [0.0] * (_MOST_DEPTH - len(kept))


def _column(values: Any) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)
