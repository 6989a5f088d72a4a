"""Leaves out of a query what changes nothing, since its parameters are not given.

A data block without values, ``VALUES ?_country { UNDEF }``, joins with everything, so it is left
out. What else then changes nothing, the file says in a comment before it, of the form ``#:``:

    #: with country
    { SELECT DISTINCT ?measure WHERE { … } }

This group, or ``FILTER (…)``, ``OPTIONAL {…}``, ``UNION {…}`` and the like, changes nothing unless
one of the parameters that are named is given (or has the value that is named: ``by=country``);
``#: without country`` says so of what changes nothing if one of them is. The file means the same as
it stands; an engine reads less, and is not led to what some engines get wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from meagraph.lexer import INSIGNIFICANT, Token, token_at, tokens
from meagraph.queries import binding

_CONDITION = re.compile(r"#: (with|without)((?: \w+(?:=[\w-]+)?)+)\s*")
_OPENING = {"{": "}", "(": ")"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a comment says of the group behind it."""

    names: tuple[str, ...]
    """The parameters that it names, some with a value: ``by``, ``by=country``."""
    given: bool
    """Whether the group counts with one of them, or without all."""
    begin: int
    """The offset of the comment."""
    said: int
    """The offset behind the comment."""
    start: int
    """The offset of what is behind the comment: the group, or a word before it."""
    end: int
    """The offset behind the group."""

    def holds(self, given: Collection[str]) -> bool:
        """Whether the group counts where these parameters are given."""
        return any(name in given for name in self.names) == self.given


@lru_cache(maxsize=128)
def conditions(text: str) -> tuple[Condition, ...]:
    """All conditions of a query, in order. Raises ValueError where one is not understood.

    >>> [found] = conditions("SELECT ?x { #: with a\\n { VALUES ?_a { UNDEF } } }")
    >>> found.names, found.given
    (('a',), True)
    """
    return tuple(_found(text))


def asked(text: str, blocks: Collection[binding.Block], given: Collection[str]) -> str:
    """The query without what changes nothing where these data blocks and parameters are given.

    >>> text = "SELECT ?x { ?x a ?y VALUES ?_a { UNDEF } #: with a\\n FILTER(?y = ?_a) }"
    >>> asked(text, (), ()).split()
    ['SELECT', '?x', '{', '?x', 'a', '?y', '}']
    """
    named = {name for condition in conditions(text) for name in condition.names}
    pieces, done = [], 0
    for begin, end in _parts_left_out(
        text, frozenset(blocks), frozenset(named.intersection(given))
    ):
        if begin >= done:
            pieces.append(text[done:begin])
            done = end
    return "".join([*pieces, text[done:]])


@lru_cache(maxsize=512)
def _parts_left_out(
    text: str, blocks: frozenset[binding.Block], given: frozenset[str]
) -> list[tuple[int, int]]:
    """Where what is left out begins and ends; what is within another comes behind it."""
    groups = {one.start: one for one in conditions(text) if not one.holds(given)}
    said = [(one.begin, one.said) for one in conditions(text) if one.holds(given)]
    empty = [(one.begin, one.end + 1) for one in binding.found(text) if one.block not in blocks]
    found = [
        *((one.begin, one.end) for one in groups.values()),
        *(union for one in groups.values() for union in _freed(text, one, groups)),
        *empty,
        *said,
    ]
    widened = [_whole_lines(text, begin, end) for begin, end in found]
    return sorted(widened, key=lambda it: (it[0], -it[1]))


def _freed(
    text: str, first: Condition, left_out: Mapping[int, Condition]
) -> Iterator[tuple[int, int]]:
    """The word UNION that joins nothing any more, where the first group of a union is left out."""
    if _next(text, first.start).text.upper() == "UNION":
        return
    after = _next(text, first.end)
    while after.text.upper() == "UNION":
        if after.start not in left_out:
            yield after.start, after.end
            return
        after = _next(text, left_out[after.start].end)


def _next(text: str, position: int) -> Token:
    """The next token that counts."""
    token = token_at(text, position)
    while token.kind in INSIGNIFICANT:
        token = token_at(text, token.end)
    return token


def _whole_lines(text: str, begin: int, end: int) -> tuple[int, int]:
    """The range, widened to whole lines where nothing else stands on them."""
    start = text.rfind("\n", 0, begin) + 1
    stop = text.find("\n", end) + 1
    if stop and not text[start:begin].strip() and not text[end:stop].strip():
        return start, stop
    return begin, end


def _found(text: str) -> Iterator[Condition]:
    read = [token for token in tokens(text) if token.kind != "space"]
    for index, token in enumerate(read):
        if token.kind == "comment" and token.text.startswith("#:"):
            said = _CONDITION.fullmatch(token.text)
            if said is None:
                raise ValueError(f"{token.text!r} must be `#: with NAME…` or `#: without NAME…`")
            group = [later for later in read[index:] if later.kind not in INSIGNIFICANT]
            yield Condition(
                names=tuple(said[2].split()),
                given=said[1] == "with",
                begin=token.start,
                said=token.end,
                start=group[0].start if group else token.end,
                end=_end(group, token),
            )


def _end(read: list[Token], comment: Token) -> int:
    """The offset behind the group that the tokens begin with."""
    opened: list[str] = []
    for token in read:
        if token.kind == "mark" and token.text in _OPENING:
            opened.append(_OPENING[token.text])
        elif opened and token.text == opened[-1]:
            opened.pop()
            if not opened:
                return token.end
        elif token.text == "}":
            break
    raise ValueError(f"behind {comment.text!r} stands no group")
