"""The page of a country: the measures in plans that concern it, its units and memberships."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph import names
from meagraph_api.browse.called import code
from meagraph_api.browse.charts import bars, kept
from meagraph_api.browse.seen import Seen

_ORDER = (
    "party",
    "signatory",
    "range-state",
    "cooperating-organisation",
    "not-a-party",
    "none-found",
)


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of a country shows."""
    wording, facts = seen.wording, seen.facts
    country = code(seen.address)
    chosen = {"country": (country,)}
    found = kept(wording.register, country=country)
    own = [unit for unit in wording.register.units.values() if country in unit.countries]
    return {
        "country": country,
        "found": found,
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, wording),
        "by_basis": bars("basis", chosen, wording),
        "by_topic": bars("topic", chosen, wording),
        "by_level": bars("priority_level", chosen, wording),
        "without_level": sum(1 for measure in found if not measure.level),
        "shared": [unit for unit in own if len(unit.countries) > 1],
        "alone": [unit for unit in own if len(unit.countries) == 1],
        "memberships": sorted(
            (
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
            ),
            key=lambda one: (
                _place(str(one["role"])),
                wording.name(str(one["instrument"])).casefold(),
            ),
        ),
    }


def _place(role: str) -> int:
    order = [names.thing("membership-role", each) for each in _ORDER]
    return order.index(role) if role in order else len(order)
