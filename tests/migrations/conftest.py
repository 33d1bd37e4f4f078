"""The same databases as the stores are tested on."""

from tests.core.storage.conftest import postgres, url

__all__ = ["postgres", "url"]
