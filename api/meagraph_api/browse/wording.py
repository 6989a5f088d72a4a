"""How our pages word what the register holds, for one reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from meagraph import names
from meagraph_api.browse.called import Called, code
from meagraph_api.browse.register import Measure, Plan, Register
from meagraph_api.things import addresses


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
        return addresses.page(address)

    def page_of(self, kind: str, value: str) -> str:
        """The path of the page of the thing of a kind with a code."""
        return addresses.page(names.thing(kind, value))

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
