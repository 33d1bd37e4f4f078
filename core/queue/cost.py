"""What a request costs, in engine seconds, before anybody has run it."""

from __future__ import annotations

from core.domain.request import Request

_CODEC_ROWS = 3.0  # encoding and decoding a picture cost about as much as three network rows of its size
_CONTROL = 0.4  # of the network's row: a ControlNet is its encoder half
_FIXED_WORK = 0.05  # what every job costs whatever its size, in the same unit
_NEWEST = 0.2  # weight of the newest observation; about the last ten jobs count
_DEFAULT_RATE = 1.0  # seconds a unit until the first job ended: a large model on a slow GPU, a small one on a CPU


def work(request: Request) -> float:
    """Rows times megapixels: each step evaluates one row, or two with guidance (diffusers guides above 1).

    A control adds its part of the rows of those steps on which it works.
    """
    rows = 2.0 if request.guidance > 1 else 1.0
    rows *= 1 + _CONTROL * sum(control.end - control.start for control in request.controls)
    megapixels = request.width * request.height / 1e6
    return (request.plan.run * rows + _CODEC_ROWS) * megapixels + _FIXED_WORK


class CostModel:
    """Learns how many seconds a unit of work takes, for each model, from the jobs that end. Kept in memory."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {}

    def seconds(self, request: Request) -> float:
        """The estimate, above 0. A model that has not run yet is taken for one second a unit."""
        return work(request) * self._rates.get(request.model, _DEFAULT_RATE)

    def learn(self, request: Request, seconds: float) -> None:
        """Take in that this request took `seconds` of engine time; nonsense (0 or less) is ignored."""
        if seconds <= 0:
            return
        seen = seconds / work(request)
        known = self._rates.get(request.model, seen)
        self._rates[request.model] = known + _NEWEST * (seen - known)
