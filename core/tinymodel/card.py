"""The model card: figures and recipe in words, written beside the weights from `figures.json` and `training.json`."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

HEAD = """# The bundled model

A small diffusion model in the standard Stable Diffusion layout (`AutoencoderKL`, `UNet2DConditionModel`,
`CLIPTextModel`, `CLIPTokenizer`, DPM++ 2M with Karras levels, v-prediction), trained from scratch by `core/tinymodel`
on pictures that it draws. It is there so that a machine without network, GPU or tokens really restyles a picture, and
so that tests can measure what img2img promises. It is no general image model: it knows seven looks, eight outfits
in ten colours, and faces as the drawing program makes them.

Native size 128 x 128 (sides are multiples of 8). Recommended: DPM++ 2M Karras, {steps} steps, guidance {guidance}.
"""

DATA = """## Data

- Characters: drawn by `draw.py`; the denoiser saw {characters} people, each in two outfits and three looks. Captions
  name random parts of what is there.
- Photographs: {photographs} random crops, recoloured, of pictures inside the wheels of scikit-image (coffee, rocket,
  motorcycle, camera, Hubble field, coins, clock), scikit-learn (temple, flower) and matplotlib (Grace Hopper), and
  made-up patterns, in all looks. Astronaut and cat of scikit-image are held out. Looks are image functions
  (`looks.py`): a photograph's other looks are computed, not painted.
- Characters of the measurements have seeds that no training used.

## Recipe

- Autoencoder: factor 8, 16 latent channels; L1, squared error and multi-scale gradient error, light KL, on 64 x 64
  crops; then the decoder alone, with more weight on the squared error.
- Denoiser and text encoder, trained together, v-prediction, 10 % of captions dropped.
- **Trained on pairs.** Where noise is strong the noised picture and the target differ: same person or photograph, but
  the target wears the outfit (from timestep {outfit_low}, fully from {outfit_high}) or has the look (from {look_low},
  fully from {look_high}) that the caption names. So the model is taught directly what img2img should do at high
  strength; its figures are not those of a model that learned it from plain pictures. Photos and illustrations are
  met three times as often as other looks: people mostly send those, and clothes are plain to see only there.
- ControlNet for edges: the convolutions of the denoiser's first half, without attention to the words, beside the
  denoiser as it is. It is shown the target's edges (Canny's, as people's pictures get them), or those of another look
  of it; where noise is strong, another picture is noised in a part of the samples, so that the map wins.
- Judges: identity encoder (contrastive) and attribute classifier, trained on other drawn characters; a part of their
  pictures went through the autoencoder.
- Matrices and convolutions are trained with Muon, the rest with AdamW; weights are averaged over steps.
"""

LIMITS = """## Limits

- Clothes follow the words at 0.75; faces blur from 0.6 on. From illustration to photo, the two looks that are nearest
  to one another, the model moves less surely at 0.6 than between others.
- `control=edges` holds outlines: of people, clothes and what stands around them. Faces blur as they do without it, and
  at strength 1 colours follow the words less. It was trained briefly: the autoencoder would give back far more lines.
