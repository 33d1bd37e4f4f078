"""Routes by which an app answers interactions: the callback, and the webhook that the token opens."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import refusals
from tests.discord.fake.interactions import REPLY, UPDATE, Interaction, Interactions
from tests.discord.fake.message_form import Upload
from tests.discord.fake.payloads import Payloads
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.routing import NO_CONTENT, Call, Reply, Routes
from tests.discord.fake.world import Message

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"


@dataclass(frozen=True, kw_only=True, slots=True)
class InteractionRoutes:
    """No bot token is needed here: the interaction's own token is the key."""

    interactions: Interactions
    payloads: Payloads

    @property
    def routes(self) -> Routes:
        routes: Routes = {f"POST {CALLBACK}": self._callback, f"POST {WEBHOOK}": self._follow_up}
        for place in (f"{WEBHOOK}/messages/@original", f"{WEBHOOK}/messages/{{message_id}}"):
            routes |= {f"GET {place}": self._get, f"PATCH {place}": self._edit, f"DELETE {place}": self._delete}
        return routes

    def _callback(self, call: Call) -> Reply:
        interaction = self.interactions.unanswered(call.id("interaction_id"), call.params["interaction_token"])
        kind: int = call.payload["type"]
        self.interactions.respond(interaction, kind, call.payload.get("data") or {}, call.uploads)
        if call.query.get("with_response") not in ("1", "true"):
            return NO_CONTENT
        return Reply(body=self._responded(interaction, kind))

    def _responded(self, interaction: Interaction, kind: int) -> Json:
        about: Json = {"id": str(interaction.id), "type": interaction.kind}
        message = interaction.response
        if message is not None:
            about |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.is_loading,
                "response_message_ephemeral": message.is_ephemeral,
            }
        answer: Json = {"interaction": about}
        if kind in (REPLY, UPDATE) and message is not None:
            answer["resource"] = {"type": kind, "message": self.payloads.message(message)}
        return answer

    def _follow_up(self, call: Call) -> Reply:
        interaction = self._alive(call)
        message = self.interactions.follow_up(interaction, call.payload, call.uploads)
        return Reply(body=self.payloads.message(message))

    def _get(self, call: Call) -> Reply:
        return Reply(body=self.payloads.message(self._message(call)))

    def _edit(self, call: Call) -> Reply:
        interaction, message = self._alive(call), self._message(call)
        uploads: list[Upload] = call.uploads
        self.interactions.messages.change(message, call.payload, uploads, file_limit=interaction.file_limit)
        return Reply(body=self.payloads.message(message))

    def _delete(self, call: Call) -> Reply:
        self.interactions.messages.delete(self._message(call))
        return NO_CONTENT

    def _alive(self, call: Call) -> Interaction:
        if call.id("webhook_id") != self.interactions.world.app_id:
            raise refusals.unknown("Webhook")
        return self.interactions.alive(call.params["webhook_token"])

    def _message(self, call: Call) -> Message:
        return self.interactions.message_of(self._alive(call), call.params.get("message_id", "@original"))
