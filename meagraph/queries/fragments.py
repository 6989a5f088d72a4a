"""Filters of ready-made queries as fragments of SPARQL, and the queries composed from them.

The first ``SELECT DISTINCT`` in braces finds the keys of a query, e.g. the measures to show. A
filter adds a line to its end; only filters that a request gives are added, so that the text holds
only what is asked. The value of a filter stands where its line has the variable ``?_name``: as a
term, or, if there are several, in a data block.

Filters of the same thing, e.g. of one link between a measure and a country, form a group, whose
head introduces that thing once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meagraph.lexer import INSIGNIFICANT, Token, tokens
from meagraph.queries import words
from meagraph.queries.binding import literal

Terms = Mapping[str, Sequence[str]]
"""The values of each filter that is given, as SPARQL terms; of words, as they were sent."""


class Filter(BaseModel):
    """The fragment of one filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str | dict[str, str]
    """The pattern. Where the value of another parameter decides which, the patterns by its value.

    The pattern of words binds ``?searched`` to the text in which they must occur."""
    by: str | None = None
    """The parameter whose value decides which pattern holds; the first one where it has none."""
    group: str | None = None
    """The group to which it belongs, if to any."""
    when_absent: str | None = None
    """A pattern that holds where this filter is not given, but the one named by `beside` is."""
    beside: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if isinstance(self.line, dict) != (self.by is not None):
            raise ValueError("a line for each value, and nothing else, needs the key by")
        if (self.when_absent is None) != (self.beside is None):
            raise ValueError("when_absent and beside need each other")
        return self


class Fragments(BaseModel):
    """The filters of a query, and the heads of their groups."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefixes: dict[str, str] = Field(default_factory=dict)
    """The prefixes that stand in the patterns, declared where they are used."""
    groups: dict[str, str] = Field(default_factory=dict)
    """The head of each group: a pattern that holds once for all its filters."""
    filters: dict[str, Filter] = Field(default_factory=dict)
    """The filters, by the names of their parameters."""

    @model_validator(mode="after")
    def _groups_are_there(self) -> Self:
        for name, one in self.filters.items():
            if one.group is not None and one.group not in self.groups:
                raise ValueError(f"{name} is of the group {one.group}, which has no head")
        return self

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that stand in fragments."""
        deciding = {one.by for one in self.filters.values() if one.by is not None}
        return frozenset(self.filters) | deciding


def compose(text: str, fragments: Fragments, given: Terms) -> str:
    """The query with the filters that are given.

    >>> country = Filter(line="?link mea:country ?_country .", group="link")
    >>> fragments = Fragments(groups={"link": "?m mea:link ?link ."}, filters={"country": country})
    >>> query = "SELECT ?m {\\n  { SELECT DISTINCT ?m {\\n      ?m a mea:Measure .\\n  } }\\n}"
    >>> print(compose(query, fragments, {"country": ["<KAZ>"]}))
    SELECT ?m {
      { SELECT DISTINCT ?m {
          ?m a mea:Measure .
          ?m mea:link ?link .
          ?link mea:country <KAZ> .
      } }
    }
    """
    lines = [line for part in _bound(fragments, given) for line in part]
    return _declared(_inserted(text, lines), fragments.prefixes)


def opened(text: str, fragments: Fragments) -> str:
    """The query with every filter but words, and a data block for each value that may be given."""
    lines = [line for part in _open(fragments) for line in part]
    return _declared(_inserted(text, lines), fragments.prefixes)


def _grouped(fragments: Fragments) -> dict[str, list[str]]:
    """The names of the filters by group; one without a group is its own."""
    found: dict[str, list[str]] = {}
    for name, one in fragments.filters.items():
        found.setdefault(one.group or f"?{name}", []).append(name)
    return found


def _bound(fragments: Fragments, given: Terms) -> Iterator[list[str]]:
    for group, names in _grouped(fragments).items():
        lines = [line for name in names for line in _lines(fragments.filters[name], name, given)]
        if lines:
            yield [*fragments.groups.get(group, "").splitlines(), *lines]


def _lines(one: Filter, name: str, given: Terms) -> list[str]:
    """The lines of a filter; none where it plays no part."""
    values = given.get(name, ())
    if not values:
        absent = one.when_absent is not None and bool(given.get(one.beside or ""))
        return (one.when_absent or "").splitlines() if absent else []
    pattern = one.line if isinstance(one.line, str) else one.line[_decided(one, given)]
    if _block(name) in pattern:  # which is filled like those of the query itself
        return pattern.splitlines()
    if "?searched" in pattern:
        return [*pattern.splitlines(), _searched(name, values)]
    if len(values) == 1 or _is_list(pattern, f"?_{name}"):
        return _replaced(pattern, f"?_{name}", ", ".join(values)).splitlines()
    return [f"VALUES ?_{name} {{ {' '.join(values)} }}", *pattern.splitlines()]


def _decided(one: Filter, given: Terms) -> str:
    """The value that decides; the first that there is a pattern for, where none is given."""
    values = given.get(one.by or "")
    return values[0].split('"')[1] if values else next(iter(one.line))


