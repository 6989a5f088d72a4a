"""Compose the text of a canned query: RDF terms in their places, and only the parts needed.

A place is a data block whose variables begin with an underscore: ``VALUES ?_country { UNDEF }`` or
``VALUES (?_text_group ?_text_word) { (UNDEF UNDEF) }``. `place` replaces only what is between its
braces, token by token. `asked` leaves out what changes nothing, since its parameters are not given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from meagraph.core.lexer import INSIGNIFICANT, Token, token_at, tokens

Block = tuple[str, ...]
"""The variables of a data block, without their question marks."""


@dataclass(frozen=True, slots=True)
class Place:
    """A data block that parameters fill, and where it stands in its query."""

    block: Block
    begin: int
    """The offset of its first word, VALUES."""
    start: int
    """The offset behind its opening brace."""
    end: int
    """The offset of its closing brace."""


def places(text: str) -> set[Block]:
    """The data blocks of a query that parameters fill.

    >>> sorted(places("SELECT ?x { VALUES ?_a { UNDEF } VALUES ?x { 1 } }"))
    [('_a',)]
    """
    return {place.block for place in data_blocks(text)}


def place(text: str, blocks: Mapping[Block, Sequence[str]]) -> str:
    """The text with the given rows (of finished SPARQL terms) in its data blocks.

    Blocks that are not given stay as they are.

    >>> place("ASK { VALUES ?_a { UNDEF } }", {("_a",): ["1", "2"]})
    'ASK { VALUES ?_a { 1 2 } }'
    """
    pieces = []
    done = 0
    for one in data_blocks(text):
        if one.block in blocks:
            pieces += [text[done : one.start], f" {' '.join(blocks[one.block])} "]
            done = one.end
    return "".join([*pieces, text[done:]])


def parts(text: str) -> Iterator[tuple[Block | None, str]]:
    """The text cut into its data blocks, each as a whole, and what stands between them (None).

    >>> list(parts("ASK { VALUES ?_a { UNDEF } }"))
    [(None, 'ASK { '), (('_a',), 'VALUES ?_a { UNDEF }'), (None, ' }')]
    """
    done = 0
    for one in data_blocks(text):
        yield None, text[done : one.begin]
        done = one.end + 1
        yield one.block, text[one.begin : done]
    yield None, text[done:]


def literal(value: str) -> str:
    r"""A SPARQL string literal that reads back as exactly this text.

    The five characters that the grammar gives a meaning are escaped
    (https://www.w3.org/TR/sparql11-query/#grammarEscapes).

    >>> print(literal('say "so"\\' + "\n"))
    "say \"so\"\\\n"
    """
    return f'"{value.translate(_ESCAPES)}"'


_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"},
)


@lru_cache(maxsize=128)
def data_blocks(text: str) -> tuple[Place, ...]:
    """The data blocks of a query in order.

    Remembered, since there are few queries and each is filled again and again.
    """
    return tuple(_read(text))


def _read(text: str) -> Iterator[Place]:
    read = [token for token in tokens(text) if token.kind not in INSIGNIFICANT]
    for index, token in enumerate(read):
        if token.kind == "word" and token.text.upper() == "VALUES":
            block, opening = _variables(read, index + 1)
            if block and all(name.startswith("_") for name in block):
                closing = next(t for t in read[opening:] if t.text == "}")
                yield Place(block, token.start, read[opening].end, closing.start)


def _variables(read: list[Token], index: int) -> tuple[Block, int]:
    """The variables of the data block at an index, and the index of its opening brace."""
    names = []
    while index < len(read) and read[index].text != "{":
        if read[index].kind == "variable":
            names.append(read[index].text[1:])
        index += 1
    closes = any(token.text == "}" for token in read[index:])
    return (tuple(names) if closes else ()), index


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


def asked(text: str, blocks: Collection[Block], given: Collection[str]) -> str:
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
    text: str, blocks: frozenset[Block], given: frozenset[str]
) -> list[tuple[int, int]]:
    """Where what is left out begins and ends; what is within another comes behind it."""
    groups = {one.start: one for one in conditions(text) if not one.holds(given)}
    said = [(one.begin, one.said) for one in conditions(text) if one.holds(given)]
    empty = [(one.begin, one.end + 1) for one in data_blocks(text) if one.block not in blocks]
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
