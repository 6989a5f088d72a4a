"""Filters of ready-made queries as fragments of SPARQL, and the queries composed from them.

The first ``SELECT DISTINCT`` in braces finds the keys of a query, e.g. the measures to show. A
filter adds a line to its end; only filters that a request gives are added, so that the text is
short. The value of a filter replaces the variable ``?_name`` in its line. Several values become a
data block.

Filters of the same thing, e.g. of one link between a measure and a country, form a group, whose
head introduces that thing once.

Any of several values will do. With ``match=all`` each must be met: the group is there once more for
each value, with variables of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meagraph.core.lexer import INSIGNIFICANT, Token, tokens
from meagraph.core.queries import keys as key_queries

MATCH = "match"
"""The parameter that says whether any or all values of a filter must be met."""
ALL = '"all"'

Terms = Mapping[str, Sequence[str]]
"""The values of each filter that is given, as SPARQL terms; of words, as they were sent."""


class Filter(BaseModel):
    """The fragment of one filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str | dict[str, str]
    """The pattern. Where the value of another parameter decides which, the patterns by its value.

    ``{ ?_name }`` stands for a list in a data block, ``IN (?_name)`` for one in a condition."""
    by: str | None = None
    """The parameter whose value decides which pattern holds; the first one where it has none."""
    group: str | None = None
    """The group to which it belongs, if to any."""
    when_absent: str | None = None
    """A pattern that holds where this filter is not given, but the one named by `beside` is."""
    beside: str | None = None
    each: bool = False
    """Whether a thing may have several of its values, so that ``match=all`` asks for each."""

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
    of: str = ""
    """The variable of the things that are filtered, which filters with `each` need."""
    groups: dict[str, str] = Field(default_factory=dict)
    """The head of each group: a pattern that holds once for all its filters."""
    filters: dict[str, Filter] = Field(default_factory=dict)
    """The filters, by the names of their parameters."""

    @model_validator(mode="after")
    def _groups_are_there(self) -> Self:
        for name, one in self.filters.items():
            if one.group is not None and one.group not in self.groups:
                raise ValueError(f"{name} is of the group {one.group}, which has no head")
            if one.each and not self.of:
                raise ValueError(f"{name} has the key each, which needs the key of for all filters")
        return self

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that stand in fragments."""
        deciding = {one.by for one in self.filters.values() if one.by is not None}
        of_all = {MATCH for one in self.filters.values() if one.each}
        return frozenset(self.filters) | deciding | of_all


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
    lines = [line for part in _bound(text, fragments, given) for line in part]
    return _with_prefixes(_inserted(text, lines), lines, fragments.prefixes)


def opened(text: str, fragments: Fragments) -> str:
    """The query with every filter but words, and a data block for each value that may be given."""
    groups = [
        (group, names)
        for group, names in _grouped(fragments).items()
        if not all(_is_found(fragments.filters[name], name) for name in names)
    ]
    if not groups:
        return text
    keys = key_queries.find(text)
    lines = [
        line
        for group, names in groups
        for line in (
            f"{{ SELECT DISTINCT {' '.join(keys.variables)} WHERE {{",
            *(f"  {line}" for line in _open(fragments, group, names, keys.pattern)),
            "} }",
        )
    ]
    return _with_prefixes(_inserted(text, lines), lines, fragments.prefixes)


def _grouped(fragments: Fragments) -> dict[str, list[str]]:
    """The names of the filters by group; one without a group is its own."""
    found: dict[str, list[str]] = {}
    for name, one in fragments.filters.items():
        found.setdefault(one.group or f"?{name}", []).append(name)
    return found


def _bound(text: str, fragments: Fragments, given: Terms) -> Iterator[list[str]]:
    for group, names in _grouped(fragments).items():
        lines = _group(fragments, group, names, given)
        repeated = _repeated(fragments, names, given)
        if not repeated or _shown(text, lines):
            yield lines
        for number, (name, value) in enumerate(repeated, 1):
            one = _group(fragments, group, names, {**given, name: [value]})
            yield [_numbered(line, number, but=f"?{fragments.of}") for line in one]


def _group(fragments: Fragments, group: str, names: Sequence[str], given: Terms) -> list[str]:
    """The lines of a group; none if none of its filters plays a part."""
    lines = [line for name in names for line in _lines(fragments.filters[name], name, given)]
    return [*fragments.groups.get(group, "").splitlines(), *lines] if lines else []


def _repeated(fragments: Fragments, names: Sequence[str], given: Terms) -> list[tuple[str, str]]:
    """The values of which each must be met, with their filters."""
    if list(given.get(MATCH, ())) != [ALL]:
        return []
    several = [
        name for name in names if fragments.filters[name].each and len(given.get(name, ())) > 1
    ]
    return [(name, value) for name in several for value in given[name]]


def _shown(text: str, lines: Sequence[str]) -> bool:
    """Whether one of the keys, but for the thing that is filtered, comes from these lines."""
    others = set(key_queries.find(text).variables[1:])
    return any(token.text in others for line in lines for token in tokens(line))


def _numbered(line: str, number: int, *, but: str) -> str:
    """The line with a number at the end of its variables; those of values get another name too."""
    return "".join(
        f"{token.text.replace('?_', '?chosen_')}_{number}"
        if token.kind == "variable" and token.text != but
        else token.text
        for token in tokens(line)
    )


def _lines(one: Filter, name: str, given: Terms) -> list[str]:
    """The lines of a filter; none where it plays no part."""
    values = given.get(name, ())
    if not values:
        absent = one.when_absent is not None and bool(given.get(one.beside or ""))
        return (one.when_absent or "").splitlines() if absent else []
    pattern = one.line if isinstance(one.line, str) else one.line[_decided(one, given)]
    if _block(name) in pattern:
        block = f"VALUES ?_{name} {{ {' '.join(values)} }}"
        return [line.replace(_block(name), block) for line in pattern.splitlines()]
    if (listed := f"{{ ?_{name} }}") in pattern:
        before, _, after = pattern.partition(listed)
        found = [f"  {line}" for value in values for line in value.split("\n")]
        return [*f"{before}{{".splitlines(), *found, *f"}}{after}".splitlines()]
    if len(values) == 1 or _is_list(pattern, f"?_{name}"):
        # Lines are told apart before there are values in them, which hold any characters.
        terms = ", ".join(values)
        return [_replaced(line, f"?_{name}", terms) for line in pattern.splitlines()]
    return [f"VALUES ?_{name} {{ {' '.join(values)} }}", *pattern.splitlines()]


def _decided(one: Filter, given: Terms) -> str:
    """The value that decides; the first that there is a pattern for, where none is given."""
    values = given.get(one.by or "")
    return values[0].split('"')[1] if values else next(iter(one.line))


def _is_found(one: Filter, name: str) -> bool:
    """Whether its values stand for the things themselves, as those of words do."""
    return f"{{ ?_{name} }}" in str(one.line)


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


def _open(
    fragments: Fragments, group: str, names: Sequence[str], keys: Sequence[str]
) -> Iterator[str]:
    """A group of filters, all of which may be absent, with the pattern of the keys."""
    used = [name for name in names if not _is_found(fragments.filters[name], name)]
    if not used:
        return
    absent = " && ".join(f"!BOUND(?_{name})" for name in used)
    yield f"{{ {{ {' '.join(map(_block, used))} FILTER({absent}) }}"
    yield from (f"  {line}" for line in keys)
    yield "} UNION {"
    yield from (f"  {line}" for line in keys)
    yield from (f"  {line}" for line in fragments.groups.get(group, "").splitlines())
    for name in used:
        one = fragments.filters[name]
        yield from (f"  {line}" for line in _one_open(one, name, alone=len(used) == 1))
    yield "}"


def _one_open(one: Filter, name: str, *, alone: bool) -> Iterator[str]:
    """A filter that may be absent, unless it is alone.

    Each condition stands in a group of its own: a pattern beside it would bind the variable.
    """
    patterns = [(None, one.line)] if isinstance(one.line, str) else [*one.line.items()]
    word = ""
    if not alone:
        absent = f"FILTER(!BOUND(?_{name}))"
        if one.when_absent is None:
            yield f"{{ {_block(name)} {absent} }}"
        else:
            both = f"{_block(name)} {_block(one.beside or '')} {absent}"
            yield f"{{ {both} FILTER(!BOUND(?_{one.beside})) }}"
            yield f"UNION {{ {{ {both} FILTER(BOUND(?_{one.beside})) }}"
            yield from (f"  {line}" for line in one.when_absent.splitlines())
            yield "}"
        word = "UNION "
    for value, pattern in patterns:
        condition = f"{_block(name)} FILTER(BOUND(?_{name}))"
        if value is not None:
            usual = f'STR(COALESCE(?_{one.by}, "{next(iter(one.line))}"))'
            condition += f' {_block(one.by or "")} FILTER({usual} = "{value}")'
        if alone and value is None:  # a condition on keys must stand beside their pattern
            yield f"{{ {condition} }}"
            yield from pattern.splitlines()
            return
        yield f"{word}{{ {{ {condition} }}"
        yield from (f"  {line}" for line in pattern.splitlines())
        yield "}"
        word = "UNION "


def _block(name: str) -> str:
    return f"VALUES ?_{name} {{ UNDEF }}"


def _inserted(text: str, lines: Sequence[str]) -> str:
    """The text with lines at the end of the sub-select that finds the keys."""
    if not lines:
        return text
    end = key_queries.find(text).end
    before, after = text[:end], text[end:]
    begun = before.rfind("\n") + 1
    margin = " " * (len(before) - begun) if not before[begun:].strip() else ""
    body = "\n".join(f"{margin}    {line}" for line in lines)
    pattern = before.rstrip()
    if not pattern.endswith((".", "}", ")")):  # a triple pattern, which would go on
        pattern += " ."
    return f"{pattern}\n{body}\n{margin}{after}"


def _with_prefixes(text: str, lines: Sequence[str], prefixes: Mapping[str, str]) -> str:
    """The text with those prefixes declared that stand in its new lines only."""
    added = "\n".join(lines)
    wanting = {name for name in prefixes if f"{name}:" in added and f"PREFIX {name}:" not in text}
    if not wanting:  # as nearly always, which saves reading every token
        return text
    names = {token.text.partition(":")[0] for token in tokens(added)}
    missing = {f"PREFIX {name}: <{prefixes[name]}>\n" for name in wanting & names}
    if not missing:
        return text
    start = text.index("PREFIX ")
    return "".join([text[:start], *sorted(missing), text[start:]])


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
