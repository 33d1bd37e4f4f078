"""The service: what adapters may ask of the core, in terms of people, cards and pictures."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

from core.domain.catalogue import short_name
from core.domain.clock import Clock
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.job import Job, Standing, Status
from core.domain.names import BlobId, CardId, CharacterId, JobId, PersonId, new_id
from core.domain.request import MAX_SEED, Request
from core.errors import ModelError, NotAllowedError, RefusedError
from core.imaging.encode import Encoded, converted, jpeg, ladder
from core.imaging.intake import Intake
from core.queue.cost import CostModel
from core.queue.ports import Cancellation, JobQueue, Limits
from core.service.access import Wish, check_access, gated_look
from core.service.administration import Administration
from core.service.asking import Asker
from core.service.belongings import Belongings, Holders
from core.service.character_files import with_character
from core.service.characters import CharacterParts, Characters, result_of
from core.service.controls import named_maps
from core.service.faces import Faces
from core.service.linking import Linking
from core.service.references import named_job, named_picture
from core.service.requests import Rules, build_requests, changed
from core.service.session_desk import SessionParts
from core.service.sessions import Sessions
from core.service.sheets import card_sheet
from core.service.states import CardState, JobState, QueueView
from core.storage.blobs import BlobStore
from core.storage.links import LinkStore
from core.storage.people import PeopleStore
from core.storage.places import PlaceStore
from core.worker.events import Events, Happening, JobEvent, Watcher
from core.worker.status import EngineState, EngineStatus
from core.worker.worker import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What the service is made of; built in `bot.app`."""

    queue: JobQueue
    blobs: BlobStore
    people: PeopleStore
    links: LinkStore
    archives: Path  # a folder for files on their way to people
    places: PlaceStore
    intake: Intake
    characters: CharacterParts
    sessions: SessionParts
    worker: Worker
    events: Events
    cost: CostModel
    rules: Rules
    limits: Limits
    clock: Clock
    operators: frozenset[PersonId] = frozenset()


__all__ = ["Asker", "Parts", "Service"]


