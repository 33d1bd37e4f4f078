"""The composition root of `restyle image`; what it shares with the server's: settings as the core's values."""

from __future__ import annotations

from bot.settings import Settings
from core.domain.catalogue import Catalogue, ModelSpec, load_catalogue
from core.domain.likeness import Scale
from core.domain.schedulers import SCHEDULERS
from core.engine.contract import EngineConfig, LikenessConfig
from core.imaging.intake import IntakeLimits
from core.service.offline import Studio
from core.service.requests import Rules


def open_studio(settings: Settings) -> Studio:
    catalogue = load_catalogue(settings.models_file, settings.styles_file)
    return Studio(rules(settings, catalogue), engine_config(settings, catalogue), intake_limits(settings))


def engine_config(settings: Settings, catalogue: Catalogue) -> EngineConfig:
    return EngineConfig(
        model=settings.model,
        spec=catalogue.model(settings.model),
        further=_further(settings, catalogue),
        memory=int((settings.model_memory or 0) * 1e9),
        device=settings.device,
        threads=settings.threads,
        offline=settings.offline,
        compile=settings.compile,
        likeness=likeness_config(settings),
    )


def likeness_config(settings: Settings) -> LikenessConfig:
    given = ((settings.likeness_model, settings.likeness_scale), (settings.face_model, settings.face_scale))
    scales = {name: Scale(strangers=one[0], close=one[1], same=one[2]) for name, one in given if name and one}
    return LikenessConfig(
        model=settings.likeness_model, face=settings.face_model, finder=settings.face_finder, scales=scales
    )


def intake_limits(settings: Settings) -> IntakeLimits:
    return IntakeLimits(max_bytes=int(settings.max_file_megabytes * 1e6), max_pixels=int(settings.max_megapixels * 1e6))


def rules(settings: Settings, catalogue: Catalogue) -> Rules:
    return Rules(
        catalogue=catalogue,
        model=settings.model,
        spec=catalogue.model(settings.model),
        further=_further(settings, catalogue),
        schedulers=SCHEDULERS,
        max_prompt=settings.max_prompt,
    )


def _further(settings: Settings, catalogue: Catalogue) -> dict[str, ModelSpec]:
    return {model: catalogue.model(model) for model in settings.offered[1:]}
