"""Where a document says something: passages, and finding quoted words in a source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.graph.graph_builder import Thing
from meagraph_loaders.records import Document, Passage


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a source file."""

    file: str
    text: str

    @property
    def address(self) -> str:
        """The address of the source document."""
        return names.thing("source", self.file)


def write_passages(of: Thing, source: Source, passages: Iterable[Passage]) -> None:
    """Attaches passages to a thing as Web Annotation text selectors
    (https://www.w3.org/TR/annotation-model/#selectors).
    """
    for count, passage in enumerate(passages, start=1):
        node = of.part(f"passage-{count}", "mea:Passage")
        of.link("mea:passage", node.address)
        node.link("mea:sourceDocument", source.address)
        node.add("mea:startLine", passage.start_line).add("mea:endLine", passage.end_line)
        node.add("oa:start", passage.start).add("oa:end", passage.end)
        node.add("oa:exact", passage.quote).add("mea:passageRole", passage.role)


def locate(where: str, source: Source, quote: str, within: Iterable[Passage] = ()) -> Passage:
    """The first passage of a source that prints the quoted words, whatever its white space.

    Looks inside the passages of `within` if there are any (between the first and the last of
    them), else in the whole file. Raises DataError, naming the row `where`, if the words are not
    there: a quotation must be exact.
    """
    bounds = list(within)
    start = min((p.start for p in bounds), default=0)
    end = max((p.end for p in bounds), default=len(source.text))
    pattern = re.compile(r"\s+".join(map(re.escape, quote.split())))
    match = pattern.search(source.text, start, end)
    if match is None:
        lines = f" between lines {bounds[0].start_line} and {bounds[-1].end_line}" if bounds else ""
        raise DataError(
            where,
            f"the words {quote!r} do not stand in {source.file}{lines}",
            "Quote the document exactly, or name the place where the words stand",
        )
    first = source.text.count("\n", 0, match.start()) + 1
    last = first + match[0].count("\n")
    return Passage(first, last, match.start(), match.end(), match[0])


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row of curation speaks about: its address, and where the document says it."""

    address: str
    passages: tuple[Passage, ...]


class Subjects:
    """Finds the things of a document by short names: ``measure:2.1``, ``unit:7``, ``document`` …"""

    def __init__(self, document: Document) -> None:
        slug = document.slug
        self._slug = slug
        self._by_name = {"document": Subject(names.thing("instrument", slug), ())}
        for measure in document.measures:
            self._by_name[f"measure:{measure.number}"] = Subject(
                names.thing("measure", slug, measure.number), measure.passages
            )
        for unit in document.units:
            self._by_name[f"unit:{unit.slug}"] = Subject(names.thing("unit", slug, unit.slug), ())
        for section in document.sections:
            kind = section_kind(section.kind)
            self._by_name[f"section:{section.slug}"] = Subject(
                names.thing(kind, slug, section.slug), ()
            )
        for footnote in document.footnotes:
            self._by_name[f"footnote:{footnote.label}"] = Subject(
                names.thing("footnote", slug, footnote.label), ()
            )
        for statement in document.statements:
            self._by_name[f"statement:{statement.slug}"] = Subject(
                names.thing("statement", slug, statement.slug), statement.passages
            )
        for species in document.species:
            self._by_name[f"species:{species.slug}"] = Subject(
                names.thing("listed-species", slug, species.slug), species.passages
            )

    def __call__(self, where: str, name: str) -> Subject:
        """The subject of a short name. Raises DataError when the document has no such thing."""
        try:
            return self._by_name[name]
        except KeyError:
            kind = name.partition(":")[0]
            known = [n for n in self._by_name if n.startswith(kind)][:8]
            raise DataError(
                where,
                f"{self._slug} has no {name!r}",
                f"Name a thing of the document, such as {', '.join(known) or 'measure:1.1'}",
            ) from None


def section_kind(kind: str) -> str:
    """The address segment of a section's kind."""
    return kind if kind in ("objective", "result") else "section"
