"""What measures are about, and what corresponds to our topics in other vocabularies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import TopicMatchRow, TopicRow
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import Thing, concept
from meagraph_loaders.graph.vocabulary import codes

_QUOTE = re.compile(r"(?<!\w)'(.+?)'(?!\w)")
"""Words in single quotation marks; an apostrophe between letters is none."""

_Place = tuple[str, str, str | None]
"""A measure, or an item of its printed list: document, number, label of the item."""


def write_topics(context: CurationContext) -> None:
    """The topics of measures and of their items; each must have exactly one main topic."""
    known = codes("topic")
    written: set[tuple[_Place, str]] = set()
    for row in context.curation.topics:
        _check_topic(row, known)
        if (_place(row), row.topic) in written:
            raise DataError(row.where, f"the topic {row.topic} stands twice", "Keep one row")
        written.add((_place(row), row.topic))
        _write_assignment(context, row)
    _check_main_topics(context)


def _write_assignment(context: CurationContext, row: TopicRow) -> None:
    thing, text = _subject(context, row)
    _check_quotes(row, text)
    node = thing.part(f"topic-{row.topic}", "mea:TopicAssignment")
    topic = concept("topic", row.topic)
    thing.link("mea:topicAssignment", node.address).link("mea:topic", topic)
    node.link("mea:topic", topic).link("mea:topicWeight", concept("topic-weight", row.weight))
    node.add("mea:reason", row.reason, language=ENGLISH)


def _subject(context: CurationContext, row: TopicRow) -> tuple[Thing, str]:
    """The measure of a row, or the item of its list that the row names, and its text."""
    measure, thing = context.measure(row.where, row.instrument, row.number)
    if row.part is None:
        return thing, measure.text
    for part in measure.parts:
        if part.label == row.part:
            address = names.thing("part", row.instrument, row.number, row.part)
            return context.graph.thing(address), part.text
    labels = ", ".join(part.label for part in measure.parts)
    raise DataError(
        row.where,
        f"{row.instrument} {row.number} has no item {row.part!r}",
        f"Name one of: {labels}" if labels else "Leave part empty",
    )


def _check_quotes(row: TopicRow, text: str) -> None:
    """The words that a reason quotes stand in the text."""
    for quote in _QUOTE.findall(row.reason):
        if quote not in text:
            raise DataError(
                row.where,
                f"the words {quote!r} do not stand in {_words(_place(row))}",
                "Quote the text exactly",
            )


def _check_main_topics(context: CurationContext) -> None:
    """Every measure and every item of a printed list is mainly about one thing."""
    mains = [row for row in context.curation.topics if row.weight == "main"]
    count = Counter(map(_place, mains))
    for row in mains:
        if count[_place(row)] > 1:
            raise DataError(
                row.where,
                f"{_words(_place(row))} has {count[_place(row)]} main topics",
                "Keep the one on which its leading words act; the others are other or secondary",
            )
    for place in _places(context):
        if not count[place]:
            raise DataError(
                "topics.csv", f"{_words(place)} has no main topic", "Add a row with weight main"
            )


def _places(context: CurationContext) -> Iterator[_Place]:
    for document in context.documents.values():
        for measure in document.measures:
            yield document.slug, measure.number, None
            for part in measure.parts:
                yield document.slug, measure.number, part.label


def _place(row: TopicRow) -> _Place:
    return row.instrument, row.number, row.part


def _words(place: _Place) -> str:
    instrument, number, part = place
    return f"{instrument} {number}" + (f" ({part})" if part else "")


def write_topic_matches(context: CurationContext) -> None:
    """What corresponds to our topics in the CMP actions and LEO terms.

    Their terms of use are not known, so these tables and all that points into them stay in the
    graph of restricted facts; where the tables are not held, there is nothing to point at.
    """
    known = codes("topic")
    theirs = _codes_of_others(context)
    for row in context.curation.topic_matches:
        _check_topic(row, known)
        if not theirs[row.scheme]:
            continue
        if row.code not in theirs[row.scheme]:
            raise DataError(
                row.where,
                f"{row.code!r} is no code of {row.scheme}",
                "Use a code of data/reference-restricted",
            )
        thing = context.restricted.thing(concept("topic", row.topic))
        thing.link(f"skos:{row.match}", theirs[row.scheme][row.code])


def _codes_of_others(context: CurationContext) -> dict[str, dict[str, str]]:
    """The addresses of the concepts of other vocabularies, by scheme and code."""
    return {
        "cmp": {
            row["code"]: names.thing("cmp-action", row["code"])
            for row in context.reference.cmp_actions
        },
        "leo": {row["slug"]: row["uri"] for row in context.reference.leo_terms},
    }


def _check_topic(row: TopicRow | TopicMatchRow, known: frozenset[str]) -> None:
    if row.topic not in known:
        raise DataError(
            row.where, f"{row.topic!r} is no topic", "Use a code of ontology/topics.ttl"
        )
