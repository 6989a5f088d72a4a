"""Insert RDF terms into the data blocks of a canned query.

Parameters fill the data blocks whose variables begin with an underscore: ``VALUES ?_country {
UNDEF }`` or ``VALUES (?_text_group ?_text_word) { (UNDEF UNDEF) }``. Only the tokens between the
braces are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from meagraph.core.lexer import INSIGNIFICANT, Token, tokens

Block = tuple[str, ...]
"""The variables of a data block, without their question marks."""


@dataclass(frozen=True, slots=True)
class DataBlock:
    """A data block that parameters fill, and its position in the query."""

    block: Block
    begin: int
    """The offset of its keyword VALUES."""
    start: int
    """The offset after its opening brace."""
    end: int
    """The offset of its closing brace."""


def parameter_blocks(text: str) -> set[Block]:
    """The data blocks of a query that parameters fill.

    >>> sorted(parameter_blocks("SELECT ?x { VALUES ?_a { UNDEF } VALUES ?x { 1 } }"))
    [('_a',)]
    """
    return {found.block for found in data_blocks(text)}


def fill(text: str, blocks: Mapping[Block, Sequence[str]], *, keep: bool = True) -> str:
    """Insert rows of serialised SPARQL terms into data blocks of a query.

    Other blocks stay as they are. If `keep` is false they are removed: a block of UNDEF joins with
    everything, so it has no effect.

    >>> fill("ASK { VALUES ?_a { UNDEF } }", {("_a",): ["1", "2"]})
    'ASK { VALUES ?_a { 1 2 } }'
    >>> fill("ASK { ?s ?_b ?o VALUES ?_b { UNDEF } }", {}, keep=False)
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


def split(text: str) -> Iterator[tuple[Block | None, str]]:
    """Split a query into its data blocks and the text between them (with None as the block).

    >>> list(split("ASK { VALUES ?_a { UNDEF } }"))
    [(None, 'ASK { '), (('_a',), 'VALUES ?_a { UNDEF }'), (None, ' }')]
    """
    done = 0
    for one in data_blocks(text):
        yield None, text[done : one.begin]
        done = one.end + 1
        yield one.block, text[one.begin : done]
    yield None, text[done:]


def literal(value: str) -> str:
    r"""Serialise a text as a SPARQL string literal.

    The five characters with a meaning in the grammar are escaped
    (https://www.w3.org/TR/sparql11-query/#grammarEscapes).

    >>> print(literal('say "so"\\' + "\n"))
    "say \"so\"\\\n"
    """
    return f'"{value.translate(_ESCAPES)}"'


_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"},
)


@lru_cache(maxsize=128)
def data_blocks(text: str) -> tuple[DataBlock, ...]:
    """The data blocks of a query in order; cached, since few queries are filled many times."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[DataBlock]:
    read = [token for token in tokens(text) if token.kind not in INSIGNIFICANT]
    for index, token in enumerate(read):
        if token.kind == "word" and token.text.upper() == "VALUES":
            block, opening = _variables(read, index + 1)
            if block and all(name.startswith("_") for name in block):
                closing = next(t for t in read[opening:] if t.text == "}")
                yield DataBlock(block, token.start, read[opening].end, closing.start)


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
    """Widen a range to whole lines if nothing else is on them."""
    start = text.rfind("\n", 0, begin) + 1
    stop = text.find("\n", end) + 1
    if stop and not text[start:begin].strip() and not text[end:stop].strip():
        return start, stop
    return begin, end
