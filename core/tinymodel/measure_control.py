"""How much of a picture's layout the ControlNet holds: edges of the result against the edges it was shown."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from diffusers import ControlNetModel, StableDiffusionControlNetImg2ImgPipeline, StableDiffusionControlNetPipeline
from PIL import Image, ImageFilter

from core.imaging.edges import edge_map
from core.tinymodel.control import FOLDER
from core.tinymodel.draw import draw
from core.tinymodel.judge_training import to_tensor
from core.tinymodel.measure import Bench, Pixels, held_out, other_outfits, outfit_prompt, outfit_rates, restyle
from core.tinymodel.world import Picture

CONTROL_STRENGTHS = (0.75, 0.9, 1.0)

Flags = npt.NDArray[np.bool_]


def load_controlnet(folder: Path) -> ControlNetModel:
    """The net of a model's folder, in float32."""
    return ControlNetModel.from_pretrained(folder / FOLDER, torch_dtype=torch.float32)


def agreement(pixels: Pixels, hints: list[Image.Image]) -> float:
    """Mean F-score of the pictures' edges against the hints', within one pixel: 1 where they are the same."""
    return float(np.mean([_agreement(edge_map(Image.fromarray(p)), h) for p, h in zip(pixels, hints, strict=True)]))


def _agreement(found: Image.Image, wanted: Image.Image) -> float:
    precision = _share_near(_white(found), _near(wanted))
    recall = _share_near(_white(wanted), _near(found))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _white(edges: Image.Image) -> Flags:
    return np.asarray(edges.convert("L")) > 127


def _near(edges: Image.Image) -> Flags:
    return _white(edges.filter(ImageFilter.MaxFilter(3)))


def _share_near(edges: Flags, near: Flags) -> float:
    return float(near[edges].mean()) if edges.any() else 0.0


def restyle_by_edges(
    bench: Bench, net: ControlNetModel, pixels: Pixels, hints: list[Image.Image], prompts: list[str], strength: float
) -> Pixels:
    """As `measure.restyle`, through the stock ControlNet pipelines; 1 starts from pure noise."""
    whole = strength == 1
    kind = StableDiffusionControlNetPipeline if whole else StableDiffusionControlNetImg2ImgPipeline
    pipeline = kind(**bench.pipeline.components, controlnet=net, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    out: list[Pixels] = []
    for start in range(0, len(pixels), bench.batch):
        part = slice(start, start + bench.batch)
        images = [Image.fromarray(p) for p in pixels[part]]
        shown = {"image": hints[part]} if whole else {"image": images, "control_image": hints[part]}
        more = {} if whole else {"strength": strength}
        result = pipeline(
            prompts[part],
            **shown,
            **more,
            num_inference_steps=bench.steps,
            guidance_scale=bench.guidance,
            output_type="np",
            generator=[torch.Generator().manual_seed(start + i) for i in range(len(images))],
        )
        out.append((np.asarray(result.images) * 255.0 + 0.5).astype(np.uint8))
    return np.concatenate(out)


def measure_control(folder: Path, bench: Bench, first_seed: int, *, queries: int = 100) -> dict[str, Any]:
    """Edge agreement and outfit rates over `CONTROL_STRENGTHS`, without the net and with it, and the autoencoder's own.

    Each picture is asked for in another outfit, so the words change the clothes while the map shows the old ones.
    """
    pictures = held_out(first_seed, queries)
    net, asked = load_controlnet(folder), other_outfits(pictures)
    pixels, prompts = np.stack([draw(p) for p in pictures]), [outfit_prompt(o) for o in asked]
    hints = hints_of(pictures)

    def figures(made: Pixels) -> dict[str, float]:
        return {"edges": agreement(made, hints), **outfit_rates(bench, made, asked)}

    curves = [
        {
            "strength": strength,
            "without": figures(restyle(bench, pixels, prompts, strength)),
            "with": figures(restyle_by_edges(bench, net, pixels, hints, prompts, strength)),
        }
        for strength in CONTROL_STRENGTHS
    ]
    return {"queries": queries, "autoencoder": agreement(reconstructed(bench, pixels), hints), "curves": curves}


@torch.no_grad()
def reconstructed(bench: Bench, pixels: Pixels) -> Pixels:
    """The pictures through the autoencoder alone, which no result can outdo by much."""
    vae = bench.pipeline.vae
    made = [vae.decode(vae.encode(x).latent_dist.mean).sample for x in torch.split(to_tensor(pixels), bench.batch)]
    whole = (torch.cat(made).clamp(-1, 1) + 1) * 127.5
    return whole.round().permute(0, 2, 3, 1).numpy().astype(np.uint8)


def hints_of(pictures: list[Picture]) -> list[Image.Image]:
    """The edges of each picture, as a person's picture gets them."""
    return [edge_map(Image.fromarray(draw(p))) for p in pictures]
