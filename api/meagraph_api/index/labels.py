"""Labels: names and definitions of things by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.index.release_data import ReleaseData, understood

_Words = Mapping[str, Mapping[str, str]]
"""By address and language; the language of a name that has none is ''."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The names, definitions and notations of a release."""

    names: _Words = field(default_factory=dict)
    definitions: _Words = field(default_factory=dict)
    notations: Mapping[str, str] = field(default_factory=dict)
    common: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """The preferred common names of taxa, by address and language."""
    printed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names that the plans print for taxa, by address."""
    steps: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The addresses of concepts by the address of their scheme and their notation."""

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
def called(data: ReleaseData) -> Labels:
    """What the things of a release are called."""
    found: dict[str, dict[str, str]] = {}
    defined: dict[str, dict[str, str]] = {}
    notations: dict[str, str] = {}
    common: dict[str, dict[str, tuple[str, ...]]] = {}
    printed: dict[str, tuple[str, ...]] = {}
    steps: dict[tuple[str, str], str] = {}
    rows = data.table("called").rows
    for thing, name, definition, notation, scheme, _, vernacular, spelling in rows:
        if thing is None:
            continue
        if name is not None:
            found.setdefault(thing.value, {}).setdefault(name.language or "", name.value)
        if definition is not None:
            words = defined.setdefault(thing.value, {})
            words.setdefault(definition.language or "", definition.value)
        if notation is not None:
            notations[thing.value] = notation.value
            if scheme is not None:
                steps.setdefault((scheme.value, notation.value), thing.value)
        if vernacular is not None:
            words_in = common.setdefault(thing.value, {})
            language = vernacular.language or ""
            words_in[language] = (*words_in.get(language, ()), vernacular.value)
        if spelling is not None:
            printed[thing.value] = (*printed.get(thing.value, ()), spelling.value)
    return Labels(found, defined, notations, common, printed, steps)
