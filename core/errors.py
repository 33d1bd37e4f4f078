"""Every error of the project, each with the sentence a person reads.

    RestyleError
    ├── InputError            what the person sent cannot be used as it is (exit status 2)
    │   ├── PictureError      the bytes are not a picture we can take
    │   ├── OptionError       an option's value is out of range or unreadable
    │   ├── UnknownNameError  a name that does not exist, with the nearest one that does
    │   └── NamingError       a name that a character cannot have
    ├── RefusedError          a rule said no: which rule, and when it will work again
    │   └── SessionError      likewise, about a session
    ├── NotFoundError         no such job, card or blob (any more)
    ├── NotAllowedError       it exists, but belongs to somebody else
    ├── EngineError           the model or its device failed (exit status 3)
    │   └── ModelError        the model cannot be loaded or cannot do what was asked
    └── StartError            the program cannot start here: settings, port, folder, second instance

An error is a `key` and `values`; the English sentence is made here, other languages look the key up
in `bot.replies`. Nothing but sentences reaches a person: no exception text, no path, no traceback.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

Value = str | int | float | None


class RestyleError(Exception):
    """Base of all errors with words of their own.

    `key` names the sentence ("picture.truncated"); `values` fill its places. Subclasses list their English
    sentences in `sentences`, keyed by the part after the dot.
    """

    family: ClassVar[str] = "error"
    sentences: ClassVar[dict[str, str]] = {"unexpected": "Something went wrong on our side; it was noted."}

    def __init__(self, reason: str, **values: Value) -> None:
        self.reason = reason
        self.values = values
        super().__init__(self.sentence)

    @property
    def key(self) -> str:
        return f"{self.family}.{self.reason}"

    @property
    def sentence(self) -> str:
        """The English sentence; an unknown reason is a programming error and raises KeyError."""
        return self.sentences[self.reason].format(**self.values)

    def __reduce__(self) -> tuple[partial[RestyleError], tuple[()]]:
        """Errors travel between processes; the default would call the class with the sentence as its reason."""
        return partial(type(self), self.reason, **self.values), ()


class InputError(RestyleError):
    """Raised when what the person sent has to be changed before anything can be done with it."""

    family = "input"
    sentences: ClassVar[dict[str, str]] = {
        "no-picture": "Send a picture along: drop, paste or pick one, then type the words again.",
        "no-prompt": "Say what it should become, for example: /restyle watercolour 0.6",
        "prompt-too-long": "That prompt has {length} characters; {limit} is the most.",
        "too-many-pictures": "That is {count} pictures in one go; {limit} is the most.",
        "mask-size": "The mask is {mask_width}x{mask_height}, the picture {width}x{height}: "
        "paint the mask on the picture itself.",
        "mask-empty": "The mask changes nothing: paint what should change in white.",
        "no-reference": "reference-scale says how much a reference counts: name that, too.",
        "no-control": "Say which control the map is for, for example: control=edges.",
        "no-settings": "That picture carries no Restyle settings: use one that Restyle made.",
        "nothing-to-set": "Say what to set: {known}. For example: /admin set waiting=5",
        "which-result": "That message shows several pictures: press a button under it, then reply to that one result.",
        "photo-import": "Telegram takes all that is not picture out of photos, the character, too: send it as a file.",
        "no-result": "There is no picture there yet: wait until it is ready, then reply to it.",
        "own-code": "That is your own code: type it on the other platform.",
        "not-linked": "Nothing is linked there: /link shows what is, and a code.",
        "no-file": "There is no file {name}.",
        "unreadable": "The file {name} cannot be read.",
        "unwritable": "{name} cannot be written: check the folder and the free space.",
        "not-a-command": "I know {commands}. Type /help for what they do.",
        "malformed": "That request cannot be read: reload the page and try again.",
        "too-large": "That is too much text for one message: shorten it and send it again.",
        "no-base": "A character needs a picture or a few words to make one of: "
        "/character save {name} a fox with a blue scarf",
        "no-outfits": "Say what to change, for example: /vary {name} red armour | rain coat",
        "too-many-outfits": "That is {count} outfits; {limit} is the most at a time.",
        "braces": "In outfits, braces hold choices, such as {example}: close each of them, and put none into another.",
        "being-made": "{name} is still being made: wait for its picture.",
        "no-character-in-file": "That picture carries no character: use a file that /character export gave.",
        "not-painted": "I cannot see what was painted: send the character's own picture with the face painted over, or "
        "a black one with the face white.",
        "few-characters": "That is {count} characters with several pictures each; {least} are the least to learn from.",
        "all-alike": "Those pictures are all too alike for this model to tell characters apart by them.",
        "no-changes": "Say what to change: {known}. For example: /character edit {name} strength=0.5",
    }


class PictureError(InputError):
    """Raised by intake when bytes are not a picture that can be used."""

    family = "picture"
    sentences: ClassVar[dict[str, str]] = {
        "empty": "That file is empty.",
        "not-a-picture": "That is not a picture I can read. PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC and AVIF work, "
        "and the first frame of a video (MP4, MOV, WebM, MKV).",
        "no-frame": "No frame of that video can be read: it is protected or of a kind that I do not know. "
        "Send a screenshot of it.",
        "truncated": "That picture is cut off or damaged: send it again.",
        "too-many-bytes": "That file is {megabytes} MB; {limit} MB is the most.",
        "chat-limit": "That file is {megabytes} MB; Telegram gives bots {limit} MB at most. Send it as a photo instead "
        "of a file: Telegram then makes it smaller.",
        "too-many-pixels": "That picture is {width}x{height}; {limit} megapixels is the most.",
        "too-thin": "That picture is {width}x{height}: the long side may be at most {limit} times the short one.",
        "too-small": "That picture is {width}x{height}: each side needs at least {limit} pixels.",
        "too-slow": "That picture took too long to open: save it as PNG or JPEG and send that.",
        "too-heavy": "That picture needs too much memory to open: save a smaller copy and send that.",
    }


class OptionError(InputError):
    """Raised when an option has a value that cannot be read or lies outside its range."""

    family = "option"
    sentences: ClassVar[dict[str, str]] = {
        "strength": "Strength goes from 0 (the same picture) to 1 (only its size is kept); {given} is not in between.",
        "not-a-number": "{option} is a number; {given} is not one.",
        "range": "{option} goes from {low} to {high}; {given} does not.",
        "size": "A size looks like 512x512; {given} does not.",
        "unknown": "There is no option {given}; did you mean {nearest}?",
        "unknown-alone": "There is no option {given}. These exist: {known}.",
        "control": "control looks like edges, edges:0.8 or edges:0.8@0-0.6; {given} does not.",
        "too-many-controls": "That is {count} controls; {limit} is the most.",
        "control-span": "A control works from one share of the steps to a later one, both between 0 and 1, "
        "for example @0-0.6; @{start}-{end} is none.",
        "until": "until says how long or until when: 2h, 90 min, 20:00 or 2026-12-24 20:00 (UTC); {given} does not.",
        "until-range": "A session lasts between one minute and thirty days; {given} does not.",
        "missing-value": "{option} wants a value, for example {option}={example}.",
        "code": "A code looks like K7QX-3MTV; {given} does not.",
        "twice": "{option} was given twice: keep one.",
    }


class UnknownNameError(InputError):
    """Raised for a style, recipe, scheduler, model or command that does not exist."""

    family = "unknown"
    sentences: ClassVar[dict[str, str]] = {
        "near": "There is no {what} {given}; did you mean {nearest}?",
        "alone": "There is no {what} {given}. These exist: {known}.",
    }


class NamingError(InputError):
    """Raised when a character cannot be called that."""

    family = "name"
    sentences: ClassVar[dict[str, str]] = {
        "empty": "A name needs at least one letter or digit, for example: /character save fox",
        "long": "That name has {length} characters; {limit} is the most.",
        "emoji": "A name has letters, digits, spaces and - _ . ' in it, but no emoji or pictograms.",
        "control": "That name has invisible characters in it: type it anew.",
        "sign": "A name cannot have {sign} in it; letters, digits, spaces and - _ . ' work.",
        "reserved": "{given} means something else in commands: choose another name.",
        "mixed": "{given} mixes letters of several alphabets that look alike: use one alphabet for a word.",
        "taken": "There is a character {given} in your list already: choose another name.",
        "looks-like": "{given} looks just like {taken}, which is in your list already: choose another name.",
    }


class RefusedError(RestyleError):
    """Raised when a rule says no. Refused work costs nothing."""

    family = "refused"
    sentences: ClassVar[dict[str, str]] = {
        "waiting": "You have {waiting} waiting and {limit} is the most; the next place frees in about {seconds} s.",
        "stopping": "Restyle is stopping for maintenance: try again in a minute.",
        "disk-full": "The disk is full, so nothing new can be taken: tell whoever runs this Restyle.",
        "busy": "Restyle is very busy at this moment: try again in a few seconds.",
        "banned": "You may not use Restyle here: {why}. Whoever moderates here can lift that.",
        "paused": "{command} is paused here: try again later, or ask whoever moderates here.",
        "channel": "Restyle works in these channels only: {channels}. Ask again there.",
        "role": "Restyle is here for people with one of these roles: {roles}. Whoever moderates here can give you one.",
        "model": "The model {model} is here for people with one of these roles: {roles}. Choose another with model=.",
        "age-gated": "{what} is for age-gated channels only: ask again in one.",
        "linked": "You are that already: both are the same person.",
        "exporting": "Your archive is being packed already: that one comes first.",
        "old-question": "That question is old: ask it again with /mydata erase.",
        "many-links": "At most {limit} places can be linked: take one away with /link remove.",
        "in-public": "That is between us: write to me in a private chat.",
        "rate": "That was a lot at once: try again in {seconds} s.",
        "characters": "You have {count} characters and {limit} is the most: /character delete makes room.",
        "no-place": "This is no server or group to share with; /character share {name} without here gives you a code.",
    }


class SessionError(RefusedError):
    """Raised when a session does not take what a person wants of it."""

    family = "session"
    sentences: ClassVar[dict[str, str]] = {
        "unknown": "There is no session {given}. Its code stands in its header: /session join CODE",
        "none-here": "There is no session here. Start one with /session start CHARACTER, or name its code.",
        "here-already": "The session {given} is held here already: end it first, or start yours somewhere else.",
        "ended": "This session has ended. Its pictures stay on its gallery page.",
        "paused": "This session is paused: its host will go on with it.",
        "not-paused": "This session is not paused.",
        "outsider": "You have not joined this session: /session join {given}",
        "sent-away": "The host has sent you away from this session.",
        "budget": "You have sent {count} ideas, and {limit} each is what the host allows here.",
        "full": "This session has its {limit} variations and takes no more.",
        "own": "That variation is yours: vote for somebody else's.",
        "not-made": "That variation is not made yet: vote when its picture is there.",
        "no-entry": "That variation is not in the session any more.",
        "no-gallery": "There is no gallery under this address: its session's host may have closed it.",
        "no-number": "There is no variation number {given} in this session.",
        "no-person": "{given} takes no part in this session.",
        "host": "Only the host {name} and moderators can do that in this session.",
        "no-idea": "Say what the character should wear or be, for example: /idea a red raincoat",
        "no-character": "Say which character the session is about: /session start NAME",
        "no-winner": "Nobody has won that session.",
        "not-ended": "That is for when the session has ended.",
        "not-owner": "Only the owner of the character can change its base picture.",
        "too-long": "The {what} may have {limit} characters.",
        "no-room": "I may not open a thread here: whoever moderates can give me Create Public Threads and "
        "Send Messages in Threads.",
    }


class NotFoundError(RestyleError):
    """Raised when a job, a card or a picture does not exist or was deleted."""

    family = "missing"
    sentences: ClassVar[dict[str, str]] = {
        "job": "That job does not exist any more.",
        "picture": "That picture has been deleted: send it again.",
        "code": "That code is wrong, used, or older than ten minutes: /link on the other side shows a new one.",
        "page": "There is no such page.",
        "no-characters": "You have no characters yet: send a picture with /character save NAME to make one.",
        "character": "That character does not exist any more.",
        "which-character": "Say which character, for example: /character use fox",
        "share": "Nothing is shared here under {given} (any more): ask whoever shared it for a new code.",
        "version": "{name} has no version {number}: it has {known}.",
    }


class NotAllowedError(RestyleError):
    """Raised when a person asks for what belongs to somebody else."""

    family = "forbidden"
    sentences: ClassVar[dict[str, str]] = {
        "owner": "Only the person who asked for it can do that.",
        "character": "{name} belongs to somebody else, so only they can do that.",
        "moderator": "Only moderators of this place and operators can do that.",
        "operator": "Only whoever runs this Restyle can do that; RESTYLE_OPERATORS names them.",
        "token": "This page wants its access token: open the address that `restyle run` printed.",
        "origin": "That request came from another site and was refused.",
    }


class EngineError(RestyleError):
    """Raised when the model or its device failed while working on a job."""

    family = "engine"
    sentences: ClassVar[dict[str, str]] = {
        "failed": "The model failed on this picture; the operator's log says why. Try again, or with other settings.",
        "died": "The engine died twice on this job, so it was given up. Try a smaller picture or other settings.",
        "out-of-memory": "The device ran out of memory: try a smaller picture.",
        "cancelled": "Cancelled.",
        "late": "This was not finished in the time that jobs are given here. Try again later, or with fewer steps.",
        "stored": "The result could not be stored: the disk may be full. Try again later.",
        "withheld": "The model's own safety filter withheld the result: try other words or another picture.",
        "silent": "The engine stopped answering and was restarted; try again.",
        "no-face": 'I could not find "{what}" on that picture: paint it, or say in words what should stay.',
        "away": "The engine is not ready at the moment: try again in a minute.",
    }


class ModelError(EngineError):
    """Raised when a model cannot be loaded, or cannot do what was asked."""

    family = "model"
    sentences: ClassVar[dict[str, str]] = {
        "not-found": "The model {model} was not found: name a folder in diffusers' layout, or a hub id.",
        "broken": "The model {model} could not be loaded: its files are incomplete or of an unknown kind.",
        "out-of-memory": "The model {model} does not fit into the device's memory.",
        "no-scheduler": "The scheduler {scheduler} does not work with the model {model}.",
        "no-adapter": "The model {model} takes no image-prompt adapter: leave it out of the models file.",
        "broken-adapter": "The image-prompt adapter {adapter} could not be loaded: name a .safetensors file for models "
        "of this kind, and its image encoder.",
        "no-reference": "The model {model} cannot be shown a reference picture; leave it away.",
        "no-inpaint": "The model {model} cannot change one region only; leave the mask away.",
        "not-offered": "The model {model} is not offered here any more: name one of {known} with model=.",
        "clip-skip": "The model's text encoder has {limit} layers to skip at most: choose a smaller clip_skip.",
        "no-clip-skip": "This model has no layers of a text encoder to skip: leave clip_skip away.",
        "no-loras": "The model {model} takes no LoRAs: take them out of its catalogue entry.",
        "no-lora": "The model {model} has no LoRA {lora}.",
        "broken-lora": "The LoRA {lora} could not be loaded: its file is missing, no safetensors, incomplete, or "
        "made for another kind of model than {model}.",
        "no-controls": "The model {model} has no ControlNets; leave control away.",
        "no-control": "The model {model} has no ControlNet {net}.",
        "broken-control": "The ControlNet {net} of {model} could not be loaded: its files are missing, incomplete "
        "or made for another kind of model.",
        "no-depth": "{model} has nothing that sees depth: send a depth map along, or name a depth_estimator "
        "in its catalogue entry.",
        "broken-depth": "The depth estimator of {model} could not be loaded; send a depth map along.",
        "no-greys": "The model {model} cannot change a region by degrees: paint the mask in black and white only.",
        "broken-likeness": "The model {model} that measures likeness could not be loaded: name an image embedding of "
        "transformers with safetensors weights.",
        "no-finder": "Nothing here finds faces for this model: paint the face instead, or set RESTYLE_FACE_FINDER.",
        "no-finder-words": "What finds faces here knows no words: paint what should stay instead.",
        "broken-finder": "The model {model} that finds faces could not be loaded: name a segmenter or detector of "
        "transformers with safetensors weights.",
        "no-device": "The device {device} is not available here: set RESTYLE_DEVICE=cpu or fix its driver.",
    }


class StartError(RestyleError):
    """Raised when the program cannot start on this machine as it is set up."""

    family = "start"
    sentences: ClassVar[dict[str, str]] = {
        "port": "Port {port} on {host} is taken: stop the other program or set RESTYLE_WEB_PORT.",
        "address": "{host} is not an address of this machine: set RESTYLE_WEB_HOST.",
        "folder": "The data folder cannot be written: choose another one with RESTYLE_DATA.",
        "disk-full": "The disk is full: free some space, then start again.",
        "second-page": "Restyle already runs on this data folder, but its page, which this talks to, is switched off: "
        "stop it first, or start it with RESTYLE_WEB=true.",
        "unreachable": "The Restyle that runs on this data folder does not answer: try again.",
        "second": "Restyle already runs on this data folder: stop that one first, or set RESTYLE_DATA.",
        "python": "Restyle needs Python 3.11 or newer.",
        "database": "The database cannot be opened: check RESTYLE_DATABASE_URL.",
        "newer-database": "The database was written by a newer Restyle: update this one.",
        "setting": "{name} {problem}.",
        "token-needed": "A page that listens beyond this machine needs RESTYLE_WEB_TOKEN to be set.",
        "discord-token": "Discord refuses RESTYLE_DISCORD_TOKEN: copy a new token from its developer portal.",
        "telegram-token": "Telegram refuses RESTYLE_TELEGRAM_TOKEN: ask @BotFather for the token and copy all of it.",
        "telegram-https": "Telegram calls addresses with https:// only: set RESTYLE_TELEGRAM_WEBHOOK to one, or leave "
        "it away.",
        "telegram-page": "RESTYLE_TELEGRAM_WEBHOOK needs the page, which is switched off: set RESTYLE_WEB=true, or "
        "leave the webhook away.",
        "telegram-webhook": "Telegram refuses RESTYLE_TELEGRAM_WEBHOOK: it takes https:// addresses that it can find, "
        "on port 443, 80, 88 or 8443.",
        "discord-intent": "Discord wants the Message Content Intent to be switched on (its developer portal, Bot), or "
        "RESTYLE_DISCORD_IDEAS=mentions.",
        "catalogue": "The {what} file cannot be used: {problem}.",
    }
