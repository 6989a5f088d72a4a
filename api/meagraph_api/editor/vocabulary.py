"""What the editor knows of the graph: prefixes, classes, properties, and queries to begin with.

All of it is asked of the graph, which describes itself: nothing comes from services of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from meagraph import names
from meagraph_api.current import Open
from meagraph_api.results import select


@dataclass(frozen=True, slots=True)
class Example:
    """A query to begin with."""

    name: str
    """The fragment of its address."""
    title: str
    comment: str
    query: str

    @property
    def is_question(self) -> bool:
        """Whether it is one of the ready-made questions, as the release names them."""
        return self.name.startswith("query-")


@dataclass(frozen=True, slots=True)
class Named:
    """A class or property, and what it is called, by languages."""

    address: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What there is to write queries with."""

    prefixes: Mapping[str, str]
    classes: tuple[Named, ...] = ()
    properties: tuple[Named, ...] = ()
    examples: tuple[Example, ...] = ()

    def example(self, name: str) -> Example | None:
        """The example of a name."""
        return next((each for each in self.examples if each.name == name), None)

    def document(self) -> dict[str, object]:
        """All of it as JSON has it."""
        return {
            "prefixes": dict(self.prefixes),
            "classes": [{"iri": each.address, **each.labels} for each in self.classes],
            "properties": [{"iri": each.address, **each.labels} for each in self.properties],
            "examples": {each.name: each.query for each in self.examples},
        }


NOTHING = Vocabulary(names.PREFIXES)
"""What is known without a release."""


async def vocabulary(held: Open) -> Vocabulary:
    """The vocabulary of a release, which is read once. Raises what the engine raises."""
    if "vocabulary" not in held.remembered:
        held.remembered["vocabulary"] = await _read(held)
    found: Vocabulary = held.remembered["vocabulary"]
    return found


async def _read(held: Open) -> Vocabulary:
    prefixes = {row["prefix"]: row["namespace"] for row in await _rows(held, "prefixes")}
    terms = await _rows(held, "terms")
    return Vocabulary(
        prefixes or names.PREFIXES,
        tuple(_named(row) for row in terms if row["kind"] == "class"),
        tuple(_named(row) for row in terms if row["kind"] == "property"),
        tuple(_example(row) for row in await _rows(held, "examples")),
    )


async def _rows(held: Open, query: str) -> list[dict[str, str]]:
    text = (files(__package__) / f"{query}.rq").read_text(encoding="utf-8")
    return (await select(held.engine, text)).records()


def _named(row: Mapping[str, str]) -> Named:
    return Named(row["term"], {tongue: row[tongue] for tongue in ("en", "ru") if row[tongue]})


def _example(row: Mapping[str, str]) -> Example:
    name = row["example"].rpartition("#")[2]
    return Example(name, row["title"], row["comment"], row["query"])
