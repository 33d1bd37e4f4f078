"""What Telegram refuses. Sources: core.telegram.org/bots/api, /bots/faq and the texts of its own errors."""

from __future__ import annotations

DOWNLOAD_BYTES = 20 * 1024 * 1024  # getFile
PHOTO_BYTES = 10 * 1024 * 1024
FILE_BYTES = 50 * 1024 * 1024
REQUEST_BYTES = FILE_BYTES + 1024 * 1024  # beyond this the front answers 413 before anybody reads the form
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20
PHOTO_LONGEST = 1280  # what a sent photo is made smaller to
PHOTO_SIZES = {"s": 90, "m": 320, "x": 800, "y": PHOTO_LONGEST}
PHOTO_QUALITY = 87
ALBUM = range(2, 11)
CAPTION = 1024
TEXT = 4096
CALLBACK_DATA_BYTES = 64
CALLBACK_TEXT = 200
CALLBACK_SECONDS = 15.0  # then "query is too old"; the real one gives "some seconds"
INLINE_SECONDS = 10.0
INLINE_RESULTS = 50
START_PAYLOAD = 64
BUTTONS = 100  # of one keyboard
BUTTONS_A_ROW = 8
PLACEHOLDER = 64
COMMANDS = 100
COMMAND_DESCRIPTION = 256
BOT_DESCRIPTION = 512
BOT_SHORT_DESCRIPTION = 120
BOT_NAME = 64
TOPIC_NAME = 128
DELETE_SECONDS = 48 * 3600
UPDATES_A_CALL = 100
WEBHOOK_PORTS = (80, 88, 443, 8443)
SECRET = r"[A-Za-z0-9_-]{1,256}"
LINK_SECONDS = 3600.0  # how long a file path of getFile works
