"""Labels: names and definitions of things, and phrases of pages, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.http import urls
from meagraph_api.index.measure_index import Measure, Plan, Register
from meagraph_api.index.release_data import ReleaseData, understood

_Words = Mapping[str, Mapping[str, str]]
"""By address and language; the language of a name that has none is ''."""


@dataclass(frozen=True, slots=True)
class Called:
    """The names, definitions and notations of a release."""

    names: _Words = field(default_factory=dict)
    definitions: _Words = field(default_factory=dict)
    notations: Mapping[str, str] = field(default_factory=dict)
    common: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """The preferred common names of taxa, by address and language."""
    printed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names that the plans print for taxa, by address."""

    def name(self, address: str, language: str = "en") -> str:
        """The name of a thing, else its code; of a taxon with its common names in the language.

        >>> country = names.thing("country", "KAZ")
        >>> Called({country: {"en": "Kazakhstan", "ru": "Казахстан"}}).name(country, "ru")
        'Казахстан'
        >>> Called().name(country, "ru")
        'KAZ'
        """
        name = _in(self.names.get(address, {}), language) or code(address)
        common = self.common_name(address, language)
        return f"{name} — {common}" if common else name

    def common_name(self, address: str, language: str) -> str:
        """The preferred common names of a taxon in a language, '' if there are none.

        >>> taxon = names.thing("taxon", "ovis-ammon")
        >>> Called(common={taxon: {"ru": ("архар", "аргали")}}).common_name(taxon, "ru")
        'архар (аргали)'
        """
        first, *others = self.common.get(address, {}).get(language, ("",))
        return f"{first} ({', '.join(others)})" if others else first

    def definition(self, address: str, language: str = "en") -> str:
        """The definition of a concept, '' where it has none."""
        return _in(self.definitions.get(address, {}), language)

    def language(self, address: str, language: str = "en") -> str:
        """The language in which `name` answers, '' where that is not known."""
        known = {**self.names.get(address, {}), **self.common.get(address, {})}
        return language if language in known else "en" if "en" in known else ""

    def of_kind(self, kind: str) -> list[str]:
        """The addresses of all things of a kind (`country`, `topic` …) that have a name."""
        start = names.thing(kind) + "/"
        return [address for address in self.names if address.startswith(start)]


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("en") or words.get("") or next(iter(words.values()), "")


QUERIES = ("called",)
"""The queries that `called` reads."""


@understood(*QUERIES)
def called(data: ReleaseData) -> Called:
    """What the things of a release are called."""
    found: dict[str, dict[str, str]] = {}
    defined: dict[str, dict[str, str]] = {}
    notations: dict[str, str] = {}
    common: dict[str, dict[str, tuple[str, ...]]] = {}
    printed: dict[str, tuple[str, ...]] = {}
    rows = data.table("called").rows
    for thing, name, definition, notation, _, vernacular, spelling in rows:
        if thing is None:
            continue
        if name is not None:
            found.setdefault(thing.value, {}).setdefault(name.language or "", name.value)
        if definition is not None:
            words = defined.setdefault(thing.value, {})
            words.setdefault(definition.language or "", definition.value)
        if notation is not None:
            notations[thing.value] = notation.value
        if vernacular is not None:
            words_in = common.setdefault(thing.value, {})
            language = vernacular.language or ""
            words_in[language] = (*words_in.get(language, ()), vernacular.value)
        if spelling is not None:
            printed[thing.value] = (*printed.get(thing.value, ()), spelling.value)
    return Called(found, defined, notations, common, printed)


@dataclass(frozen=True, slots=True)
class Wording:
    """Names of things in a reader's language, their pages, and the reader's year."""

    register: Register
    called: Called
    language: str
    year: int

    def name(self, address: str) -> str:
        """What a thing is called."""
        if (measure := self.register.by_address.get(address)) is not None:
            return f"{measure.number} – {measure.plan.label}"
        if (unit := self.register.units.get(address)) is not None:
            return unit.words
        return self.called.name(address, self.language)

    def named(self, kind: str, value: str) -> str:
        """What the thing of a kind with a code is called; '' without one."""
        return self.name(names.thing(kind, value)) if value else ""

    def speaks(self, address: str) -> str:
        """The language of a name, '' where that is the page's own or not known."""
        language = self.called.language(address, self.language)
        return "" if language == self.language else language

    def page(self, address: str) -> str:
        """The path of the page of a thing."""
        return urls.page(address)

    def page_of(self, kind: str, value: str) -> str:
        """The path of the page of the thing of a kind with a code."""
        return urls.page(names.thing(kind, value))

    def definition(self, address: str) -> str:
        """The definition of a concept."""
        return self.called.definition(address, self.language)

    def ended(self, plan: Plan) -> bool:
        """Whether the period of a plan is over."""
        return plan.ended(self.year)

    def countries(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """Countries by their codes, with their names, in the order of the names."""
        named = [(each, self.named("country", each)) for each in codes]
        return sorted(named, key=lambda pair: pair[1].casefold())

    def main_topics(self, measure: Measure) -> list[str]:
        """The addresses of the main topics of a measure."""
        return [each.topic for each in measure.topics if each.weight == "main" and not each.of_item]

    def priority_of(self, measure: Measure) -> str:
        """The address of the printed priority of a measure in its plan's scale, '' without one."""
        return self._step("priority", measure.plan, measure.priority)

    def timescale_of(self, measure: Measure) -> str:
        """The address of the printed timescale of a measure, '' without one."""
        return self._step("timescale", measure.plan, measure.timescale)

    def _step(self, kind: str, plan: Plan, mark: str) -> str:
        if not mark:
            return ""
        address = names.thing(kind, plan.slug, names.slug(mark))
        return address if address in self.called.names else ""

    def measures(self, **filters: str) -> str:
        """The path of the measures that some filters keep."""
        return f"/measures?{urlencode(filters)}"


def slug(address: str) -> str:
    """The last segment of an address, for templates."""
    return code(address)
