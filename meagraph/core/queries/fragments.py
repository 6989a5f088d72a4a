"""Compose canned queries from SPARQL fragments, one for each filter.

The first ``SELECT DISTINCT`` in braces finds the keys of a query, e.g. the measures to show. Each
filter of a request adds a pattern to the end of that sub-select; other filters add nothing, which
keeps the query short. The value of a filter replaces the variable ``?_name`` in its pattern.
Several values become a data block.

Filters on the same thing, e.g. on one link between a measure and a country, form a group, whose
head binds that thing once.

Several values of a filter are alternatives. With ``match=all`` each must match: the group is
repeated for each value, in a sub-select.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meagraph.core.lexer import INSIGNIFICANT, Token, tokens
from meagraph.core.queries import keys as key_queries

MATCH = "match"
"""The parameter that decides whether any or all values of a filter must match."""
ALL = '"all"'

Terms = Mapping[str, Sequence[str]]
"""The values of each filter of a request, as SPARQL terms; of words, the IRIs that they find."""


class Filter(BaseModel):
    """The fragment of one filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str | dict[str, str]
    """The pattern, or a pattern for each value of the parameter `by`.

    ``{ ?_name }`` is replaced by a list in a data block, ``IN (?_name)`` by one in a condition."""
    by: str | None = None
    """The parameter whose value selects the pattern; by default the first pattern is used."""
    group: str | None = None
    """The group to which it belongs, if any."""
    when_absent: str | None = None
    """The pattern to use if a request lacks this filter but has the one named by `beside`."""
    beside: str | None = None
    each: bool = False
    """Whether a thing may have several of its values, so that ``match=all`` applies."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if isinstance(self.line, dict) != (self.by is not None):
            raise ValueError("a line for each value needs the key by, and the key by needs lines")
        if (self.when_absent is None) != (self.beside is None):
            raise ValueError("when_absent and beside need each other")
        return self


class Fragments(BaseModel):
    """The filters of a query, and the heads of their groups."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefixes: dict[str, str] = Field(default_factory=dict)
    """The prefixes of the patterns, declared in a query that uses them."""
    of: str = ""
    """The variable of the filtered things, needed by filters with `each`."""
    groups: dict[str, str] = Field(default_factory=dict)
    """The head of each group: a pattern added once for all its filters."""
    filters: dict[str, Filter] = Field(default_factory=dict)
    """The filters, by the names of their parameters."""

    @model_validator(mode="after")
    def _groups_are_there(self) -> Self:
        for name, one in self.filters.items():
            if one.group is not None and one.group not in self.groups:
                raise ValueError(f"{name} is in the group {one.group}, which has no head")
            if one.each and not self.of:
                raise ValueError(f"{name} has the key each, so the fragments need the key of")
        return self

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters used in the fragments."""
        deciding = {one.by for one in self.filters.values() if one.by is not None}
        of_all = {MATCH for one in self.filters.values() if one.each}
        return frozenset(self.filters) | deciding | of_all


def compose(text: str, fragments: Fragments, arguments: Terms) -> str:
    """Add the filters of a request to a query.

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
    lines = [line for part in _bound(text, fragments, arguments) for line in part]
    return _with_prefixes(_inserted(text, lines), lines, fragments.prefixes)


def with_all_filters(text: str, fragments: Fragments) -> str:
    """The query with all filters except words, and a data block for each possible value."""
    groups = [
        (group, names)
        for group, names in _grouped(fragments).items()
        if not all(_is_of_words(fragments.filters[name], name) for name in names)
    ]
    if not groups:
        return text
    keys = key_queries.find(text)
    lines = [
        line
        for group, names in groups
        for line in (
            f"{{ SELECT DISTINCT {' '.join(keys.variables)} WHERE {{",
            *(f"  {line}" for line in _optional_group(fragments, group, names, keys.pattern)),
            "} }",
        )
    ]
    return _with_prefixes(_inserted(text, lines), lines, fragments.prefixes)


def _grouped(fragments: Fragments) -> dict[str, list[str]]:
    """The names of the filters by group; a filter without a group is a group of its own."""
    found: dict[str, list[str]] = {}
    for name, one in fragments.filters.items():
        found.setdefault(one.group or f"?{name}", []).append(name)
    return found


def _bound(text: str, fragments: Fragments, arguments: Terms) -> Iterator[list[str]]:
    for group, names in _grouped(fragments).items():
        lines = _group(fragments, group, names, arguments)
        repeated = _repeated(fragments, names, arguments)
        if not repeated or _binds_keys(text, lines):
            yield lines
        for name, value in repeated:
            one = _group(fragments, group, names, {**arguments, name: [value]})
            # Beside each other, OPTIONAL patterns of a group would be joined before its conditions.
            yield [
                f"{{ SELECT DISTINCT ?{fragments.of} WHERE {{",
                *(f"  {_with_one_value(line)}" for line in one),
                "} }",
            ]


def _group(fragments: Fragments, group: str, names: Sequence[str], arguments: Terms) -> list[str]:
    """The lines of a group; none if none of its filters applies."""
    lines = [line for name in names for line in _lines(fragments.filters[name], name, arguments)]
    return [*fragments.groups.get(group, "").splitlines(), *lines] if lines else []


