"""The training loop that all networks share: budget in minutes, checkpoints, averaged weights, metrics."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.tinymodel.parallel import average_gradients, owners, rank, share

CHECKPOINT_SECONDS = 150.0
WARM_UP_STEPS = 60


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long to train, which learning rate to start from, and where to keep state."""

    name: str
    folder: Path
    minutes: float
    learning_rate: float
    ema: float
    max_steps: int
    final_share: float = 0.03


def learning_rate_at(step: int, progress: float, budget: Budget) -> float:
    """Linear warm-up, then constant to 40 % of the budget, then a half cosine down to `final_share`."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    fall = min(1.0, max(0.0, (progress - 0.4) / 0.6))
    share = budget.final_share + (1.0 - budget.final_share) * 0.5 * (1.0 + math.cos(math.pi * fall))
    return budget.learning_rate * warm * share


class Averaged:
    """An exponential moving average of a module's parameters; `decay` is reached gradually."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.shadow = {k: v.detach().clone().float() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module's present weights."""
        self.steps += 1
        decay = min(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        for key, value in module.state_dict().items():
            if value.is_floating_point():
                self.shadow[key].lerp_(value.float(), 1.0 - decay)
            else:
                self.shadow[key] = value.clone()


class _Optimizer:
    """Muon for matrices and convolutions, AdamW for the rest.

    Muon gives every direction of a weight an equal step: colours and details are learned as soon as coarse light is,
    where AdamW alone needed several times the steps.
    """

    def __init__(self, module: nn.Module, rate: float) -> None:
        named = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
        self.matrices = [p for n, p in named if p.ndim >= 2 and "embedding" not in n]
        rest = [p for n, p in named if p.ndim < 2 or "embedding" in n]
        self.owner = owners(self.matrices)
        # Muon takes matrices only: these are views that share the convolutions' memory. Orthogonalising takes a quarter
        # of a step, so each process does its own share of the matrices.
        self.views = [p.detach().view(p.shape[0], -1) for p in self.matrices]
        self.own = [v for v, o in zip(self.views, self.owner, strict=True) if o == rank()]
        self.muon = torch.optim.Muon(self.own, lr=rate, weight_decay=0.0, ns_steps=3, adjust_lr_fn="match_rms_adamw")
        self.adam = torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True)

    def step(self, rate: float) -> None:
        """One step at a learning rate; all processes take it together."""
        for view, parameter in zip(self.views, self.matrices, strict=True):
            view.grad = None if parameter.grad is None else parameter.grad.reshape(view.shape)
        optimizers: tuple[Any, ...] = (self.muon, self.adam)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        share(self.views, self.owner)

    def state_dict(self) -> dict[str, Any]:
        """Everything to go on from; all processes ask for it together."""
        momenta = [self.muon.state.get(v, {}).get("momentum_buffer", torch.zeros_like(v)) for v in self.views]
        share(momenta, self.owner)
        return {"momenta": momenta, "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, in any number of processes."""
        for view, owner, momentum in zip(self.views, self.owner, state["momenta"], strict=True):
            if owner == rank():
                self.muon.state[view] = {"momentum_buffer": momentum.clone()}
        self.adam.load_state_dict(state["adam"])


class Trainer:
    """Trains a module on a loss until its budget of minutes is used; a second run goes on where the first stopped."""

    def __init__(self, module: nn.Module, loss: Callable[[int], dict[str, Tensor]], budget: Budget) -> None:
        self.module = module
        self.loss = loss
        self.budget = budget
        self.averaged = Averaged(module, budget.ema)
        self.optimizer = _Optimizer(module, budget.learning_rate)
        self.step = 0
        self.seconds = 0.0
        budget.folder.mkdir(parents=True, exist_ok=True)
        self._restore()

    @property
    def checkpoint(self) -> Path:
        """Where the state lies between runs."""
        return self.budget.folder / f"{self.budget.name}.pt"

    @property
    def progress(self) -> float:
        """Share of the budget that is used, 0..1."""
        return max(self.seconds / max(self.budget.minutes * 60.0, 1e-9), self.step / self.budget.max_steps)

    def run(self, on_checkpoint: Callable[[int], None] | None = None) -> int:
        """Train to the end of the budget; returns the number of steps made in all runs together."""
        saved = self.seconds
        self.module.train()
        for record in self._steps():
            if record is not None:
                self._log(record)
            if self.seconds - saved > CHECKPOINT_SECONDS:
                saved = self.seconds
                self.save()
                if on_checkpoint and not rank():
                    on_checkpoint(self.step)
        self.save()
        return self.step

    def _steps(self) -> Iterator[dict[str, float] | None]:
        totals: dict[str, float] = {}
        since = 0
        pending = 0.0
        while self.progress < 1.0:
            began = time.monotonic()
            rate = learning_rate_at(self.step, self.progress, self.budget)
            terms = self.loss(self.step)
            self.module.zero_grad(set_to_none=True)
            torch.autograd.backward(terms["loss"])
            # clocks are averaged too, so that all processes stop at the same step
            self.seconds = average_gradients(self.module, self.seconds + pending)
            nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            self.optimizer.step(rate)
            self.averaged.update(self.module)
            self.step += 1
            since += 1
            pending = time.monotonic() - began
            for key, value in terms.items():
                totals[key] = totals.get(key, 0.0) + float(value.detach())
            if self.step % 25 == 0 or self.progress >= 1.0:
                yield {
                    "step": self.step,
                    "seconds": self.seconds,
                    "rate": rate,
                    **{k: v / since for k, v in totals.items()},
                }
                totals, since = {}, 0
            else:
                yield None

    def _log(self, record: dict[str, float]) -> None:
        if rank():
            return
        line = json.dumps({k: round(v, 6) for k, v in record.items()})
        with (self.budget.folder / f"{self.budget.name}.jsonl").open("a") as file:
            file.write(line + "\n")

    def save(self) -> None:
        """Write everything that is needed to go on; the first process does it for all."""
        optimizer = self.optimizer.state_dict()
        if rank():
            return
        state = {
            "module": self.module.state_dict(),
            "optimizer": optimizer,
            "step": self.step,
            "shadow": self.averaged.shadow,
            "averaged_steps": self.averaged.steps,
            "seconds": self.seconds,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _restore(self) -> None:
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averaged.shadow, self.averaged.steps = state["shadow"], state["averaged_steps"]
        self.step, self.seconds = state["step"], state["seconds"]


def autocast() -> Any:
    """bfloat16 where the processor multiplies it, else float32 throughout."""
    fast = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(fast))
