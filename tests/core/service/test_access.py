"""Who may have what, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.catalogue import Catalogue, Style
from core.domain.names import CommunityId, PersonId, Place, Platform
from core.domain.places import PlaceSettings
from core.errors import RefusedError
from core.service.access import Wish, check_access, gated_look
from core.service.asking import Asker

ANA = Asker(
    person=PersonId("discord:1"),
    name="ana",
    place=Place(platform=Platform.DISCORD, conversation="12"),
    community=CommunityId("discord:5"),
    channel="12",
    roles=frozenset({"artist"}),
)
WISH = Wish(command="restyle", model="bundled")


def refusal(asker: Asker, rules: PlaceSettings, wish: Wish = WISH) -> str | None:
    try:
        check_access(asker, rules, wish)
    except RefusedError as error:
        return error.reason
    return None


def test_a_place_without_rules_lets_everybody_do_everything() -> None:
    assert refusal(ANA, PlaceSettings()) is None


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (PlaceSettings(channels=("12", "13")), None),
        (PlaceSettings(channels=("13",)), "channel"),
        (PlaceSettings(roles=("artist", "patron")), None),
        (PlaceSettings(roles=("patron",)), "role"),
        (PlaceSettings(models={"bundled": ("artist",)}), None),
        (PlaceSettings(models={"bundled": ("patron",)}), "model"),
        (PlaceSettings(models={"another": ("patron",)}), None),
        (PlaceSettings(paused=("restyle",)), "paused"),
        (PlaceSettings(paused=("all",)), "paused"),
        (PlaceSettings(paused=("sweep",)), None),
        (PlaceSettings(banned={PersonId("discord:1"): "no spam"}), "banned"),
        (PlaceSettings(banned={PersonId("discord:2"): "no spam"}), None),
    ],
)
def test_each_rule_refuses_those_it_is_meant_for(rules: PlaceSettings, reason: str | None) -> None:
    assert refusal(ANA, rules) == reason
    assert refusal(replace(ANA, is_operator=True), rules) is None
    assert refusal(replace(ANA, is_moderator=True), rules) == (reason if reason == "banned" else None)


def test_a_banned_person_is_told_why() -> None:
    with pytest.raises(RefusedError, match="no spam"):
        check_access(ANA, PlaceSettings(banned={ANA.person: "no spam"}), WISH)


@pytest.mark.parametrize("wish", [replace(WISH, is_gated_model=True), replace(WISH, gated_look="gore")])
def test_what_is_age_gated_stays_in_age_gated_channels_even_for_operators(wish: Wish) -> None:
    assert refusal(replace(ANA, is_operator=True), PlaceSettings(), wish) == "age-gated"
    assert refusal(replace(ANA, is_age_gated=True), PlaceSettings(), wish) is None


def test_an_age_gated_look_is_known_by_its_prompt() -> None:
    gore = Style(name="gore", prompt="{prompt}, blood everywhere, dark", age_gated=True)
    ink = Style(name="ink", prompt="{prompt}, ink drawing")
    catalogue = Catalogue(models={}, styles={"gore": gore, "ink": ink}, recipes={})
    assert gated_look(gore.apply("a fox"), catalogue) == "gore"
    assert gated_look(ink.apply("a fox in blood"), catalogue) is None
