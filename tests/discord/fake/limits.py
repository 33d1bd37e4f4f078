"""Discord's limits: numbers from its developer documentation, checked against design notes where that page is wrong."""

from __future__ import annotations

FIRST_ANSWER_SECONDS = 3.0  # "Receiving and responding"
TOKEN_SECONDS = 15 * 60.0
FOLLOW_UPS_OF_USER_INSTALLS = 5
MIB = 1024 * 1024
FILE_BYTES = 10 * MIB  # the default of `attachment_size_limit`
REQUEST_BYTES = 25 * MIB
FILES = 10
CONTENT = 2000  # the specification says 4000, which is for people who pay
EMBEDS = 10
EMBED_CHARACTERS = 6000
EMBED_TITLE, EMBED_DESCRIPTION, EMBED_FIELDS = 256, 4096, 25
EMBED_FIELD_NAME, EMBED_FIELD_VALUE, EMBED_FOOTER, EMBED_AUTHOR = 256, 1024, 2048, 256
ALT_TEXT = 1024
COMPONENTS = 40  # nested ones count
COMPONENT_TEXT = 4000  # of all text displays in one message
ROWS, BUTTONS_IN_ROW = 5, 5
GALLERY = 10
CUSTOM_ID = 100
BUTTON_LABEL = 80
SELECT_OPTIONS = 25
MODAL_TITLE = 45
MODAL_PARTS = 5
LABEL_TEXT, LABEL_DESCRIPTION = 45, 100
UPLOADS = 10
CHOICES = 25
CHOICE_TEXT = 100
COMMANDS = {1: 100, 2: 15, 3: 15}  # slash, user menu, message menu
COMMAND_NAME, COMMAND_DESCRIPTION, COMMAND_OPTIONS = 32, 100, 25
COMMAND_CHARACTERS = 8000  # names, descriptions and values of one command together
THREAD_NAME, ACTIVE_THREADS = 100, 1000  # characters; in one guild
PINS = 250  # in one channel
REQUESTS_A_SECOND = 50
INVALID_REQUESTS = 10_000  # in ten minutes, then the address is banned for a while
LINK_SECONDS = 24 * 3600.0  # how long an attachment's link works
GATEWAY_SENDS = 120  # a minute
GATEWAY_BYTES = 4096

SPOILER_FLAG = 8  # of an attachment
HAS_THREAD = 32  # of a message, as the rest
LOADING, EPHEMERAL, SUPPRESS_EMBEDS, SILENT, COMPONENTS_V2 = 128, 64, 4, 4096, 32768
