"""`restyle doctor`: looks at every part of this installation and says what to do about each."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from bot.folder import data_folder, signing_key
from bot.logs import configure_logging
from bot.settings import Settings
from bot.studio import engine_config, open_studio
from core.domain.catalogue import BUNDLED, load_catalogue
from core.errors import ModelError, RestyleError, StartError
from core.service.checkup import check_database, check_likeness

_LOW_DISK = 2e9  # bytes; a few thousand pictures
_Checks = Iterator["Finding"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the report. `is_fatal`: Restyle will not start, or cannot work, like this."""

    part: str
    sentence: str
    is_fatal: bool = False


def doctor() -> int:
    """Print the findings; exit status 0 if Restyle can start like this, else 2."""
    configure_logging("error")
    try:
        settings = Settings.load()
    except StartError as error:
        _print(Finding(part="settings", sentence=error.sentence, is_fatal=True))
        return 2
    _print(Finding(part="settings", sentence="read"))
    fatal = False
    for check in (_folder, _disk, _database, _page, check_chats, _model, _likeness):
        for finding in _careful(check, settings):
            _print(finding)
            fatal |= finding.is_fatal
    return 2 if fatal else 0


def _careful(check: Callable[[Settings], _Checks], settings: Settings) -> _Checks:
    """A check's findings; an error with words of its own is one, too."""
    try:
        yield from check(settings)
    except RestyleError as error:
        yield Finding(part=check.__name__.removeprefix("_"), sentence=error.sentence, is_fatal=True)


def _folder(settings: Settings) -> _Checks:
    try:
        with data_folder(settings.data) as folder:
            signing_key(folder)
    except StartError as error:
        if error.reason != "second":
            raise
        yield Finding(part="folder", sentence="in use by a Restyle that is running")
        return
    yield Finding(part="folder", sentence=f"{settings.data} can be written")


def _disk(settings: Settings) -> _Checks:
    free = shutil.disk_usage(settings.data).free
    advice = ": free some space, or lower RESTYLE_KEEP_DAYS" if free < _LOW_DISK else ""
    yield Finding(part="disk", sentence=f"{free / 1e9:.0f} GB free{advice}")


def _database(settings: Settings) -> _Checks:
    kind = asyncio.run(check_database(settings.database))
    yield Finding(part="database", sentence=f"{kind}, up to date")


def _page(settings: Settings) -> _Checks:
    if not settings.web:
        yield Finding(part="page", sentence="switched off (RESTYLE_WEB)")
        return
    if settings.listens_wider and not settings.web_token:
        raise StartError("token-needed")
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.web_host, settings.web_port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise StartError("address", host=settings.web_host) from error
    except OSError:
        sentence = StartError("port", port=settings.web_port, host=settings.web_host).sentence
        yield Finding(part="page", sentence=f"{sentence} (Unless that is Restyle itself.)")
        return
    yield Finding(part="page", sentence=f"can listen on {settings.web_host}:{settings.web_port}")


def check_chats(settings: Settings) -> _Checks:
    """What the tokens and addresses look like; nobody is asked."""
    yield _discord(settings)
    yield _telegram(settings)


def _discord(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding(part="discord", sentence="no token, off")
    from bot.discord_bot.invite import invite_link  # its library is imported only where there is a token

    link = invite_link(settings.discord_token.get_secret_value())
    if link is None:
        sentence = "RESTYLE_DISCORD_TOKEN does not look like a token: copy it from Discord's developer portal"
        return Finding(part="discord", sentence=sentence)
    return Finding(part="discord", sentence=f"a token is set; add the bot to a server by {link}")


def _telegram(settings: Settings) -> Finding:
    if settings.telegram_token is None:
        return Finding(part="telegram", sentence="no token, off")
    from bot.telegram_bot.client import looks_like_token  # its library is imported only where there is a token
    from bot.telegram_bot.webhook import check_webhook

    if not looks_like_token(settings.telegram_token.get_secret_value()):
        sentence = "RESTYLE_TELEGRAM_TOKEN does not look like a token: ask @BotFather for it and copy all of it"
        return Finding(part="telegram", sentence=sentence)
    try:
        check_webhook(settings)
    except StartError as error:
        return Finding(part="telegram", sentence=error.sentence, is_fatal=True)
    way = f"is called at {settings.telegram_webhook}" if settings.telegram_webhook else "asks Telegram for messages"
    return Finding(part="telegram", sentence=f"a token is set; it {way}")


def _model(settings: Settings) -> _Checks:
    """Each of those that are offered; without the default Restyle cannot work."""
    for model in settings.offered:
        alone = settings.model_copy(update={"model": model, "models": ()})
        yield from _one_model(alone, is_default=model == settings.model)


def _one_model(settings: Settings, *, is_default: bool) -> _Checks:
    studio = open_studio(settings)
    try:
        studio.load()
    except ModelError as error:
        sentence = error.sentence if is_default else f"{error.sentence} Jobs for it fail; the others do not."
        yield Finding(part="model", sentence=sentence, is_fatal=is_default)
        return
    spec = studio.rules.spec
    defaults = (
        f"{spec.steps} steps, guidance {spec.guidance:g}, {spec.scheduler}, about {spec.native_side}x{spec.native_side}"
    )
    size = f"{studio.weight_bytes / 1e9:.1f} GB"
    yield Finding(part="model", sentence=f"{settings.model} loads on {studio.device}, {size}; {defaults}")


def _likeness(settings: Settings) -> _Checks:
    """What measures the pictures of other models; without it they are made all the same."""
    try:
        found = check_likeness(engine_config(settings, load_catalogue(settings.models_file)))
    except ModelError as error:
        yield Finding(part="likeness", sentence=f"{error.sentence} Variations are made, but not measured.")
        return
    if found:
        yield Finding(part="likeness", sentence=f"{', '.join(found)} {'load' if len(found) > 1 else 'loads'}")
    elif settings.offered != (BUNDLED,):
        advice = (
            "set RESTYLE_LIKENESS_MODEL and RESTYLE_FACE_FINDER to measure variations of other models and keep faces"
        )
        yield Finding(part="likeness", sentence=f"only on the bundled model; {advice}")
    else:
        yield Finding(part="likeness", sentence="measured by what the bundled model brings")


def _print(finding: Finding) -> None:
    print(f"{'FAIL' if finding.is_fatal else 'ok  '}  {finding.part:<10}{finding.sentence}", flush=True)
