"""Which measures a filter keeps: the parameters of the canned query `measures`, on the index.

The values have been checked by that query. It says in SPARQL what is said here in Python, and the
tests hold the two together: what a page shows is what its downloads hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from meagraph.core.names import code
from meagraph_api.index.measure_index import ActorRole, Link, Measure, Register

_LINK = ("country", "basis", "evidence", "certainty", "narrowed")
"""One and the same link must fit all of these."""
_DOER = ("actor", "actor_type", "actor_role")
"""One and the same actor must fit all of these."""
_LEADING = ("responsible", "adviser")
_READING = ("taxon_scope", "topic_weight", "match")
"""These only say how another parameter is read."""
_EACH = ("unit", "taxon", "topic", "actor", "actor_type", "country", "text")
"""Of these a measure may have several values, all of which `match=all` wants."""

MOST_WORDS = 200
"""Characters of all words that one request looks for: each is looked for in every measure."""


@dataclass(frozen=True)
class Filter:
    """The values of the parameters; any value of a parameter will do, unless all are wanted."""

    values: Mapping[str, tuple[str, ...]]
    register: Register
    found: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The measures that words find."""

    def kept(self, but: str = "") -> list[Measure]:
        """The measures that fit all parameters, or all but one, in document order."""
        if self._wants_all and but in _EACH:
            but = ""  # one more value narrows what there is
        left_out = self._left_out(but)
        if left_out not in self._lists:
            checks = list(self._checks(but))
            self._lists[left_out] = [
                measure
                for measure in self.register.measures
                if all(check(measure) for check in checks)
            ]
        return self._lists[left_out]

    def reader(self, parameter: str) -> Callable[[Measure], Iterable[str]]:
        """Reads the values of a parameter with which a measure is kept, given all the others."""
        if parameter in _LINK:
            fits = self._link_check(parameter)
            return lambda measure: {
                getattr(link, parameter) for link in measure.links if fits(link)
            }
        if parameter in _DOER:
            named = self._doer_check(parameter)
            return lambda measure: {
                value
                for doer in measure.doers
                if named(doer)
                for value in _of_doer(doer, parameter)
            }
        read = _VALUES[parameter]
        return lambda measure: read(self, measure)

    def links(self, measure: Measure) -> list[Link]:
        """The links of a measure that fit."""
        return list(filter(self._link_check(), measure.links))

    def _checks(self, but: str) -> Iterator[Callable[[Measure], bool]]:
        """A check for each parameter, or group of parameters, that is asked; none of `but`."""
        if but not in _LINK and any(self.values.get(name) for name in _LINK):
            fits = self._link_check()
            yield lambda measure: any(map(fits, measure.links))
        if but not in _DOER and any(self.values.get(name) for name in _DOER):
            named = self._doer_check()
            yield lambda measure: any(map(named, measure.doers))
        for name, values in self.values.items():
            if values and name != but and name not in (*_LINK, *_DOER, *_READING):
                yield self._check(name, values)
        if self._wants_all:
            for one in self._single_values():
                yield from one._checks(but)

    @property
    def _wants_all(self) -> bool:
        return self.values.get("match") == ("all",)

    def _single_values(self) -> Iterator[Filter]:
        """A filter for each of several values, with what must hold for the same link or actor."""
        for name in _EACH:
            values = self.values.get(name, ())
            group = next((group for group in (_LINK, _DOER) if name in group), (name,))
            beside = {key: self.values[key] for key in (*group, *_READING) if key in self.values}
            for value in values if len(values) > 1 else ():
                yield Filter(
                    {**beside, name: (value,), "match": ("any",)}, self.register, self.found
                )

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
        """Whether a link fits; of `but`, some value is taken to be asked."""
        chosen = [
            (attrgetter(name), frozenset(values))
            for name in _LINK
            if name != but and (values := self.values.get(name))
        ]
        touching = self._asks("country", but) and not self._asks("basis", but)

        def fits(link: Link) -> bool:
            if touching and link.basis == "range-wide":
                return False
            return all(read(link) in values for read, values in chosen)

        return fits

    def _doer_check(self, but: str = "") -> Callable[[ActorRole], bool]:
        chosen = [
            (name, frozenset(_folded(name, values)))
            for name in _DOER
            if name != but and (values := self.values.get(name))
        ]
        leading = self._asks("actor_type", but) and not self._asks("actor_role", but)

        def fits(doer: ActorRole) -> bool:
            if leading and doer.role not in _LEADING:
                return False
            return all(not values.isdisjoint(_of_doer(doer, name)) for name, values in chosen)

        return fits

    def _asks(self, parameter: str, but: str) -> bool:
        return parameter == but or bool(self.values.get(parameter))

    def _left_out(self, but: str) -> tuple[str, ...]:
        """The parameters that are asked, and are left out where one is."""
        group = next((group for group in (_LINK, _DOER) if but in group), (but,))
        return tuple(name for name in group if self.values.get(name))

    @cached_property
    def _lists(self) -> dict[tuple[str, ...], list[Measure]]:
        """The measures that were found to fit, by what was left out."""
        return {}


def _of_doer(doer: ActorRole, parameter: str) -> frozenset[str]:
    match parameter:
        case "actor":
            return doer.actors | doer.variants | {doer.name.lower()}
        case "actor_type":
            return doer.types
        case _:
            return frozenset({doer.role})


def _folded(parameter: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values, of a name also in small letters, as printed names are compared."""
    if parameter != "actor":
        return values
    return (*values, *(value.lower() for value in values))


def _topics(asked: Filter, measure: Measure) -> Iterable[str]:
    """Its topics, and those above them."""
    only_main = asked.values.get("topic_weight", ("any",)) == ("main",)
    for each in measure.topics:
        if not only_main or (each.weight == "main" and not each.of_item):
            yield from asked.register.upwards[each.topic]


def _taxa(asked: Filter, measure: Measure) -> Iterable[str]:
    """The taxa that it targets, and those above or also below them."""
    (scope,) = asked.values.get("taxon_scope", ("narrower",))
    for taxon in measure.taxa:
        if scope == "exact":
            yield code(taxon)
        else:
            yield from asked.register.upwards[taxon]
        if scope == "species-wide":
            yield from asked.register.downwards.get(taxon, ())


_VALUES: Mapping[str, Callable[[Filter, Measure], Iterable[str]]] = {
    "instrument": lambda _, measure: (measure.plan.slug,),
    "section": lambda _, measure: (measure.section_number, code(measure.section)),
    "unit": lambda _, measure: map(code, measure.units),
    "taxon": _taxa,
    "topic": _topics,
    "priority": lambda _, measure: filter(None, (measure.priority,)),
    "priority_level": lambda _, measure: filter(None, (measure.level,)),
    "timescale": lambda _, measure: filter(None, (measure.timescale,)),
    "applicability": lambda _, measure: filter(None, (measure.applies,)),
    "status": lambda _, measure: filter(None, (measure.plan.status,)),
}
"""The values that a measure has for each parameter that stands alone."""
