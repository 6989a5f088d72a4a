"""The page of a topic: what it means, what stands below it, and the measures about it."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_api.browse.called import code
from meagraph_api.browse.charts import Bar, bars, kept
from meagraph_api.browse.seen import Seen

_MATCHES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch")
MOST = 25
"""Measures that a page of a topic, a taxon or an actor lists; the browser has all."""


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of a topic shows."""
    wording, facts = seen.wording, seen.facts
    register = wording.register
    topic = code(seen.address)
    chosen = {"topic": (topic,)}
    found = kept(register, topic=topic)
    main = kept(register, topic=topic, topic_weight="main")
    return {
        "topic": topic,
        "definition": wording.definition(seen.address),
        "scope": facts.one("skos:scopeNote", language=wording.language),
        "above": list(register.above.get(seen.address, ())),
        "narrower": [
            Bar(
                wording.name(each),
                len(kept(register, topic=code(each))),
                wording.measures(topic=code(each)),
                wording.page(each),
            )
            for each in sorted(register.below(seen.address), key=wording.name)
        ],
        "matches": [(name, each) for name in _MATCHES for each in facts.all(f"skos:{name}")],
        "found": found,
        "main": main,
        "shown": [*main, *(measure for measure in found if measure not in set(main))][:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, wording),
        "by_country": bars("country", chosen, wording),
        "by_level": bars("priority_level", chosen, wording),
    }
