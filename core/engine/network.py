"""A network that is called with changing numbers of rows: padded to a few sizes, compiled, replayed as CUDA graphs.

Shapes that repeat let a graph be recorded, which takes the host's time out of a tick. What pads a row is another row's
copy; its output is thrown away. Compiling takes a minute or so, in which everybody waits, so it is not done for each
size: once for one row and once for any other number, and sizes of pictures become variables as soon as they change.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import torch
from torch._dynamo import maybe_mark_dynamic
from torch._dynamo.exc import TorchDynamoException

log = logging.getLogger(__name__)

BUCKETS = (1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 32, 40, 48, 64)  # rows; never more than a third is padding
_GRAPHS = 32  # kept; each holds its activations in a pool that all share
_WARM_UPS = 2  # calls before a graph is recorded: libraries choose their algorithms in these
# A network is compiled six or seven times until all its sizes are variables, and as often again for every other set of
# inputs (nets beside it, a picture beside the words). Beyond torch's own limit of eight it would go on uncompiled.
_COMPILATIONS = 64

Forward = Callable[..., torch.Tensor]
Inputs = dict[str, Any]


def bucket(rows: int) -> int:
    """The rows that are computed for that many."""
    return next((size for size in BUCKETS if size >= rows), rows)


class Network:
    """`forward(**inputs)`: every tensor in the inputs, nested as they like, has a row in its first dimension.

    From its second call with the same shapes on, it must need no number of the host's: a graph could not be recorded.
    """

    def __init__(self, forward: Forward, device: torch.device, *, compiled: bool) -> None:
        self._plain = forward
        self._compiled = _compiled(forward) if compiled else None
        self._graphs = _Graphs() if device.type == "cuda" else None
        self.padding = 0  # rows that were computed for nothing

    def prefers_few_shapes(self, state: Hashable = None) -> bool:
        """Whether inputs of a few sizes are worth some padding: where it is compiled or recorded."""
        return self._compiles(state) or self._graphs is not None

    def __call__(self, rows: int, inputs: Inputs, state: Hashable = None) -> torch.Tensor:
        """One output for each row.

        `state` is what the network knows beside its inputs (which LoRAs are on): a recorded graph holds for one.
        Compiling holds for none, as it takes a minute or so for each state.
        """
        forward = self._safely if self._compiles(state) else self._plain
        if self.prefers_few_shapes(state):
            more = bucket(rows) - rows
            self.padding += more
            inputs = _mapped(lambda tensor: _padded(tensor, more), inputs)
        output = self._graphs.run(forward, inputs, state) if self._graphs else forward(**inputs)
        return output[:rows]

    def _compiles(self, state: Hashable) -> bool:
        return self._compiled is not None and not state

    def _safely(self, **inputs: Any) -> torch.Tensor:
        """Without the compiler where it cannot, which the log says once."""
        if self._compiled is None:
            return self._plain(**inputs)
        _mapped(_with_any_rows, inputs)
        try:
            return self._compiled(**inputs)
        except TorchDynamoException:
            log.warning("network.not-compiled", exc_info=True)
            self._compiled = None
            return self._plain(**inputs)


@dataclass(kw_only=True, slots=True)
class _Recorded:
    graph: torch.cuda.CUDAGraph
    inputs: Inputs
    output: torch.Tensor


class _Graphs:
    """CUDA graphs by what they were recorded for; the least recently used leaves."""

    def __init__(self) -> None:
        self._recorded: OrderedDict[Hashable, _Recorded] = OrderedDict()
        self._seen: Counter[Hashable] = Counter()
        self._refused: set[Hashable] = set()
        self._pool: Any = None

    def run(self, forward: Forward, inputs: Inputs, state: Hashable) -> torch.Tensor:
        key = (state, *(_described(leaf) for leaf in _leaves(inputs)))
        if key not in self._recorded and not self._record(key, forward, inputs):
            return forward(**inputs)
        self._recorded.move_to_end(key)
        found = self._recorded[key]
        for held, given in zip(_leaves(found.inputs), _leaves(inputs), strict=True):
            if isinstance(held, torch.Tensor):
                held.copy_(given, non_blocking=True)
        found.graph.replay()
        return found.output.clone()  # the next replay writes over it

    def _record(self, key: Hashable, forward: Forward, inputs: Inputs) -> bool:
        """Whether it was; one that cannot be goes on without."""
        self._seen[key] += 1
        if key in self._refused or self._seen[key] <= _WARM_UPS:
            return False
        held = _mapped(torch.clone, inputs)
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        try:
            with torch.cuda.graph(graph, pool=self._pool):
                output = forward(**held)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            log.warning("network.no-graph", exc_info=True)
            self._refused.add(key)
            return False
        self._pool = self._pool or graph.pool()
        self._recorded[key] = _Recorded(graph=graph, inputs=held, output=output)
        while len(self._recorded) > _GRAPHS:
            self._recorded.popitem(last=False)
        return True


def _compiled(forward: Forward) -> Forward:
    compiled: Forward = torch.compile(forward, recompile_limit=_COMPILATIONS)  # type: ignore[call-overload]  # no type yet
    return compiled


def _mapped(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    """The same nest with every tensor of it changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(change, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(change, inner) for inner in value)
    return value


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in (key, *_leaves(inner))]
    if isinstance(value, list | tuple):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


def _described(leaf: Any) -> Hashable:
    """What tells calls apart that need graphs of their own: shapes, precisions, and whatever is no tensor."""
    return (tuple(leaf.shape), leaf.dtype) if isinstance(leaf, torch.Tensor) else leaf


def _padded(tensor: torch.Tensor, more: int) -> torch.Tensor:
    """A copy even without padding: code is compiled anew for tensors that lie or were made in another way."""
    return torch.cat([tensor, tensor[-1:].expand(more, *tensor.shape[1:])])


def _with_any_rows(tensor: torch.Tensor) -> torch.Tensor:
    """Compiled for any number of rows from the first; for one row, compilers always make code of its own."""
    maybe_mark_dynamic(tensor, 0)
    return tensor
