"""Evaluate canned queries in steps: first the keys, then the columns.

The first ``{ SELECT DISTINCT … }`` of a canned query finds its keys, e.g. the measures to show, and
the rest of its pattern gets their columns. Oxigraph would join the two by reading the columns of
the whole graph. So a query of its own finds the keys, and a second one has them in a data block.
Sub-selects of the same form inside the query for the keys, e.g. one that finds a measure by its
number, are evaluated before it in the same way. Sub-selects for columns, e.g. a count by measure,
get the keys too, since Oxigraph would count for all measures. All queries are SPARQL 1.1, and the
result is that of the whole query.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

import pyoxigraph as ox

from meagraph.core.lexer import INSIGNIFICANT, Token, tokens
from meagraph.core.oxigraph import Edit, edited

MAX_KEYS = 10_000
"""With more keys than this the whole query is run: its time then grows with its result anyway."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """The solutions of a query for keys, as serialised SPARQL terms, UNDEF if unbound."""

    variables: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def block(self, variables: Sequence[str]) -> str:
        """A data block with some of the variables.

        >>> Solutions(("?a", "?b"), (("1", "2"), ("1", "3"))).block(["?a"])
        'VALUES (?a) { (1) }'
        """
        places = [self.variables.index(name) for name in variables]
        rows = dict.fromkeys(" ".join(row[place] for place in places) for row in self.rows)
        return f"VALUES ({' '.join(variables)}) {{ {' '.join(f'({row})' for row in rows)} }}"


Steps: TypeAlias = Generator[str, Solutions | None, str]
"""Yields queries for keys, receives their solutions, and returns the query to run."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The sub-select that finds the keys of a query."""

    query: str
    """The sub-select as a query of its own."""
    variables: tuple[str, ...]
    """The variables of its pattern among the keys."""
    pattern: tuple[str, ...]
    """The lines of its pattern."""
    end: int
    """The offset of the brace that closes its pattern."""
    text: str
    """The whole query."""
    start: int
    """The offset of the sub-select with its braces."""
    stop: int
    """The offset after it."""

    columns: tuple[tuple[int, tuple[str, ...]], ...]
    """The sub-selects joined with it: the offset of the pattern, and the variables."""

    def replaced(self, found: Solutions) -> str:
        """The whole query with the solutions instead of the sub-select."""
        edits = [Edit(self.start, self.stop, f"{{ {found.block(found.variables)} }}")]
        for place, variables in self.columns:
            shared = [name for name in variables if name in found.variables]
            if shared:
                edits.append(Edit(place, place, f" {found.block(shared)}"))
        return edited(self.text, edits)


def find(text: str) -> Keys:
    """The first distinct sub-select of a query. Raises ValueError if there is none.

    >>> find("SELECT ?x { { SELECT DISTINCT ?x (?y AS ?z) { ?x a ?y } } }").variables
    ('?x', '?y')
    """
    found = split(text)
    if found is None:
        raise ValueError("the query has no { SELECT DISTINCT … } to which filters could be added")
    return found


def with_keys(text: str, find_keys: Callable[[str], Solutions | None]) -> str:
    """The query with its keys instead of the sub-select that finds them.

    `find_keys` runs a query and returns its `solutions`. If that is None, the whole query is
    returned.

    >>> block = "VALUES ?x { <a:a> 'b' UNDEF }"
    >>> query = f"SELECT ?x {{ {{ SELECT DISTINCT ?x {{ {block} }} }} ?x ?p ?y }}"
    >>> with_keys(query, lambda keys: solutions(ox.Store().query(keys)))
    'SELECT ?x { { VALUES (?x) { (<a:a>) ("b") (UNDEF) } } ?x ?p ?y }'
    """
    run = steps(text)
    try:
        query = next(run)
        while True:
            query = run.send(find_keys(query))
    except StopIteration as end:
        return str(end.value)


def steps(text: str) -> Steps:
    """The steps in which a query is run."""
    keys = split(text)
    if keys is None:
        return text
    found = yield (yield from _inner(keys.query))
    return text if found is None else keys.replaced(found)


def _inner(query: str) -> Steps:
    """The steps before a query for keys: those of its own sub-selects."""
    while (keys := split(query)) is not None:
        found = yield (yield from _inner(keys.query))
        if found is None:
            break
        query = keys.replaced(found)
    return query


def solutions(found: ox.QuerySolutions, most: int = MAX_KEYS) -> Solutions | None:
    """The solutions of a query for keys.

    None if there are more than `most`, or if one has a blank node, which a query cannot refer to.
    """
    rows = [tuple(row) for row in islice(found, most + 1)]
    if len(rows) > most or any(isinstance(term, _NAMELESS) for row in rows for term in row):
        return None
    return Solutions(
        tuple(map(str, found.variables)), tuple(tuple(map(_term, row)) for row in rows)
    )


_NAMELESS = (ox.BlankNode, ox.Triple)
"""Terms that cannot be written in a data block."""


def _term(term: object) -> str:
    return "UNDEF" if term is None else str(term)


@lru_cache(maxsize=128)
def split(text: str) -> Keys | None:
    """The first distinct sub-select of a query, or None."""
    read = [token for token in tokens(text) if token.kind not in INSIGNIFICANT]
    for index, token in enumerate(read):
        before = [one.text.upper() for one in read[max(index - 3, 0) : index]]
        if _is_word(token, "DISTINCT") and before[1:] == ["{", "SELECT"] and before[0] != "WHERE":
            opening = next(place for place in range(index, len(read)) if read[place].text == "{")
            closing = _closing(read, opening)
            clause = read[index:opening]
            start, end = read[index - 2], read[_closing(read, index - 2)]
            prologue = text[: next(one.start for one in read if _is_word(one, "SELECT"))]
            pattern = text[read[opening].end : read[closing].start].strip().splitlines()
            return Keys(
                query=prologue + text[start.end : end.start].strip(),
                variables=tuple(
                    one.text
                    for place, one in enumerate(clause)
                    if one.kind == "variable" and not _is_word(clause[place - 1], "AS")
                ),
                pattern=tuple(map(str.strip, pattern)),
                end=read[closing].start,
                text=text,
                start=start.start,
                stop=end.end,
                columns=tuple(_columns(read, _closing(read, index - 2))),
            )
    return None


def _columns(read: Sequence[Token], start: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The sub-selects after a token, up to the end of its group."""
    depth = 0
    for index in range(start + 1, len(read)):
        depth += (read[index].text == "{") - (read[index].text == "}")
        if depth < 0:
            return
        if read[index - 1].text == "{" and _is_word(read[index], "SELECT"):
            opening = next(place for place in range(index, len(read)) if read[place].text == "{")
            closing = _closing(read, opening)
            after = read[closing : _closing(read, index - 1)]
            if not any(_is_word(one, "LIMIT") or _is_word(one, "OFFSET") for one in after):
                # A variable that its pattern computes must not be bound before.
                computed = {
                    read[place + 1].text
                    for place in range(opening, closing)
                    if _is_word(read[place], "AS")
                }
                plain = _plain(read[index:opening])
                yield read[opening].end, tuple(name for name in plain if name not in computed)


def _plain(clause: Sequence[Token]) -> Iterator[str]:
    """The variables of a SELECT clause outside brackets."""
    depth = 0
    for token in clause:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "variable":
            yield token.text


def _closing(read: Sequence[Token], opening: int) -> int:
    """The index of the brace that closes the one at an index."""
    depth = 0
    for index in range(opening, len(read)):
        depth += (read[index].text == "{") - (read[index].text == "}")
        if depth == 0:
            return index
    raise ValueError("a brace is not closed")


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