def _repeated(
    fragments: Fragments, names: Sequence[str], arguments: Terms
) -> list[tuple[str, str]]:
    """The values that must all match, with their filters."""
    if list(arguments.get(MATCH, ())) != [ALL]:
        return []
    several = [
        name for name in names if fragments.filters[name].each and len(arguments.get(name, ())) > 1
    ]
    return [(name, value) for name in several for value in arguments[name]]


def _binds_keys(text: str, lines: Sequence[str]) -> bool:
    """Whether these lines bind one of the keys other than the filtered thing."""
    others = set(key_queries.find(text).variables[1:])
    return any(token.text in others for line in lines for token in tokens(line))


def _with_one_value(line: str) -> str:
    """Rename the variables of data blocks, which all values of the request would fill."""
    return "".join(
        token.text.replace("?_", "?chosen_") if token.kind == "variable" else token.text
        for token in tokens(line)
    )


def _lines(one: Filter, name: str, arguments: Terms) -> list[str]:
    """The lines of a filter; none if it does not apply."""
    values = arguments.get(name, ())
    if not values:
        absent = one.when_absent is not None and bool(arguments.get(one.beside or ""))
        return (one.when_absent or "").splitlines() if absent else []
    pattern = one.line if isinstance(one.line, str) else one.line[_selected_value(one, arguments)]
    if _block(name) in pattern:
        block = f"VALUES ?_{name} {{ {' '.join(values)} }}"
        return [line.replace(_block(name), block) for line in pattern.splitlines()]
    if (listed := f"{{ ?_{name} }}") in pattern:
        before, _, after = pattern.partition(listed)
        found = [f"  {line}" for value in values for line in value.split("\n")]
        return [*f"{before}{{".splitlines(), *found, *f"}}{after}".splitlines()]
    if len(values) == 1 or _is_list(pattern, f"?_{name}"):
        # Split into lines before inserting values, which may contain any characters.
        terms = ", ".join(values)
        return [_replaced(line, f"?_{name}", terms) for line in pattern.splitlines()]
    return [f"VALUES ?_{name} {{ {' '.join(values)} }}", *pattern.splitlines()]


def _selected_value(one: Filter, arguments: Terms) -> str:
    """The value that selects the pattern, by default the first one with a pattern."""
    values = arguments.get(one.by or "")
    return values[0].split('"')[1] if values else next(iter(one.line))


def _is_of_words(one: Filter, name: str) -> bool:
    """Whether its values are the IRIs of the things themselves, as those of words are."""
    return f"{{ ?_{name} }}" in str(one.line)


def _is_list(pattern: str, variable: str) -> bool:
    """Whether every use of a variable is as a list: ``IN (?_name)``."""
    read = [token for token in tokens(pattern) if token.kind not in INSIGNIFICANT]
    return all(
        _is_word(read[place - 2], "IN") and read[place - 1].text == "("
        for place, token in enumerate(read)
        if token.text == variable
    )


def _replaced(pattern: str, variable: str, term: str) -> str:
    """Replace a variable in a pattern by a term."""
    return "".join(term if token.text == variable else token.text for token in tokens(pattern))


def _optional_group(
    fragments: Fragments, group: str, names: Sequence[str], keys: Sequence[str]
) -> Iterator[str]:
    """A group of optional filters, with the pattern of the keys."""
    used = [name for name in names if not _is_of_words(fragments.filters[name], name)]
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
        yield from (f"  {line}" for line in _optional_filter(one, name, alone=len(used) == 1))
    yield "}"


def _optional_filter(one: Filter, name: str, *, alone: bool) -> Iterator[str]:
    """An optional filter, or a required one if it is alone in its group.

    Each condition has a group of its own: a pattern beside it would bind the variable.
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
        if alone and value is None:  # a condition on keys belongs beside their pattern
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
    """Insert lines at the end of the sub-select that finds the keys."""
    if not lines:
        return text
    end = key_queries.find(text).end
    before, after = text[:end], text[end:]
    begun = before.rfind("\n") + 1
    margin = " " * (len(before) - begun) if not before[begun:].strip() else ""
    body = "\n".join(f"{margin}    {line}" for line in lines)
    pattern = before.rstrip()
    if not pattern.endswith((".", "}", ")")):  # a triple pattern without its full stop
        pattern += " ."
    return f"{pattern}\n{body}\n{margin}{after}"


def _with_prefixes(text: str, lines: Sequence[str], prefixes: Mapping[str, str]) -> str:
    """Declare the prefixes that only the new lines use."""
    added = "\n".join(lines)
    undeclared = {
        name for name in prefixes if f"{name}:" in added and f"PREFIX {name}:" not in text
    }
    if not undeclared:  # the usual case, in which no token needs to be read
        return text
    names = {token.text.partition(":")[0] for token in tokens(added)}
    missing = {f"PREFIX {name}: <{prefixes[name]}>\n" for name in undeclared & names}
    if not missing:
        return text
    start = text.index("PREFIX ")
    return "".join([text[:start], *sorted(missing), text[start:]])


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
