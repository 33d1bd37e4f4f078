"""The only door `bot` uses: `service` with a queue behind it, `offline` without."""
