"""Compose the text of a canned query: RDF terms in their places.

A place is a data block whose variables begin with an underscore: ``VALUES ?_country { UNDEF }`` or
``VALUES (?_text_group ?_text_word) { (UNDEF UNDEF) }``. Only what is between its braces is
replaced, token by token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from meagraph.core.lexer import INSIGNIFICANT, Token, tokens

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


def place(text: str, blocks: Mapping[Block, Sequence[str]], *, keep: bool = True) -> str:
    """The text with the given rows (of finished SPARQL terms) in its data blocks.

    Blocks that are not given stay as they are. With `keep` false they are left out: a block of
    UNDEF joins with everything, so that it changes nothing.

    >>> place("ASK { VALUES ?_a { UNDEF } }", {("_a",): ["1", "2"]})
    'ASK { VALUES ?_a { 1 2 } }'
    >>> place("ASK { ?s ?_b ?o VALUES ?_b { UNDEF } }", {}, keep=False)
    'ASK { ?s ?_b ?o  }'
    """
    pieces = []
    done = 0
    for one in data_blocks(text):
        if one.block in blocks:
            pieces += [text[done : one.start], f" {' '.join(blocks[one.block])} "]
            done = one.end
        elif not keep:
            begin, end = _whole_lines(text, one.begin, one.end + 1)
            pieces.append(text[done:begin])
            done = end
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


def _whole_lines(text: str, begin: int, end: int) -> tuple[int, int]:
    """The range, widened to whole lines if nothing else is on them."""
    start = text.rfind("\n", 0, begin) + 1
    stop = text.find("\n", end) + 1
    if stop and not text[start:begin].strip() and not text[end:stop].strip():
        return start, stop
    return begin, end