def _searched(name: str, values: Sequence[str]) -> str:
    """The condition that all words of one of the values occur."""
    found = [
        " && ".join(f'REGEX(?searched, {literal(one)}, "i")' for one in patterns)
        for patterns in (words.patterns(name, value) for value in values)
    ]
    every = found[0] if len(found) == 1 else " || ".join(f"({one})" for one in found)
    return f"FILTER({every})"


def _is_list(pattern: str, variable: str) -> bool:
    """Whether a variable stands for a list wherever it stands: ``IN (?_name)``."""
    read = [token for token in tokens(pattern) if token.kind not in INSIGNIFICANT]
    return all(
        _is_word(read[place - 2], "IN") and read[place - 1].text == "("
        for place, token in enumerate(read)
        if token.text == variable
    )


def _replaced(pattern: str, variable: str, term: str) -> str:
    """The pattern with a term wherever it has a variable."""
    return "".join(term if token.text == variable else token.text for token in tokens(pattern))


def _open(fragments: Fragments) -> Iterator[list[str]]:
    for group, names in _grouped(fragments).items():
        used = [name for name in names if "?searched" not in str(fragments.filters[name].line)]
        if not used:
            continue
        lines = fragments.groups.get(group, "").splitlines()
        for name in used:
            lines += _one_open(fragments.filters[name], name, alone=len(used) == 1)
        absent = " && ".join(f"!BOUND(?_{name})" for name in used)
        blocks = " ".join(_block(name) for name in used)
        yield [
            f"{{ {blocks} FILTER({absent}) }}",
            "UNION {",
            *(f"  {line}" for line in lines),
            "}",
        ]


def _one_open(one: Filter, name: str, *, alone: bool) -> Iterator[str]:
    """A filter of a group of which another one may be given without it."""
    patterns = [(None, one.line)] if isinstance(one.line, str) else [*one.line.items()]
    word = ""
    if not alone:
        absent = f"FILTER(!BOUND(?_{name}))"
        if one.when_absent is None:
            yield f"{{ {_block(name)} {absent} }}"
        else:
            beside = f"{_block(name)} {_block(one.beside or '')}"
            yield f"{{ {beside} {absent} FILTER(!BOUND(?_{one.beside})) }}"
            yield f"UNION {{ {beside} {absent} FILTER(BOUND(?_{one.beside}))"
            yield from (f"  {line}" for line in one.when_absent.splitlines())
            yield "}"
        word = "UNION "
    for value, pattern in patterns:
        decided = ""
        if value is not None:
            usual = f'STR(COALESCE(?_{one.by}, "{next(iter(one.line))}"))'
            decided = f' {_block(one.by or "")} FILTER({usual} = "{value}")'
        yield f"{word}{{ {_block(name)}{decided} FILTER(BOUND(?_{name}))"
        yield from (f"  {line}" for line in pattern.splitlines())
        yield "}"
        word = "UNION "


def _block(name: str) -> str:
    return f"VALUES ?_{name} {{ UNDEF }}"


def _inserted(text: str, lines: Sequence[str]) -> str:
    """The text with lines at the end of the sub-select that finds the keys."""
    if not lines:
        return text
    end = _end_of_keys(text)
    before, after = text[:end], text[end:]
    begun = before.rfind("\n") + 1
    margin = " " * (len(before) - begun) if not before[begun:].strip() else ""
    body = indent("\n".join(lines), f"{margin}    ")
    return f"{before.rstrip()}\n{body}\n{margin}{after}"


def _declared(text: str, prefixes: Mapping[str, str]) -> str:
    """The text with those prefixes declared that stand in it and are not yet."""
    names = [token.text.partition(":")[0] for token in tokens(text) if token.kind == "name"]
    there = {name for name in names if re.search(rf"(?im)^\s*PREFIX {name}:", text)}
    missing = sorted({name for name in names if name in prefixes} - there)
    if not missing:
        return text
    start = next(token.start for token in tokens(text) if _is_word(token, "PREFIX"))
    return "".join(
        [
            text[:start],
            *(f"PREFIX {name}: <{prefixes[name]}>\n" for name in missing),
            text[start:],
        ]
    )


def _end_of_keys(text: str) -> int:
    """The offset of the brace that ends the first distinct sub-select.

    Raises ValueError if there is none.

    >>> _end_of_keys("SELECT ?x { { SELECT DISTINCT ?x { ?x a 1 } } }")
    42
    """
    read = [token for token in tokens(text) if token.kind not in INSIGNIFICANT]
    for index, token in enumerate(read):
        before = [one.text.upper() for one in read[max(index - 3, 0) : index]]
        if _is_word(token, "DISTINCT") and before[1:] == ["{", "SELECT"] and before[0] != "WHERE":
            depth = 0
            for later in read[index:]:
                depth += (later.text == "{") - (later.text == "}")
                if later.text == "}" and depth == 0:
                    return later.start
    raise ValueError("the query has no { SELECT DISTINCT … } to which filters could be added")


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
