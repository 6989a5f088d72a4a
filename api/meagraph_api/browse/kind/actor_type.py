"""The page of a type of actor: what stands below it, who is of it, and what it is to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from meagraph_api.browse.called import code
from meagraph_api.browse.charts import Bar, bars, kept
from meagraph_api.browse.kind.topic import MOST
from meagraph_api.browse.seen import Seen


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of a type of actor shows."""
    wording = seen.wording
    register = wording.register
    type_ = code(seen.address)
    chosen = {"actor_type": (type_,)}
    found = kept(register, actor_type=type_)
    of_it = [doer for measure in register.measures for doer in measure.doers if type_ in doer.types]
    printed = Counter(doer.name for doer in of_it)
    return {
        "actor_type": type_,
        "definition": wording.definition(seen.address),
        "above": list(register.above.get(seen.address, ())),
        "narrower": [
            Bar(
                wording.name(each),
                len(kept(register, actor_type=code(each))),
                wording.measures(actor_type=code(each)),
                wording.page(each),
            )
            for each in sorted(register.below(seen.address), key=wording.name)
        ],
        "actors": sorted({actor for doer in of_it for actor in doer.actors}),
        "printed": [name for name, _ in printed.most_common(MOST)],
        "found": found,
        "shown": list(found)[:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, wording),
        "by_topic": bars("topic", chosen, wording),
    }
