"""What is measured on held-out characters, through the stock img2img pipeline."""

from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from diffusers import StableDiffusionImg2ImgPipeline
from PIL import Image
from torch import Tensor

from core.tinymodel.captions import LOOK_WORDS
from core.tinymodel.draw import draw
from core.tinymodel.judge_training import to_tensor
from core.tinymodel.judges import COLOURS, GREY_LOOKS, AttributeClassifier, IdentityEncoder
from core.tinymodel.world import LOOKS, OUTFIT_KINDS, Outfit, Picture, draw_outfit, draw_picture

Pixels = npt.NDArray[np.uint8]
STRENGTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
CHANGE_STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A pipeline, its judges, and how it is run."""

    pipeline: StableDiffusionImg2ImgPipeline
    identity: IdentityEncoder
    classifier: AttributeClassifier
    steps: int
    guidance: float
    batch: int = 16


def held_out(first_seed: int, count: int) -> list[Picture]:
    """Characters that no training saw, as photos and illustrations in turn."""
    random = Random(f"held-out-{first_seed}")
    return [draw_picture(first_seed + i, random, look=LOOKS[i % 2]) for i in range(count)]


def other_outfits(pictures: list[Picture]) -> list[Outfit]:
    """For each picture an outfit of another kind and another colour."""
    random, out = Random("outfits"), []
    for picture in pictures:
        outfit = draw_outfit(random)
        while outfit.kind == picture.outfit.kind or outfit.colour == picture.outfit.colour:
            outfit = draw_outfit(random)
        out.append(outfit)
    return out


def outfit_prompt(outfit: Outfit) -> str:
    """A plain request for an outfit."""
    article = "" if outfit.kind in ("armour", "overalls") else "an " if outfit.colour == "orange" else "a "
    return f"a person in {article}{outfit.colour} {outfit.kind}"


def restyle(bench: Bench, pixels: Pixels, prompts: list[str], strength: float) -> Pixels:
    """Pictures (N, H, W, 3) through the pipeline, in batches; picture i has the seed i."""
    out: list[Pixels] = []
    for start in range(0, len(pixels), bench.batch):
        part = slice(start, start + bench.batch)
        images = [Image.fromarray(p) for p in pixels[part]]
        result = bench.pipeline(
            prompts[part],
            image=images,
            strength=strength,
            num_inference_steps=bench.steps,
            guidance_scale=bench.guidance,
            output_type="np",
            generator=[torch.Generator().manual_seed(start + i) for i in range(len(images))],
        )
        out.append((np.asarray(result.images) * 255.0 + 0.5).astype(np.uint8))
    return np.concatenate(out)


@torch.no_grad()
def embed(bench: Bench, pixels: Pixels) -> Tensor:
    """Identity vectors, (N, embedding)."""
    return torch.cat([bench.identity(to_tensor(pixels[i : i + 64])) for i in range(0, len(pixels), 64)])


@torch.no_grad()
def classify(bench: Bench, pixels: Pixels) -> npt.NDArray[np.int64]:
    """Kind, colour and look seen in each picture, (N, 3)."""
    seen = []
    for start in range(0, len(pixels), 64):
        logits = bench.classifier(to_tensor(pixels[start : start + 64]))
        seen.append(torch.stack([x.argmax(1) for x in logits], dim=1))
    return np.asarray(torch.cat(seen).numpy())


def identity_rate(bench: Bench, made: Pixels, gallery: Tensor) -> float:
    """Share of pictures whose nearest neighbour in the gallery is the character of the same number."""
    nearest = (embed(bench, made) @ gallery.T).argmax(1)
    return float((nearest == torch.arange(len(made))).float().mean())


def outfit_rates(bench: Bench, made: Pixels, outfits: list[Outfit]) -> dict[str, float]:
    """Shares of pictures in which the classifier sees the kind, the colour, and both."""
    seen = classify(bench, made)
    kind = seen[:, 0] == [OUTFIT_KINDS.index(o.kind) for o in outfits]
    colour = seen[:, 1] == [COLOURS.index(o.colour) for o in outfits]
    return {"kind": float(kind.mean()), "colour": float(colour.mean()), "both": float((kind & colour).mean())}


@torch.no_grad()
def reconstruction(bench: Bench, pictures: list[Picture]) -> dict[str, float]:
    """Mean PSNR in dB of the autoencoder over the pictures in every look, and by look."""
    out: dict[str, float] = {}
    for index, look in enumerate(LOOKS):
        true = to_tensor(np.stack([draw(p.in_look(look)) for p in pictures[index :: len(LOOKS)]]))
        vae = bench.pipeline.vae
        made = torch.cat([vae.decode(vae.encode(x).latent_dist.mean).sample for x in torch.split(true, 16)]).clamp(
            -1, 1
        )
        error = (made - true).square().mean(dim=(1, 2, 3)) / 4.0
        out[look] = float((-10.0 * torch.log10(error)).mean())
    return {"mean": float(np.mean(list(out.values()))), **out}


def judges_themselves(bench: Bench, pictures: list[Picture], gallery: Tensor) -> dict[str, float]:
    """How often the judges are right on drawn truth: other clothes, other looks."""
    random = Random("judges")
    drawn = [p.wearing(draw_outfit(random)).in_look(random.choice(LOOKS)) for p in pictures]
    pixels = np.stack([draw(p) for p in drawn])
    seen = classify(bench, pixels)
    coloured = np.array([p.look not in GREY_LOOKS for p in drawn])
    return {
        "identity": identity_rate(bench, pixels, gallery),
        "kind": float(np.mean(seen[:, 0] == [OUTFIT_KINDS.index(p.outfit.kind) for p in drawn])),
        "colour": float(np.mean((seen[:, 1] == [COLOURS.index(p.outfit.colour) for p in drawn])[coloured])),
        "look": float(np.mean(seen[:, 2] == [LOOKS.index(p.look) for p in drawn])),
    }


def look_rates(bench: Bench, pictures: list[Picture], pixels: Pixels, strength: float = 0.6) -> dict[str, float]:
    """Share of pictures in which the classifier sees the look asked for, which is never the picture's own."""
    targets = [(LOOKS.index(p.look) + 1 + i // 2 % (len(LOOKS) - 1)) % len(LOOKS) for i, p in enumerate(pictures)]
    prompts = [f"{LOOK_WORDS[LOOKS[t]][0]} of a person" for t in targets]
    seen = classify(bench, restyle(bench, pixels, prompts, strength))[:, 2]
    hits = seen == targets
    by_look = {look: float(hits[np.array(targets) == i].mean()) for i, look in enumerate(LOOKS) if i in targets}
    return {"mean": float(hits.mean()), **by_look}


def curves(bench: Bench, pixels: Pixels, outfits: list[Outfit], gallery: Tensor) -> list[dict[str, float]]:
    """Identity, outfit and change (mean absolute difference, 0..255) for each strength."""
    prompts, out = [outfit_prompt(o) for o in outfits], []
    for strength in sorted({*STRENGTHS, *CHANGE_STRENGTHS}):
        made = restyle(bench, pixels, prompts, strength)
        change = float(np.abs(made.astype(np.float32) - pixels).mean())
        rates = outfit_rates(bench, made, outfits)
        out.append({"strength": strength, "identity": identity_rate(bench, made, gallery), **rates, "change": change})
    return out


def measure(
    bench: Bench, first_seed: int, *, gallery: int = 200, queries: int = 100, curve: int = 40
) -> dict[str, Any]:
    """All figures: `queries` of the `gallery` characters are restyled, and `curve` of them at every strength."""
    pictures = held_out(first_seed, gallery)
    drawn = np.stack([draw(p) for p in pictures])
    vectors, outfits = embed(bench, drawn), other_outfits(pictures)
    pixels, asked = drawn[:queries], outfits[:queries]
    prompts = [outfit_prompt(o) for o in asked]
    bold = restyle(bench, pixels, prompts, 0.75)
    return {
        "gallery": gallery,
        "queries": queries,
        "steps": bench.steps,
        "guidance": bench.guidance,
        "psnr": reconstruction(bench, pictures),
        "judges": judges_themselves(bench, pictures, vectors),
        "identity_at_0.4": identity_rate(bench, restyle(bench, pixels, prompts, 0.4), vectors),
        "identity_at_0.75": identity_rate(bench, bold, vectors),
        "outfit_at_0.75": outfit_rates(bench, bold, asked),
        "look_at_0.6": look_rates(bench, pictures[:queries], pixels),
        "curve_queries": curve,
        "curves": curves(bench, drawn[:curve], outfits[:curve], vectors),
    }