class Service:
    """Validates, applies rules, writes rows, and tells how things stand. Every method may raise RestyleError."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.administration = Administration(parts.places, parts.queue, parts.clock, parts.operators, parts.links)
        self.links = Linking(parts.links, parts.clock)
        self.belongings = Belongings(
            Holders(
                links=parts.links,
                blobs=parts.blobs,
                queue=parts.queue,
                worker=parts.worker,
                events=parts.events,
                clock=parts.clock,
                folder=parts.archives,
            )
        )
        self._who = parts.links.owner  # what people own is asked for by whom they are, however they came
        self.characters = Characters(parts.characters, Faces(parts.blobs, parts.worker), self)
        self.sessions = Sessions(parts.sessions, self)
        self._stopping = False

    @property
    def rules(self) -> Rules:
        """Those of the start, with the schedulers of every model that was loaded meanwhile."""
        known = [state for engine in self.engines() for state in engine.models if state.schedulers]
        return replace(self._parts.rules, usable={state.model: tuple(state.schedulers) for state in known})

    @property
    def limits(self) -> Limits:
        return self._parts.limits

    # pictures

    async def take_picture(self, data: bytes) -> StoredPicture:
        """Intake: bytes from anybody become an upright RGB picture in the blob store."""
        picture, settings = await self._parts.intake.open_marked(data)
        png = with_character(picture.png, settings, self.rules)  # the one thing in a file that outlives intake
        blob = await self._parts.blobs.put(png, "image/png")
        transparency = await self._parts.blobs.put(picture.mask, "image/png") if picture.mask else None
        return StoredPicture(
            blob=blob, width=picture.width, height=picture.height, transparency=transparency, notes=picture.notes
        )

    async def picture(self, blob: BlobId) -> bytes:
        """The bytes of a stored picture (PNG). Raises NotFoundError."""
        return await self._parts.blobs.get(blob)

    async def thumbnail(self, blob: BlobId, side: int) -> bytes:
        """A small JPEG of a stored picture, its longer side at most `side` pixels."""
        data = await self.picture(blob)
        return await asyncio.to_thread(jpeg, data, side)

    async def full_file(self, job: Job, limit: int, wanted: str = "png") -> Encoded:
        """A result for download in the person's format, within `limit` bytes, and what that took."""
        data = await self.picture(result_of(job).blob)
        file = await asyncio.to_thread(converted, data, wanted)
        return file if len(file.data) <= limit else await asyncio.to_thread(ladder, data, limit)

    async def original_file(self, job: Job, limit: int) -> Encoded:
        """What a job began with, within `limit` bytes, and what that took."""
        return await asyncio.to_thread(ladder, await self.picture(job.request.picture), limit)

    async def sheet(self, card: CardState) -> bytes:
        """The original and every result of a card on one labelled sheet (PNG)."""
        return await card_sheet(card, self.picture)

    async def sheet_file(self, card: CardState, limit: int) -> Encoded:
        """The sheet within `limit` bytes, and what that took."""
        return await asyncio.to_thread(ladder, await self.sheet(card), limit)

    async def take_mask(self, data: bytes, picture: StoredPicture) -> BlobId:
        """Intake of a mask painted for this picture. Raises InputError and PictureError."""
        mask = await self._parts.intake.open_mask(data, picture.width, picture.height)
        return await self._parts.blobs.put(mask, "image/png")

    # jobs

    async def submit(
        self, asker: Asker, command: Command, picture: StoredPicture | None, mask: BlobId | None = None
    ) -> CardState:
        """One card for one command. When this returns, its jobs are on disk and will end exactly once."""
        preferences, character = await self.preferences(asker.person), None
        if command.character or picture is None:
            command, picture, character = await self.characters.dressed(asker.person, command, picture)
            preferences = Preferences()
        elif not preferences.style:
            preferences = replace(preferences, style=await self._style_of_place(asker))
        seed = secrets.randbelow(MAX_SEED + 1)
        reference = await self._named(asker.person, command.reference) if command.reference else None
        maps = [await self._named(asker.person, text) if text else None for text in named_maps(command)]
        requests, _ = build_requests(
            command, picture, preferences, self.rules, seed, mask, reference=reference, maps=maps
        )
        size = (picture.width, picture.height)
        return await self.accept(asker, command, requests, size, character=character.id if character else None)

    async def again(self, asker: Asker, job_id: JobId, change: str, *, shown: bool = False) -> CardState:
        """Another job from the same original: `change` is "subtle", "strong", "reroll", "retry", "use" or a strength.

        The asker pays. `shown`: the platform vouches that the asker sees the card; who sees a card may vary it.
        """
        job = await self.job(asker.person, job_id, shown=shown)
        request = changed(job.request, change)
        offered = self.rules.models
        if request.model not in offered.values():
            raise ModelError("not-offered", model=short_name(request.model), known=", ".join(offered))
        command = Command(name=job.command if job.label else "restyle", words=job.words, private=job.private)
        size = (job.original_width, job.original_height)
        return await self.accept(asker, command, [request], size, character=job.character, labels=[job.label])

    async def edit(self, asker: Asker, job_id: JobId, command: Command, mask: BlobId | None = None) -> CardState:
        """A new command on the original of an earlier job, with its mask unless there is another."""
        job = await self.job(asker.person, job_id)
        picture = StoredPicture(blob=job.request.picture, width=job.original_width, height=job.original_height)
        return await self.submit(asker, command, picture, mask or job.request.mask)

    async def cancel(self, person: PersonId, job_id: JobId) -> Cancellation:
        """Stop a job in whatever state it is; the answer says which that was."""
        await self.job(person, job_id)
        cancellation = await self._parts.queue.cancel(job_id)
        if not cancellation.was.is_final:
            await self._parts.worker.cancel(job_id)
            self._tell(cancellation.job, Happening.CANCELLED)
        return cancellation

    async def cancel_all(self, person: PersonId) -> list[Cancellation]:
        """Stop everything of one person's that has not ended, waiting jobs first so that none starts meanwhile."""
        jobs = await self._parts.queue.unfinished(self._who(person))
        waiting_first = sorted(jobs, key=lambda job: job.status is Status.RUNNING)
        return [await self.cancel(person, job.id) for job in waiting_first]

    async def delete(self, person: PersonId, card_id: CardId) -> None:
        """Forget a card; what runs of it is stopped, and its pictures go with the next sweep."""
        card = await self.card(person, card_id)
        for state in card.jobs:
            if not state.job.is_finished:
                await self.cancel(person, state.job.id)
        await self._parts.queue.delete(card_id)
        self._tell(card.first, Happening.DELETED)

    # looking

    async def job(self, person: PersonId, job_id: JobId, *, shown: bool = False) -> Job:
        """A person's own job; or anybody's that is not private, where the platform shows its card to this person."""
        job = await self._parts.queue.get(job_id)
        return job if shown and not job.private else self._owned(job, person)

    async def owner(self, card_id: CardId) -> PersonId:
        """Whose card it is, for moderators, who act in the owner's place."""
        return (await self._parts.queue.card(card_id))[0].owner

    async def card(self, person: PersonId, card_id: CardId) -> CardState:
        jobs = await self._parts.queue.card(card_id)
        self._owned(jobs[0], person)
        return (await self._cards([jobs]))[0]

    async def history(self, person: PersonId, limit: int = 20, before: CardId | None = None) -> list[CardState]:
        """A person's cards, newest first; `before` continues after an earlier answer's last one."""
        return await self._cards(await self._parts.queue.history(self._who(person), limit, before))

    async def queue_view(self, person: PersonId) -> QueueView:
        mine = await self._parts.queue.unfinished(self._who(person))
        cards = dict.fromkeys(job.card for job in mine)
        states = await self._cards([await self._parts.queue.card(card) for card in cards])
        queue = self._parts.queue
        return QueueView(load=await queue.load(), mine=tuple(states), recalls=queue.recalls)

    async def standings(self, jobs: Collection[JobId]) -> dict[JobId, Standing]:
        """Where those of the jobs stand that wait: one look for all whom it is told."""
        return await self._parts.queue.standings(jobs)

    def watch(self, person: PersonId | None = None) -> AbstractContextManager[Watcher]:
        """Events of one person's jobs, or of all: `with service.watch(person) as events: async for event in events`."""
        return self._parts.events.watch(person)

    async def show_previews(self, job: JobId, *, wanted: bool) -> None:
        """Somebody began or stopped looking at a running job: previews cost time and are made only for those."""
        await self._parts.worker.watch(job, previews=wanted)

    def engines(self) -> list[EngineStatus]:
        return self._parts.worker.status()

    # people

    async def preferences(self, person: PersonId) -> Preferences:
        stored = await self._parts.people.preferences(self._who(person))
        known = {key: value for key, value in stored.items() if key in Preferences.__slots__}
        if known.get("strength") is not None:
            known["strength"] = Decimal(str(known["strength"]))
        if known.get("style") not in self.rules.catalogue.styles:
            known["style"] = None
        return Preferences(**known)

    async def prefer(self, person: PersonId, preferences: Preferences) -> Preferences:
        """Store all of a person's defaults. Raises UnknownNameError for a style that does not exist."""
        if preferences.style:
            preferences = replace(preferences, style=self.rules.catalogue.style(preferences.style).name)
        plain = asdict(preferences)
        plain["strength"] = str(preferences.strength) if preferences.strength is not None else None
        await self._parts.people.prefer(person, **plain)
        return preferences

    # life

    def stop_taking(self) -> None:
        """From now on submissions are refused: the program is about to stop."""
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        """Who can keep what people send until the next start had better do so now."""
        return self._stopping

    async def accept(
        self,
        asker: Asker,
        command: Command,
        requests: Sequence[Request],
        original: tuple[int, int],
        *,
        character: CharacterId | None = None,
        labels: Sequence[str] = (),
    ) -> CardState:
        """One card of jobs on an original of this size. `labels`: what each shows, where a sheet should say so."""
        if self._stopping:
            raise RefusedError("stopping")
        limits = await self._allow(asker, command.name, requests)
        now = self._parts.clock.now()
        card = asker.card or CardId(new_id(now))
        jobs = [
            Job(
                id=JobId(new_id(now)),
                card=card,
                index=index,
                owner=self._who(asker.person),
                identity=asker.person,
                owner_name=asker.name,
                place=asker.place,
                command=command.name,
                words=command.words,
                request=request,
                status=Status.QUEUED,
                cost=self._parts.cost.seconds(request),
                created_at=now,
                deadline=now + self.limits.job_seconds,
                original_width=original[0],
                original_height=original[1],
                private=command.private,
                character=character,
                label=label,
            )
            for index, (request, label) in enumerate(zip(requests, labels or [""] * len(requests), strict=True))
        ]
        places = await self._parts.queue.submit(jobs, limits)
        if len(places) < len(jobs):  # some are done already
            jobs = await self._parts.queue.card(card)
        for job in jobs:
            self._tell(job, Happening.DONE if job.is_finished else Happening.QUEUED)
        self._parts.worker.wake()
        return self._card_state(jobs, places)

    def owner_of(self, person: PersonId) -> PersonId:
        """Who owns what this identity of a platform does."""
        return self._who(person)

    async def _allow(self, asker: Asker, command: str, requests: Sequence[Request]) -> Limits:
        """What this person may have here at a time. Raises RefusedError where a rule of the place says no."""
        asker = self.administration.known(asker)
        catalogue, waiting = self.rules.catalogue, [self.limits.waiting]
        wishes = [
            Wish(
                command=command,
                model=short_name(request.model),
                is_gated_model=catalogue.model(request.model).age_gated,
                gated_look=gated_look(request.prompt, catalogue),
            )
            for request in {one.model + one.prompt: one for one in requests}.values()
        ]
        everywhere, *here = await self.administration.rules(asker)
        for wish in wishes:
            check_access(replace(asker, is_moderator=False), everywhere, wish)  # they moderate their place alone
            for rules in here:
                check_access(asker, rules, wish)
        waiting += [rules.waiting for rules in (everywhere, *here) if rules.waiting is not None]
        return replace(self.limits, waiting=min(waiting))

    async def _style_of_place(self, asker: Asker) -> str | None:
        """The place's own, else everywhere's; one that was taken out of the catalogue since is none."""
        styles = [rules.style for rules in reversed(await self.administration.rules(asker))]
        return next((style for style in styles if style in self.rules.catalogue.styles), None)

    async def _named(self, person: PersonId, text: str) -> BlobId:
        """A picture of one of the person's own jobs."""
        return named_picture(await self.job(person, named_job(text)), text)

    def _owned(self, job: Job, person: PersonId) -> Job:
        if job.owner != self._who(person):
            raise NotAllowedError("owner")
        return job

    def _tell(self, job: Job, happening: Happening) -> None:
        self._parts.events.publish(JobEvent(job=job.id, card=job.card, owner=job.asker, happening=happening))

    async def _cards(self, cards: Sequence[Sequence[Job]]) -> list[CardState]:
        queued = [job.id for jobs in cards for job in jobs if job.status is Status.QUEUED]
        places = await self._parts.queue.standings(queued) if queued else {}
        return [self._card_state(jobs, places) for jobs in cards]

    def _card_state(self, jobs: Sequence[Job], places: Mapping[JobId, Standing]) -> CardState:
        states = tuple(self._state(job, places.get(job.id)) for job in jobs)
        return CardState(jobs=states, engine=self._obstacle())

    def _obstacle(self) -> EngineState | None:
        """The state of the engines while none of them can work."""
        states = [engine.state for engine in self.engines()]
        if any(state in {EngineState.READY, EngineState.BUSY} for state in states):
            return None
        return states[0] if states else None

    def _state(self, job: Job, standing: Standing | None) -> JobState:
        if job.status is Status.QUEUED:
            return JobState(job=job, standing=standing)
        if job.status is Status.RUNNING and (event := self._parts.events.latest(job.id)):
            return JobState(job=job, step=event.step, steps=event.steps or job.request.plan.run, preview=event.preview)
        return JobState(job=job, steps=job.request.plan.run)
