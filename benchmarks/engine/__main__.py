"""See benchmarks/engine/__init__.py."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.engine.device import Static, Watched, best_flops
from benchmarks.engine.models import open_model
from benchmarks.engine.people import Clocked, Mix, arrivals, ended
from benchmarks.engine.ways import Ways, seconds, served
from benchmarks.reporting import report
from core.engine.running import Task

_LOADS = (0.3, 0.7)  # of what the lock can do


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", default="1,2,4,8,16,32")
    parser.add_argument("--baselines-at", type=int, default=8, help="people for the baselines that depend on them")
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--arrivals", type=int, default=32)
    parser.add_argument("--steps", default="10-40")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--compile", default="off", choices=("on", "off"))
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    first, last = (int(number) for number in options.steps.split("-"))
    bench = Bench(
        Ways(open_model(options.model, options.device, options.compile)), Mix(side=options.side, steps=(first, last))
    )
    bench.warm_up()
    people = [int(number) for number in options.people.split(",")]
    figures: dict[str, float] = {"side": options.side, "jobs": options.jobs}
    figures |= bench.same_precision(options.jobs, options.baselines_at)
    bench.hasten()
    figures |= bench.saturation(people, options.jobs, options.baselines_at)
    figures |= bench.shares(options.jobs, max(people))
    for load in _LOADS if options.arrivals else ():
        figures |= bench.arrivals(options.arrivals, load, figures["lock"])
    report("engine" if options.model == "bundled" else f"engine-{options.model}", figures)


class Bench:
    """One model and one mix of people."""

    def __init__(self, ways: Ways, mix: Mix) -> None:
        self._ways = ways
        self._mix = mix

    def hasten(self) -> None:
        """From now on batches run as they are served, in the precision that is fastest here."""
        print(self._ways.family.hasten() or "batches run in the model's own precision", flush=True)
        self.warm_up()

    def warm_up(self) -> None:
        self._ways.lock(self._mix.tasks(2))
        self._ways.batched(self._mix.tasks(8), 8)

    def same_precision(self, jobs: int, people: int) -> dict[str, float]:
        """What batching alone gives, the network being the very same as the lock's."""
        lock = jobs / seconds(self._ways.lock, self._mix.tasks(jobs))
        rate = jobs / seconds(self._ways.batched, self._mix.tasks(jobs), people)
        print(f"batched {people}, as precise as the lock: {rate:.3g} pictures/s, {rate / lock:.2f} of the lock")
        return {f"same_precision_over_lock_{people}_people": rate / lock}

    def saturation(self, people: list[int], jobs: int, baselines_at: int) -> dict[str, float]:
        """Pictures a second; the lock is measured anew beside each of the others, and its median is its figure."""
        ways, locks = self._ways, []
        figures: dict[str, float] = {}
        loads: list[tuple[str, Callable[[list[Task], int], object], int]]
        loads = [("batched", ways.batched, count) for count in people]
        loads += [("threads", ways.threads, baselines_at), ("requests", ways.requests, baselines_at)]
        for name, serve, count in loads:
            lock = jobs / seconds(ways.lock, self._mix.tasks(jobs))
            rate = jobs / seconds(serve, self._mix.tasks(jobs), count)
            locks.append(lock)
            figures |= {f"{name}_{count}_people": rate, f"{name}_over_lock_{count}_people": rate / lock}
            print(f"{name} {count}: {rate:.3g} pictures/s, {rate / lock:.2f} of the lock", flush=True)
        return {"lock": statistics.median(locks), **figures}

    def shares(self, jobs: int, people: int) -> dict[str, float]:
        """Where the batcher's time goes, against the bare network in one static batch, and against the device."""
        ways = self._ways
        static = Static(ways, self._mix)
        family, watched = ways.family, Watched(ways.family)
        each = static.seconds_a_row()
        ways.family = watched
        whole = seconds(ways.batched, self._mix.tasks(jobs), people)
        ways.family = family
        each = min(each, static.seconds_a_row())
        flops, best = static.flops_a_row(), best_flops(family.device)
        return {
            "rows_a_tick": watched.rows / watched.ticks,
            "network_share_of_time": watched.seconds / whole,
            "host_ms_a_tick": 1000 * (whole - watched.seconds) / watched.ticks,
            "network_over_static_batch": each * watched.rows / watched.seconds,
            "all_over_static_batch": each * watched.rows / whole,
            "padding_share": family.padding / max(1, watched.rows + family.padding),
            "gflop_a_row": flops / 1e9,
            "gflop_a_second": flops * watched.rows / watched.seconds / 1e9,
            "share_of_best_matrix_product": flops * watched.rows / watched.seconds / best,
        }

    def arrivals(self, jobs: int, load: float, lock: float) -> dict[str, float]:
        """Poisson arrivals at a share of the lock's rate: seconds from arrival to result, and to the first preview."""
        figures: dict[str, float] = {}
        for name, serve in (("lock", self._lock_on_arrival), ("batched", self._batched_on_arrival)):
            clocks = serve(self._mix.tasks(jobs), load * lock)
            waits = sorted(clock.wait for clock in clocks)
            figures |= {
                f"{name}_p50_seconds_at_{load}": statistics.median(waits),
                f"{name}_p95_seconds_at_{load}": waits[int(len(waits) * 0.95) - 1],
                f"{name}_first_preview_p50_seconds_at_{load}": statistics.median(clock.dark for clock in clocks),
            }
        return figures

    def _lock_on_arrival(self, tasks: list[Task], a_second: float) -> list[Clocked]:
        out = []
        for task, came in arrivals(tasks, a_second):
            while time.perf_counter() < came:
                time.sleep(0.001)
            self._ways.stock(task)
            out.append(ended(task, came))
        return out

    def _batched_on_arrival(self, tasks: list[Task], a_second: float) -> list[Clocked]:
        batcher, out = self._ways.batcher(), []
        coming = list(arrivals(tasks, a_second))
        arrived = {task.job: (task, came) for task, came in coming}
        while coming or batcher.is_busy:
            while coming and coming[0][1] <= time.perf_counter():
                batcher.start(coming.pop(0)[0])
            if not batcher.is_busy:
                time.sleep(0.001)
                continue
            for end in batcher.tick():
                served(end)
                out.append(ended(*arrived[end.job]))
        return out


if __name__ == "__main__":
    main()
