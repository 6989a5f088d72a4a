"""Labels: names and definitions of things by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.index.release_data import ReleaseData, once_per_release

_Words = Mapping[str, Mapping[str, str]]
"""By address and language; '' for text without a language."""


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
    """The IRIs of concepts, by IRI of the scheme and notation."""

    def name(self, address: str, language: str = "en") -> str:
        """The name of a thing or its code; for a taxon, with its common names in the language.

        >>> country = names.thing("country", "KAZ")
        >>> Labels({country: {"en": "Kazakhstan", "ru": "Казахстан"}}).name(country, "ru")
        'Казахстан'
        >>> Labels().name(country, "ru")
        'KAZ'
        """
        name = _in(self.names.get(address, {}), language) or code(address)
        common = self.common_name(address, language)
        return f"{name} — {common}" if common else name

    def common_name(self, address: str, language: str) -> str:
        """The preferred common names of a taxon in a language, '' if there are none.

        >>> taxon = names.thing("taxon", "ovis-ammon")
        >>> Labels(common={taxon: {"ru": ("архар", "аргали")}}).common_name(taxon, "ru")
        'архар (аргали)'
        """
        first, *others = self.common.get(address, {}).get(language, ("",))
        return f"{first} ({', '.join(others)})" if others else first

    def definition(self, address: str, language: str = "en") -> str:
        """The definition of a concept, '' if it has none."""
        return _in(self.definitions.get(address, {}), language)

    def language(self, address: str, language: str = "en") -> str:
        """The language of the result of `name`, '' if unknown."""
        known = {**self.names.get(address, {}), **self.common.get(address, {})}
        return language if language in known else "en" if "en" in known else ""

    def of_kind(self, kind: str) -> list[str]:
        """The addresses of all things of a kind (`country`, `topic` …) that have a name."""
        start = names.thing(kind) + "/"
        return [address for address in self.names if address.startswith(start)]


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("en") or words.get("") or next(iter(words.values()), "")


QUERIES = ("labels",)
"""The queries that `labels_of` reads."""


@once_per_release(*QUERIES)
def labels_of(data: ReleaseData) -> Labels:
    """The labels of the things of a release."""
    found: dict[str, dict[str, str]] = {}
    defined: dict[str, dict[str, str]] = {}
    notations: dict[str, str] = {}
    common: dict[str, dict[str, tuple[str, ...]]] = {}
    printed: dict[str, tuple[str, ...]] = {}
    steps: dict[tuple[str, str], str] = {}
    rows = data.table("labels").rows
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
