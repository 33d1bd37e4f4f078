"""The bot about itself: who it is, its commands and descriptions, its updates, files to download."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from yarl import URL

from tests.telegram.fake import limits, payloads
from tests.telegram.fake.calls import Answer, Call, Methods
from tests.telegram.fake.files import Size
from tests.telegram.fake.house import House
from tests.telegram.fake.refusals import Json, bad
from tests.telegram.fake.world import Chat, User

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
DESCRIBED = {
    "Description": ("description", limits.BOT_DESCRIPTION),
    "ShortDescription": ("short_description", limits.BOT_SHORT_DESCRIPTION),
    "Name": ("name", limits.BOT_NAME),
}


@dataclass(kw_only=True, slots=True, eq=False)
class Profile:
    """`commands` by scope (as text) and language; `described` by what and language."""

    house: House
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    described: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_button: Json | None = None

    @property
    def methods(self) -> Methods:
        told: Methods = {
            "getMe": self._me,
            "getUpdates": self._updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook,
            "getFile": self._file,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "deleteMyCommands": self._delete_commands,
            "setChatMenuButton": self._set_menu,
            "getChatMenuButton": self._get_menu,
            "logOut": lambda call: True,
            "close": lambda call: True,
        }
        return told | {f"{verb}My{what}": self._describe for verb in ("set", "get") for what in DESCRIBED}

    def _me(self, call: Call) -> Answer:
        world = self.house.world
        flags = {"can_connect_to_business": False, "has_main_web_app": False}
        return (
            payloads.user(world.bot)
            | flags
            | {
                "can_join_groups": True,
                "can_read_all_group_messages": world.reads_all,
                "supports_inline_queries": True,
            }
        )

    async def _updates(self, call: Call) -> Answer:
        updates = self.house.updates
        updates.allow(call.json("allowed_updates"))
        limit = call.integer("limit")
        return await updates.poll(
            call.integer("offset") or 0,
            limits.UPDATES_A_CALL if limit is None else limit,
            float(call.text("timeout") or 0),
        )

    def _set_webhook(self, call: Call) -> Answer:
        updates, url = self.house.updates, call.text("url") or ""
        secret = call.text("secret_token")
        if secret is not None and not re.fullmatch(limits.SECRET, secret):
            raise bad("secret token contains unallowed characters")
        if url:
            self._check_webhook(URL(url))
        updates.allow(call.json("allowed_updates"))
        if call.flag("drop_pending_updates"):
            updates.drop()
        updates.webhook.url, updates.webhook.secret = url, secret
        updates.webhook.most = call.integer("max_connections") or 40
        self.house.news.tell()
        return True

    def _check_webhook(self, url: URL) -> None:
        if url.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if url.port not in limits.WEBHOOK_PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

    def _delete_webhook(self, call: Call) -> Answer:
        self.house.updates.webhook.url = ""
        if call.flag("drop_pending_updates"):
            self.house.updates.drop()
        self.house.news.tell()
        return True

    def _webhook(self, call: Call) -> Answer:
        updates = self.house.updates
        answer: Json = {"url": updates.webhook.url, "has_custom_certificate": False}
        answer["pending_update_count"] = len(updates.pending)
        return answer | payloads.given(
            max_connections=updates.webhook.most if updates.webhook.url else None,
            allowed_updates=sorted(updates.allowed) if updates.allowed else None,
            last_error_message=updates.webhook.last_error,
        )

    def _file(self, call: Call) -> Answer:
        file, path = self.house.files.path_of(call.needed("file_id"), self.house.clock.now())
        size = len(file.content) if isinstance(file, Size) else file.size
        return {
            "file_id": file.file_id,
            "file_unique_id": file.unique_id,
            "file_size": size,
            "file_path": path,
        }

    def _set_commands(self, call: Call) -> Answer:
        commands = call.json("commands") or []
        if len(commands) > limits.COMMANDS:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for each in commands:
            if not COMMAND.fullmatch(each["command"].removeprefix("/")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(each["description"]) <= limits.COMMAND_DESCRIPTION:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(call), self._language(call)] = commands
        return True

    def _get_commands(self, call: Call) -> Answer:
        return self.commands.get((self._scope(call), self._language(call)), [])

    def _delete_commands(self, call: Call) -> Answer:
        self.commands.pop((self._scope(call), self._language(call)), None)
        return True

    def _scope(self, call: Call) -> str:
        scope = call.json("scope") or {"type": "default"}
        return ":".join(str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope)

    def _language(self, call: Call) -> str:
        language = call.text("language_code") or ""
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise bad("invalid language code specified")
        return language

    def commands_for(self, user: User, chat: Chat) -> list[Json]:
        """What this person sees in the menu there: the narrowest scope that has any, in their language or in none."""
        member = chat.members.get(user.id)
        is_admin = member is not None and member.is_admin and not chat.is_private
        scopes = [f"chat_member:{chat.id}:{user.id}"]
        scopes += [f"chat_administrators:{chat.id}"] if is_admin else []
        scopes += [f"chat:{chat.id}"]
        scopes += ["all_chat_administrators"] if is_admin else []
        scopes += ["all_private_chats" if chat.is_private else "all_group_chats", "default"]
        for scope in scopes:
            for language in ((user.language or "")[:2], ""):
                if (scope, language) in self.commands:
                    return self.commands[scope, language]
        return []

    def _describe(self, call: Call) -> Answer:
        name, most = DESCRIBED[call.method[5:]]
        key = (name, self._language(call))
        if call.method.startswith("get"):
            return {name: self.described.get(key, "")}
        text = call.text(name) or ""
        if len(text) > most:
            raise bad(f"{name.upper()}_TOO_LONG")
        self.described[key] = text
        return True

    def _set_menu(self, call: Call) -> Answer:
        button = call.json("menu_button") or {"type": "default"}
        if button["type"] == "web_app" and not button["web_app"]["url"].startswith("https://"):
            raise bad("Web App URL is invalid: Only HTTPS links are allowed")
        if call.text("chat_id") is None:
            self.menu_button = button
            return True
        chat = self.house.chat(call)
        if not chat.is_private:
            raise bad("chat_id must be a private chat")
        chat.menu_button = button
        return True

    def _get_menu(self, call: Call) -> Answer:
        own = self.house.chat(call).menu_button if call.text("chat_id") else None
        return own or self.menu_button or {"type": "default"}
