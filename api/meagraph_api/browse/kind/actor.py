"""The page of a named organisation: its type, its memberships, and what plans name it for."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_api.browse.called import code
from meagraph_api.browse.charts import Bar, bars, kept
from meagraph_api.browse.kind.topic import MOST
from meagraph_api.browse.seen import Seen

_ROLES = ("responsible", "adviser", "involved", "addressee", "beneficiary")


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of an actor shows."""
    wording, facts = seen.wording, seen.facts
    register = wording.register
    actor = code(seen.address)
    chosen = {"actor": (actor,)}
    found = kept(register, actor=actor)
    by_role = [
        Bar(
            wording.named("responsibility-role", role),
            len(kept(register, actor=actor, actor_role=role)),
            wording.measures(actor=actor, actor_role=role),
        )
        for role in _ROLES
    ]
    printed = {doer.name for measure in found for doer in measure.doers if actor in doer.actors}
    return {
        "actor": actor,
        "types": facts.all("actorType"),
        "printed": sorted(printed, key=str.casefold),
        "memberships": [
            {
                "instrument": facts.one("instrument", each),
                "role": facts.one("membershipRole", each),
                "status": facts.one("membershipStatus", each),
                "since": facts.one("since", each),
                "as_of": facts.one("membershipAsOf", each),
                "ratified": facts.one("ratified", each),
                "number": facts.one("partyNumber", each),
                "source": facts.source(each),
                "notes": facts.all("skos:note", each),
            }
            for each in facts.parts("Membership")
        ],
        "found": found,
        "shown": list(found)[:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_role": [bar for bar in by_role if bar.count],
        "by_plan": bars("instrument", chosen, wording),
        "by_topic": bars("topic", chosen, wording),
    }
