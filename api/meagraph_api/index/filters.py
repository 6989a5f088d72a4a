"""Filter the index of measures by the parameters of the canned query `measures`.

That query has checked the values. Its SPARQL and this module apply the same conditions; tests
compare the two, so a page and its downloads list the same measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from meagraph.core.names import code
from meagraph_api.index.measure_index import ActorRole, Link, Measure, MeasureIndex

_LINK = ("country", "basis", "evidence", "certainty", "narrowed")
"""All of these must match on the same link."""
_ACTOR = ("actor", "actor_type", "actor_role")
"""All of these must match on the same actor."""
_TAXON = ("taxon", "taxon_certainty")
"""All of these must match on the same target taxon."""
_GROUPS = (_LINK, _ACTOR, _TAXON)
_LEADING = ("responsible", "adviser")
_READING = ("taxon_scope", "topic_weight", "match")
"""Options that change the meaning of another parameter."""
_EACH = (
    *("unit", "taxon", "topic", "actor", "actor_type", "country", "text"),
    *("cmp_action", "leo_term"),
)
"""Parameters of which a measure may have several values; `match=all` requires all."""

MOST_WORDS = 200
"""The most characters of search words in a request; each word is searched in every measure."""


@dataclass(frozen=True)
class Filter:
    """The values of the parameters. Any value of a parameter matches, unless `match=all`."""

    values: Mapping[str, tuple[str, ...]]
    index: MeasureIndex
    found: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The measures that each text finds."""

    def kept(self, but: str = "") -> list[Measure]:
        """The measures that match all parameters, or all but one, in document order."""
        if self._wants_all and but in _EACH:
            but = ""  # another value narrows the result
        left_out = self._left_out(but)
        if left_out not in self._lists:
            checks = list(self._checks(but))
            self._lists[left_out] = [
                measure
                for measure in self.index.measures
                if all(check(measure) for check in checks)
            ]
        return self._lists[left_out]

    def reader(self, parameter: str) -> Callable[[Measure], Iterable[str]]:
        """A function for the values of a parameter that keep a measure, under all other filters."""
        if parameter in _LINK:
            fits = self._link_check(parameter)
            return lambda measure: {
                getattr(link, parameter) for link in measure.links if fits(link)
            }
        if parameter in _ACTOR:
            named = self._actor_check(parameter)
            return lambda measure: {
                value
                for actor in measure.actor_roles
                if named(actor)
                for value in _of_actor(actor, parameter)
            }
        if parameter in _TAXON:
            of_taxon = self._taxon_check(parameter)
            return lambda measure: {
                value
                for target in measure.target_taxa
                if of_taxon(target)
                for value in self._of_taxon(target, parameter)
            }
        read = _VALUES[parameter]
        return lambda measure: read(self, measure)

    def links(self, measure: Measure) -> list[Link]:
        """The matching links of a measure."""
        return list(filter(self._link_check(), measure.links))

    def _checks(self, but: str) -> Iterator[Callable[[Measure], bool]]:
        """A check for each set parameter or group of parameters, except `but`."""
        if but not in _LINK and any(self.values.get(name) for name in _LINK):
            fits = self._link_check()
            yield lambda measure: any(map(fits, measure.links))
        if but not in _ACTOR and any(self.values.get(name) for name in _ACTOR):
            named = self._actor_check()
            yield lambda measure: any(map(named, measure.actor_roles))
        if but not in _TAXON and any(self.values.get(name) for name in _TAXON):
            of_taxon = self._taxon_check()
            yield lambda measure: any(map(of_taxon, measure.target_taxa))
        for name, values in self.values.items():
            if values and name != but and name not in (*_LINK, *_ACTOR, *_TAXON, *_READING):
                yield self._check(name, values)
        if self._wants_all:
            for one in self._single_values():
                yield from one._checks(but)

    @property
    def _wants_all(self) -> bool:
        return self.values.get("match") == ("all",)

    def _single_values(self) -> Iterator[Filter]:
        """A filter for each of several values, with the conditions on the same link or actor."""
        for name in _EACH:
            values = self.values.get(name, ())
            group = next((group for group in _GROUPS if name in group), (name,))
            beside = {key: self.values[key] for key in (*group, *_READING) if key in self.values}
            for value in values if len(values) > 1 else ():
                yield Filter({**beside, name: (value,), "match": ("any",)}, self.index, self.found)

    def _check(self, name: str, values: tuple[str, ...]) -> Callable[[Measure], bool]:
        if name == "text":
            found = frozenset[str]().union(*(self.found[value] for value in values))
            return lambda measure: measure.address in found
        if name == "in_period_on":
            year = values[0][:4]
            return lambda measure: (
                bool(measure.plan.start) and measure.plan.start <= year <= measure.plan.end
            )
        chosen = set(values)
        read = _VALUES[name]
        return lambda measure: not chosen.isdisjoint(read(self, measure))

    def _link_check(self, but: str = "") -> Callable[[Link], bool]:
        """A check of links; `but` counts as set, with any value."""
        chosen = [
            (attrgetter(name), frozenset(values))
            for name in _LINK
            if name != but and (values := self.values.get(name))
        ]
        touching = self._is_set("country", but) and not self._is_set("basis", but)

        def fits(link: Link) -> bool:
            if touching and link.basis == "range-wide":
                return False
            return all(read(link) in values for read, values in chosen)

        return fits

    def _actor_check(self, but: str = "") -> Callable[[ActorRole], bool]:
        chosen = [
            (name, frozenset(_folded(name, values)))
            for name in _ACTOR
            if name != but and (values := self.values.get(name))
        ]
        leading = self._is_set("actor_type", but) and not self._is_set("actor_role", but)

        def fits(actor: ActorRole) -> bool:
            if leading and actor.role not in _LEADING:
                return False
            return all(not values.isdisjoint(_of_actor(actor, name)) for name, values in chosen)

        return fits

    def _taxon_check(self, but: str = "") -> Callable[[tuple[str, str]], bool]:
        chosen = [
            (name, frozenset(values))
            for name in _TAXON
            if name != but and (values := self.values.get(name))
        ]
        return lambda target: all(
            not values.isdisjoint(self._of_taxon(target, name)) for name, values in chosen
        )

    def _of_taxon(self, target: tuple[str, str], parameter: str) -> Iterable[str]:
        """The certainty of a target taxon; or it with those above and, by the scope, below."""
        taxon, certainty = target
        if parameter == "taxon_certainty":
            return (certainty,)
        (scope,) = self.values.get("taxon_scope", ("narrower",))
        if scope == "exact":
            return (code(taxon),)
        above = self.index.upwards[taxon]
        return (
            above if scope == "narrower" else above | self.index.downwards.get(taxon, frozenset())
        )

    def _is_set(self, parameter: str, but: str) -> bool:
        return parameter == but or bool(self.values.get(parameter))

    def _left_out(self, but: str) -> tuple[str, ...]:
        """The set parameters that are left out together with one."""
        group = next((group for group in _GROUPS if but in group), (but,))
        return tuple(name for name in group if self.values.get(name))

    @cached_property
    def _lists(self) -> dict[tuple[str, ...], list[Measure]]:
        """The matching measures by the parameters left out."""
        return {}


