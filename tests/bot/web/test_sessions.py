"""Sessions through the service: ideas become numbered variations, votes count, and time ends them."""

from __future__ import annotations

import time

import pytest

from core.domain.command import StoredPicture
from core.domain.names import CommunityId, PersonId, Place, Platform
from core.domain.session import Room, SessionId, SessionState, Subject, Vote
from core.errors import InputError, SessionError
from core.service.asking import Asker
from core.service.session_plans import Plan
from core.service.session_views import SessionView
from tests.bot.web.house import House, png

pytestmark = pytest.mark.asyncio(loop_scope="session")

THREAD = Place(platform=Platform.DISCORD, conversation="thread")


def asker(name: str, place: Place = THREAD, *, moderates: bool = False) -> Asker:
    community = CommunityId("discord:1") if place == THREAD else None
    person = PersonId(f"discord:{name}")
    return Asker(person=person, name=name, place=place, community=community, is_moderator=moderates)


HOST = asker("hana")


async def started(house: House, place: Place, **plan: object) -> SessionView:
    picture: StoredPicture = await house.service.take_picture(png("tan"))
    subject = Subject(owner=HOST.person, name="Mira", picture=picture.blob, width=128, height=128, prompt="a girl")
    room = Room(session=SessionId(""), place=place, community=CommunityId("discord:1"))
    return await house.service.sessions.start(HOST, Plan(subject=subject, **plan), room)  # type: ignore[arg-type]


async def test_an_idea_becomes_a_numbered_variation_from_the_base_and_votes_name_the_winner(house: House) -> None:
    sessions, place = house.service.sessions, Place(platform=Platform.DISCORD, conversation="one")
    view = await started(house, place)
    code, ann, bea = view.session.id, asker("ann", place), asker("bea", place)
    with sessions.keeper.listen() as news:
        first, card = await sessions.idea(ann, code, "  a red   coat ")
        assert (first.number, first.words, card.id) == (1, "a red coat", first.id)
        request = card.first.request
        assert (request.prompt, request.picture) == ("a girl, a red coat", view.session.subject.picture)
        assert (await sessions.view(code)).making == 1
        await house.worker.work_all()
        await sessions.keeper.arrived(first.id)
        assert await anext(aiter(news)) == code
    assert (await sessions.vote(bea, first.id))[0] is Vote.COUNTED
    assert (await sessions.vote(bea, first.id))[0] is Vote.ALREADY
    with pytest.raises(SessionError) as refusal:
        await sessions.vote(ann, first.id)
    assert refusal.value.reason == "own"
    ended = await sessions.end(HOST, code)
    assert (ended.session.state, [one.number for one in ended.winners]) == (SessionState.ENDED, [1])
    assert (await sessions.records.sheet(ended, lambda one: f"{one.place}")).startswith(b"\x89PNG")
    packed = await sessions.records.archive(ended, 200_000)
    assert packed is not None
    assert packed.startswith(b"PK")


async def test_only_who_leads_ends_it_and_a_second_end_is_told_so(house: House) -> None:
    sessions, place = house.service.sessions, Place(platform=Platform.DISCORD, conversation="two")
    code = (await started(house, place)).session.id
    with pytest.raises(SessionError, match="hana"):
        await sessions.end(asker("ann", place), code)
    await sessions.end(asker("mo", moderates=True), code)
    with pytest.raises(SessionError) as refusal:
        await sessions.end(HOST, code)
    assert refusal.value.reason == "ended"


async def test_what_was_due_while_nobody_ran_ends_at_its_time(house: House) -> None:
    sessions, place = house.service.sessions, Place(platform=Platform.DISCORD, conversation="three")
    at = time.time() - 60
    code = (await started(house, place, ends_at=at)).session.id
    await sessions.keeper.end_due()
    session = (await sessions.view(code)).session
    assert (session.state, session.ended_at) == (SessionState.ENDED, at)


async def test_an_idea_that_is_refused_takes_no_number_and_no_budget(house: House) -> None:
    sessions, place = house.service.sessions, Place(platform=Platform.DISCORD, conversation="four")
    code = (await started(house, place, budget=1)).session.id
    ann = asker("ann", place)
    with pytest.raises(InputError):
        await sessions.idea(ann, code, "x" * 5000)
    await sessions.idea(ann, code, "a blue hat")
    with pytest.raises(SessionError) as refusal:
        await sessions.idea(ann, code, "a green hat")
    assert refusal.value.reason == "budget"


async def test_a_gallery_has_one_address_which_can_be_taken_back(house: House) -> None:
    sessions, place = house.service.sessions, Place(platform=Platform.DISCORD, conversation="five")
    view = await started(house, place)
    old = view.session.link or ""
    new = (await sessions.new_gallery(HOST, view.session.id)).session.link or ""
    assert (await sessions.gallery(new)).session.id == view.session.id
    with pytest.raises(SessionError):
        await sessions.gallery(old)
    await sessions.new_gallery(HOST, view.session.id, closed=True)
    with pytest.raises(SessionError):
        await sessions.gallery(new)
