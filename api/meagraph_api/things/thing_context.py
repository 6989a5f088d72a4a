"""The view model of the page of a thing: its statements by property."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from meagraph.core import names
from meagraph.core.results.terms import Term
from meagraph_api.index.citations import Work
from meagraph_api.index.page_context import PageContext
from meagraph_api.things.description import Description

_TYPE = names.PREFIXES["rdf"] + "type"


def property_(name: str) -> str:
    """The IRI of a property by its short name; without a prefix, a property of meagraph.

    >>> property_("dcterms:source"), property_("text")
    ('http://purl.org/dc/terms/source', 'https://w3id.org/meagraph/ontology#text')
    """
    prefix, colon, local = name.rpartition(":")
    return names.PREFIXES[prefix] + local if colon else names.term(name)


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a statement; false if there is none."""

    names: tuple[str, ...]
    """Names of sources."""
    locators: tuple[str, ...]
    """URLs, repositories and files, as text."""

    def __bool__(self) -> bool:
        return bool(self.names or self.locators)


class Facts:
    """The statements of a description by subject and property."""

    def __init__(self, description: Description) -> None:
        self.address = description.thing.address
        self._values: dict[tuple[str, str], list[Term]] = {}
        self._subjects: dict[str, None] = {}
        for statement in description.own:
            values = self._values.setdefault((statement.subject.value, statement.predicate), [])
            if statement.object not in values:
                values.append(statement.object)
            self._subjects[statement.subject.value] = None

    def terms(self, name: str, of: str | None = None) -> list[Term]:
        """The values of a property of the thing, or of one of its parts."""
        return self._values.get((of or self.address, property_(name)), [])

    def all(self, name: str, of: str | None = None) -> list[str]:
        """The values as text."""
        return [term.value for term in self.terms(name, of)]

    def one(self, name: str, of: str | None = None, language: str = "en") -> str:
        """The first value in a language, English, no language or any; '' if there is none."""
        by_language = {term.language or "": term.value for term in reversed(self.terms(name, of))}
        return next(
            (by_language[key] for key in (language, "en", "") if key in by_language),
            next(iter(by_language.values()), ""),
        )

    def source(self, of: str | None = None, property_: str = "dcterms:source") -> Source:
        """The source of the thing, or of one of its parts."""
        return Source(tuple(self.all("sourceName", of)), tuple(self.all(property_, of)))

    def parts(self, class_: str) -> list[str]:
        """The IRIs of the parts of the thing with a class, in order."""
        class_iri = names.term(class_)
        found = [each for each in self._subjects if class_iri in self.all("rdf:type", each)]
        return sorted(found, key=lambda each: (self._position(each), self._order(each)))

    def _position(self, of: str) -> int:
        value = self.one("position", of)
        return int(value) if value.isdigit() else 0

    def _order(self, of: str) -> tuple[int, str]:
        """Sort numbers at the end of an IRI numerically."""
        number = of.rpartition("-")[2]
        return (int(number) if number.isdigit() else 0), of


@dataclass(frozen=True)
class ThingContext(PageContext):
    """The context of the page of one thing."""

    works: Sequence[Work]
    """The citations of the release."""
    facts: Facts

    @property
    def address(self) -> str:
        """The IRI of the thing."""
        return self.facts.address


Find = Callable[[ThingContext], Mapping[str, object] | None]
"""A function for the values of a template; None if the thing lacks the data of its kind."""