def _of_actor(actor: ActorRole, parameter: str) -> frozenset[str]:
    match parameter:
        case "actor":
            return actor.actors | actor.variants | {actor.name.lower()}
        case "actor_type":
            return actor.types
        case _:
            return frozenset({actor.role})


def _folded(parameter: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values; names also in lower case, as printed names are compared."""
    if parameter != "actor":
        return values
    return (*values, *(value.lower() for value in values))


def _topics(filter_: Filter, measure: Measure) -> Iterable[str]:
    """The topics of a measure, with broader topics."""
    only_main = filter_.values.get("topic_weight", ("any",)) == ("main",)
    for each in measure.topics:
        if not only_main or (each.weight == "main" and not each.of_item):
            yield from filter_.index.upwards[each.topic]


def _terms(filter_: Filter, measure: Measure) -> Iterable[str]:
    """The terms of other classifications that the topics of a measure match."""
    for each in measure.topics:
        yield from filter_.index.matches.get(each.topic, ())


_VALUES: Mapping[str, Callable[[Filter, Measure], Iterable[str]]] = {
    "instrument": lambda _, measure: (measure.plan.slug,),
    "section": lambda _, measure: (measure.section_number, code(measure.section)),
    "unit": lambda _, measure: map(code, measure.units),
    "topic": _topics,
    "cmp_action": _terms,
    "leo_term": _terms,
    "priority": lambda _, measure: filter(None, (measure.priority,)),
    "priority_level": lambda _, measure: filter(None, (measure.level,)),
    "timescale": lambda _, measure: filter(None, (measure.timescale,)),
    "applicability": lambda _, measure: filter(None, (measure.applies,)),
    "status": lambda _, measure: filter(None, (measure.plan.status,)),
}
"""The values of a measure for each parameter that is not in a group."""

KNOWN = frozenset({*_LINK, *_ACTOR, *_TAXON, *_READING, *_VALUES, "text", "in_period_on"})
"""The parameters that this module evaluates; the canned query may have more."""
