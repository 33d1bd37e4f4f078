"""The bundled model: a small diffusion model trained from scratch on a world that this package draws itself.

Importing this package loads no torch. `bundled_model_path()` is a folder in the standard diffusers layout.
"""

from pathlib import Path


def bundled_model_path() -> Path:
    """The folder with the shipped weights; any `from_pretrained` of diffusers' Stable Diffusion pipelines takes it."""
    return Path(__file__).parent / "weights"
