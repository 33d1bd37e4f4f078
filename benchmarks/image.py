"""`restyle image` against the smallest diffusers script that does the same: whole processes, in turns.

    python -m benchmarks.image [--rounds 5] [--steps 24]

The goal is a ratio of at most 1.5.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from skimage import data

from benchmarks.reporting import report
from core.tinymodel import bundled_model_path

SCRIPT = """
import sys, torch
from PIL import Image
from diffusers import StableDiffusionImg2ImgPipeline
model, picture, result, steps = sys.argv[1:]
pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(model, dtype=torch.float32)
pipeline.set_progress_bar_config(disable=True)
image = Image.open(picture).convert("RGB")
generator = torch.Generator("cpu").manual_seed(1)
how = {"strength": 0.6, "num_inference_steps": int(steps), "guidance_scale": 3.0, "generator": generator}
made = pipeline("a fox", image=image, **how)
made.images[0].save(result)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=24)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "cat.png"
        Image.fromarray(data.chelsea()).resize((128, 128)).save(picture)
        model, ours_file, script_file = str(bundled_model_path()), f"{folder}/ours.png", f"{folder}/script.png"
        script = [sys.executable, "-c", SCRIPT, model, str(picture), script_file, str(options.steps)]
        flags = f"--strength 0.6 --seed 1 --guidance 3 --steps {options.steps} --quiet --out {ours_file}".split()
        ours = [sys.executable, "-m", "bot", "image", str(picture), "a fox", *flags]
        seconds: dict[str, list[float]] = {"script": [], "restyle": []}
        for _ in range(options.rounds):
            seconds["script"].append(timed(script))
            seconds["restyle"].append(timed(ours))
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    report(
        "image",
        {
            "script_seconds": middle["script"],
            "restyle_seconds": middle["restyle"],
            "ratio": middle["restyle"] / middle["script"],
            "goal": 1.5,
            "rounds": options.rounds,
            "steps": options.steps,
        },
    )


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
