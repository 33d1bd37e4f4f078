"""`python -m core.tinymodel.train --out DIR`: draw, train and assemble everything; run again, it goes on."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path

import torch
from diffusers import AutoencoderKL

from core.tinymodel.config import TinyConfig
from core.tinymodel.control import FOLDER, save_controlnet, train_controlnet
from core.tinymodel.face import save_finder
from core.tinymodel.face_training import draw_faces, train_finder
from core.tinymodel.groups import draw_world
from core.tinymodel.hints import find_world_edges
from core.tinymodel.judge_training import draw_lineup, reconstruct, train_classifier, train_identity
from core.tinymodel.judges import save_judge
from core.tinymodel.latents import encode_world
from core.tinymodel.pipeline import save_pipeline
from core.tinymodel.record import write_record
from core.tinymodel.text import build_tokenizer
from core.tinymodel.unet import train_unet
from core.tinymodel.vae import train_decoder, train_vae

log = logging.getLogger(__name__)


def train_everything(config: TinyConfig, out: Path) -> Path:
    """All stages in order; each keeps its result below `out` and is skipped or resumed when run again.

    Returns the folder of the finished model, `out/model`.
    """
    torch.set_num_threads(config.threads)
    world, state, model = out / "world", out / "state", out / "model"
    log.info("drawing the world")
    draw_world(config, world)
    log.info("training the autoencoder")
    vae = _trained_vae(config, world, out)
    log.info("encoding the world")
    encode_world(config, vae, world, out / "latents")
    tokenizer = build_tokenizer(config, out / "tokenizer")
    log.info("training the denoiser")
    denoiser = train_unet(config, out / "tokenizer", out / "latents", state)
    log.info("sharpening the decoder")
    vae = train_decoder(config, vae, world, state)
    save_pipeline(model, vae, denoiser, tokenizer)
    log.info("training the ControlNet")
    find_world_edges(config, world, out / "edges")
    save_controlnet(train_controlnet(config, model, out / "latents", out / "edges", state), model / FOLDER)
    log.info("training the judges")
    train_judges(config, vae, out)
    log.info("training the face finder")
    save_finder(model / "face", train_finder(config, draw_faces(config, out / "faces"), state))
    write_record(config, out, model)
    return model


def _trained_vae(config: TinyConfig, world: Path, out: Path) -> AutoencoderKL:
    """The autoencoder of an earlier run, or a newly trained one."""
    folder = out / "vae"
    if not folder.exists():
        train_vae(config, world, out / "state").save_pretrained(folder)
    return AutoencoderKL.from_pretrained(folder)


def train_judges(config: TinyConfig, vae: AutoencoderKL, out: Path) -> None:
    """Train the identity encoder and the classifier, and save them beside the pipeline's parts."""
    lineup = reconstruct(draw_lineup(config, out / "lineup"), vae)
    save_judge(out / "model" / "identity", train_identity(config, lineup, out / "state"))
    save_judge(out / "model" / "classifier", train_classifier(config, lineup, out / "state"))


def main() -> None:
    """Parse the command line and train."""
    base = TinyConfig()
    parser = argparse.ArgumentParser(description="Train the bundled model from scratch; resumes what was begun.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes-vae", type=float, default=base.vae.minutes)
    parser.add_argument("--minutes-decoder", type=float, default=base.vae.decoder_minutes)
    parser.add_argument("--minutes-unet", type=float, default=base.unet.minutes)
    parser.add_argument("--minutes-control", type=float, default=base.control.minutes)
    parser.add_argument("--minutes-judges", type=float, default=base.judges.minutes)
    parser.add_argument("--groups", type=int, default=base.world.groups, help="characters to draw")
    parser.add_argument("--threads", type=int, default=base.threads)
    parser.add_argument("--seed", type=int, default=base.seed)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = replace(
        base,
        seed=given.seed,
        threads=given.threads,
        world=replace(base.world, groups=given.groups),
        vae=replace(base.vae, minutes=given.minutes_vae, decoder_minutes=given.minutes_decoder),
        unet=replace(base.unet, minutes=given.minutes_unet),
        control=replace(base.control, minutes=given.minutes_control),
        judges=replace(base.judges, minutes=given.minutes_judges),
    )
    print(train_everything(config, given.out))


if __name__ == "__main__":
    main()
