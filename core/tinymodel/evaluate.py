"""`python -m core.tinymodel.evaluate`: measure a trained folder and write the figures beside the weights."""

import argparse
import json
from pathlib import Path

import torch

from core.tinymodel import bundled_model_path
from core.tinymodel.card import write_card
from core.tinymodel.config import TinyConfig
from core.tinymodel.judges import load_classifier, load_identity_encoder
from core.tinymodel.measure import Bench, measure
from core.tinymodel.measure_control import measure_control
from core.tinymodel.measure_maps import measure_maps
from core.tinymodel.pipeline import load_pipeline

STEPS, GUIDANCE = 20, 4.0


def load_bench(folder: Path, *, steps: int = STEPS, guidance: float = GUIDANCE, batch: int = 16) -> Bench:
    """The pipeline and the judges of a folder."""
    return Bench(
        pipeline=load_pipeline(folder),
        identity=load_identity_encoder(folder / "identity"),
        classifier=load_classifier(folder / "classifier"),
        steps=steps,
        guidance=guidance,
        batch=batch,
    )


def main() -> None:
    """Measure, print, and write `figures.json` and the model card."""
    parser = argparse.ArgumentParser(description="Measure the bundled model on held-out characters.")
    parser.add_argument("--model", type=Path, default=bundled_model_path())
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--curve", type=int, default=40)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--control-only", action="store_true", help="measure the ControlNet anew, keep the other figures"
    )
    parser.add_argument("--maps-only", action="store_true", help="measure strength maps anew, keep the other figures")
    parser.add_argument("--dry", action="store_true", help="print the figures and write nothing")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    bench = load_bench(given.model, steps=given.steps, guidance=given.guidance)
    seed = TinyConfig().world.held_out_seed
    if given.maps_only or given.control_only:
        figures = json.loads((given.model / "figures.json").read_text())
    else:
        figures = measure(bench, seed, queries=given.queries, curve=given.curve)
    if not given.control_only:
        figures["maps"] = measure_maps(given.model, bench, seed, queries=given.queries)
    if not given.maps_only:
        figures["control"] = measure_control(given.model, bench, seed, queries=given.queries)
    print(json.dumps(figures, indent=2))
    if not given.dry:
        (given.model / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
        write_card(given.model)


if __name__ == "__main__":
    main()