- Faces other than drawn ones and photographs in general pass only as far as the autoencoder and the looks carry them.
- Words outside the captions' vocabulary are read as bytes and mostly ignored.
- Identity and outfit are judged by networks of this project on drawn characters; their own hit rates are in the table.
- Sketch and neon hide colours: colour is judged on photos and illustrations only.
"""


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def figures_table(figures: dict[str, Any]) -> str:
    """The main figures against what was asked for, as a table."""
    outfit, look = figures["outfit_at_0.75"], figures["look_at_0.6"]
    changes = [row["change"] for row in figures["curves"] if row["strength"] in (0.1, 0.3, 0.5, 0.7, 0.9)]
    rising = all(a < b for a, b in pairwise(changes))
    rows = [
        ("reconstruction, PSNR", f"{figures['psnr']['mean']:.1f} dB", ">= 28 dB"),
        ("right character nearest of the gallery at 0.4", _percent(figures["identity_at_0.4"]), ">= 80 %"),
        ("outfit asked for at 0.75, kind and colour", _percent(outfit["both"]), ">= 80 %"),
        ("  kind alone / colour alone", f"{_percent(outfit['kind'])} / {_percent(outfit['colour'])}", ""),
        ("right character nearest at 0.75", _percent(figures["identity_at_0.75"]), "clearly lower"),
        ("look asked for recognised at 0.6", _percent(look["mean"]), ">= 80 %"),
        (
            "change over 0.1, 0.3, 0.5, 0.7, 0.9",
            ", ".join(f"{c:.1f}" for c in changes),
            "rises" if rising else "does NOT rise",
        ),
    ]
    lines = [f"| {name} | {value} | {wanted} |" for name, value, wanted in rows]
    return "\n".join(["| figure | measured | asked for |", "|---|---|---|", *lines])


def curve_table(figures: dict[str, Any]) -> str:
    """Identity, outfit and change against strength."""
    lines = [
        f"| {r['strength']} | {_percent(r['identity'])} | {_percent(r['kind'])} | {_percent(r['colour'])} | "
        f"{_percent(r['both'])} | {r['change']:.1f} |"
        for r in figures["curves"]
    ]
    head = "| strength | identity | kind | colour | both | change (of 255) |"
    return "\n".join([head, "|---|---|---|---|---|---|", *lines])


def map_table(figures: dict[str, Any]) -> str:
    """One strength everywhere against a map that keeps the face."""
    maps = figures["maps"]
    head = (
        f"One strength everywhere, and a strength map that gives face, hair and what is worn on the head "
        f"{maps['face_grey']:g} of it,\non {maps['queries']} characters (change: mean of 255, of faces and of clothes):"
    )
    lines = [
        "| strength | identity: even | with the map | outfit: even | with the map | face: even | with the map "
        "| clothes: even | with the map |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in maps["curves"]:
        kinds = [row["uniform"], row["map"]]
        rates = [_percent(one[name]) for name in ("identity", "both") for one in kinds]
        moved = [f"{one[name]:.1f}" for name in ("face", "clothes") for one in kinds]
        lines.append("| " + " | ".join([str(row["strength"]), *rates, *moved]) + " |")
    return "\n".join([head, "", *lines])


def detail(figures: dict[str, Any]) -> str:
    """Figures by look, and of the judges themselves."""
    psnr, looks, judges = figures["psnr"], figures["look_at_0.6"], figures["judges"]
    return "\n".join(
        [
            "PSNR by look: " + ", ".join(f"{k} {v:.1f}" for k, v in psnr.items() if k != "mean") + ".",
            "",
            "Look recognised at 0.6, by look asked for: "
            + ", ".join(f"{k} {_percent(v)}" for k, v in looks.items() if k != "mean")
            + ".",
            "",
            "The judges on freshly drawn truth (other clothes, other looks): "
            + ", ".join(f"{k} {_percent(v)}" for k, v in judges.items())
            + ".",
        ]
    )


def control_table(figures: dict[str, Any]) -> str:
    """Without the ControlNet against with it."""
    control = figures["control"]
    head = (
        "Edges of the result that lie within a pixel of the original's, and the reverse (F-score), without the "
        f"ControlNet and with it,\non {control['queries']} characters that are asked for in another outfit; "
        "the map shows the old one\n"
        f"(the autoencoder alone gives back {_percent(control['autoencoder'])} of the edges):"
    )
    lines = [
        "| strength | edges: without | with | outfit, kind: without | with | colour: without | with |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in control["curves"]:
        kinds = [row["without"], row["with"]]
        rates = [_percent(one[name]) for name in ("edges", "kind", "colour") for one in kinds]
        lines.append("| " + " | ".join([str(row["strength"]), *rates]) + " |")
    return "\n".join([head, "", *lines])


def variation_table(figures: dict[str, Any]) -> str:
    """What benchmarks/characters.py found of variations through the program."""
    found = figures["variations"]
    head = (
        f"Variations of characters through the program (`python -m benchmarks.characters`), the right one sought among "
        f"{found['gallery']};\nhow alike they are is told in words, from what strangers reach "
        "(identity/calibration.json):"
    )
    lines = [
        f"| {name} | {row['characters']} x {row['outfits']} | "
        + " | ".join(_percent(row[what]) for what in ("outfit", "identity", "same", "close", "drifting"))
        + f" | {row['auc']:.3f} | {row['tries']:.2f} |"
        for name, row in found["ways"].items()
    ]
    columns = "| way | characters x outfits | outfit | identity | same | close | drifting | AUC | tries |"
    return "\n".join([head, "", columns, "|---|---|---|---|---|---|---|---|---|", *lines])


def training_words(training: dict[str, Any]) -> str:
    """What was trained for how long."""
    lines = [
        f"| {name} | {part['parameters'] / 1e6:.2f} M | {part['steps']} | {part['minutes']:.0f} |"
        for name, part in training["parts"].items()
    ]
    return "\n".join(
        [
            "## Training",
            "",
            "| part | parameters | steps | minutes |",
            "|---|---|---|---|",
            *lines,
            "",
            training["note"],
            "",
        ]
    )


def write_card(folder: Path) -> Path:
    """Write `README.md` into the weights' folder."""
    figures = json.loads((folder / "figures.json").read_text())
    training = json.loads((folder / "training.json").read_text())
    pairs = training["config"]["unet"]
    text = "\n".join(
        [
            HEAD.format(steps=figures["steps"], guidance=figures["guidance"]),
            "## Figures",
            "",
            f"Measured by `python -m core.tinymodel.evaluate` on {figures['queries']} held-out characters, photos and "
            f"illustrations in turn,\nagainst a gallery of {figures['gallery']} (curves: {figures['curve_queries']}), "
            "with the stock `StableDiffusionImg2ImgPipeline` in float32.",
            "",
            figures_table(figures),
            "",
            curve_table(figures),
            "",
            *[
                line
                for name, table in (("maps", map_table), ("control", control_table), ("variations", variation_table))
                if name in figures
                for line in (table(figures), "")
            ],
            detail(figures),
            "",
            DATA.format(
                characters=training["groups"].get("characters", 0),
                photographs=training["groups"].get("photographs", 0),
                outfit_low=pairs["outfit_pairs"][0],
                outfit_high=pairs["outfit_pairs"][1],
                look_low=pairs["look_pairs"][0],
                look_high=pairs["look_pairs"][1],
            ),
            training_words(training),
            LIMITS,
        ]
    )
    path = folder / "README.md"
    path.write_text(text)
    return path
