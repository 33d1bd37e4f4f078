"""Every setting, read once from the environment and `.env`; `.env.example` explains them all."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.domain.catalogue import BUNDLED, short_name
from core.errors import StartError

Megabytes = Annotated[float, Field(gt=0, le=10_000)]
PREFIX = "RESTYLE_"
_MARKS = 3  # of a scale of likeness


class Settings(BaseSettings):
    """Frozen; secrets are SecretStr, so printing never shows them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data: Path = Path("data")  # database, blobs and the cookie's key live here
    database_url: SecretStr | None = None  # default: SQLite inside `data`
    blob_folder: Path | None = None  # default: `blobs` inside `data`

    model: str = BUNDLED
    models: Annotated[tuple[str, ...], NoDecode] = ()  # further ones, that people may choose
    model_memory: float | None = Field(default=None, gt=0)  # GB that loaded models may take together
    models_file: Path | None = None
    styles_file: Path | None = None
    device: str = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    offline: bool = False
    compile: Literal["auto", "on", "off"] = "auto"

    likeness_model: str = ""  # an image embedding, for other models than the bundled one
    likeness_scale: Annotated[tuple[float, ...], NoDecode] = ()  # its cosines: strangers, close, same
    face_model: str = ""  # an embedding of faces, beside it
    face_scale: Annotated[tuple[float, ...], NoDecode] = ()
    face_finder: str = ""  # a segmenter or detector

    web: bool = True
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8080, ge=0, le=65535)
    web_token: SecretStr | None = None
    web_origin: str | None = None

    discord_token: SecretStr | None = None
    discord_ideas: Literal["commands", "mentions", "messages"] = "mentions"  # what counts as one in a session's thread
    discord_sharded: bool = False  # several connections, as Discord wants it from 2,500 servers on
    discord_endpoint: str | None = None  # development: one server that plays all of Discord's hosts
    discord_ca: Path | None = None
    telegram_token: SecretStr | None = None
    telegram_webhook: str | None = None  # where Telegram reaches the page: https://restyle.example.org
    telegram_endpoint: str = "https://api.telegram.org"  # another one for development, or a server of one's own

    operators: Annotated[tuple[str, ...], NoDecode] = ()  # who may do everything: discord:123, telegram:456

    running_per_person: int = Field(default=3, ge=1, le=1000)
    characters_per_person: int = Field(default=50, ge=1, le=10_000)
    waiting_per_person: int = Field(default=10, ge=1, le=100_000)
    job_minutes: float = Field(default=360, gt=0, le=1_000_000)  # from acceptance; then a job is given up
    keep_days: float = Field(default=30, gt=0)

    max_file_megabytes: Megabytes = 25
    max_megapixels: Megabytes = 50
    max_prompt: int = Field(default=2000, ge=10, le=100_000)

    log_level: str = "info"

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("is one of debug, info, warning, error")
        return level.lower()

    @field_validator("telegram_endpoint", "telegram_webhook")
    @classmethod
    def _an_origin(cls, address: str | None) -> str | None:
        if address is not None and not address.startswith(("https://", "http://")):
            raise ValueError("is an address that begins with https://")
        return address and address.rstrip("/")

    @field_validator("models", "operators", mode="before")
    @classmethod
    def _split(cls, names: object) -> object:
        return tuple(filter(None, map(str.strip, names.split(",")))) if isinstance(names, str) else names

    @field_validator("likeness_scale", "face_scale", mode="before")
    @classmethod
    def _rising(cls, text: object) -> object:
        """Three cosines, each larger than the one before; nothing: a guess."""
        marks = text.split(",") if isinstance(text, str) else text
        if not isinstance(marks, list | tuple) or not marks:
            return ()
        try:
            found = tuple(float(mark) for mark in marks)
        except (TypeError, ValueError):
            found = ()
        if len(found) != _MARKS or not -1 <= found[0] < found[1] < found[2] < 1:
            raise ValueError("is three rising cosines, for example 0.3,0.6,0.8")
        return found

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [short_name(model) for model in self.offered]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"name two models that would both be called {twice[0]}: rename a folder, or leave one away"
            )
        return self

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """From the environment and `.env`; raises StartError that names the variable and what is wrong with it."""
        try:
            return cls(**overrides)  # type: ignore[arg-type]  # pydantic checks the values itself
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "The settings"
            problem = first["msg"].removeprefix("Value error, ")
            raise StartError("setting", name=name, problem=problem[0].lower() + problem[1:]) from error

    @property
    def offered(self) -> tuple[str, ...]:
        """All models, the default first."""
        return (self.model, *(model for model in dict.fromkeys(self.models) if model != self.model))

    @property
    def listens_wider(self) -> bool:
        """Whether the page can be reached from other machines."""
        if self.web_host == "localhost":
            return False
        try:
            return not ip_address(self.web_host).is_loopback
        except ValueError:
            return True

    @property
    def database(self) -> str:
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{(self.data / 'restyle.sqlite3').absolute()}"

    @property
    def blobs(self) -> Path:
        return self.blob_folder or self.data / "blobs"
