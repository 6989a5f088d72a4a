"""Split SPARQL into tokens.

It has three uses: inserting parameters into canned queries (`queries/composition.py`), refusing
updates and federated queries (`refuse_updates_and_services`), and explaining syntax errors with
line, column, the line itself and the likely cause (`syntax_error`).

Tokens follow the SPARQL 1.1 grammar (https://www.w3.org/TR/sparql11-query/#sparqlGrammar), with a
wider definition of letters: text outside the grammar is left to the engine's parser. A prefix ends
after 200 characters, which limits backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from meagraph.core import names
from meagraph.core.errors import QueryRefused, QuerySyntaxError
from meagraph.core.quoting import shortened

_ESCAPE = (
    r"""\\(?:[tbnrf"'\\]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})"""
)
_LOCAL = r"(?:[\w:\-.\u00B7\u0300-\u036F\u203F\u2040%]|\\.)*"

_TOKEN = re.compile(
    rf"""
      (?P<space>   [\x20\t\r\n]+ )
    | (?P<comment> \#[^\r\n]* )
    | (?P<iri>     <(?:[^\x00-\x20<>"{{}}|^`\\]|\\u[0-9a-fA-F]{{4}}|\\U[0-9a-fA-F]{{8}})*+> )
    | (?P<string>  \"\"\"(?:\"{{0,2}}(?:[^"\\]|{_ESCAPE}))*+\"\"\"
                 | '''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*+'''
                 | "(?:[^"\\\r\n]|{_ESCAPE})*+"
                 | '(?:[^'\\\r\n]|{_ESCAPE})*+' )
    | (?P<variable>[?$][\w\u00B7\u0300-\u036F\u203F\u2040]+ )
    | (?P<language>@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*+ )
    | (?P<name>    (?:[^\W\d_][\w\-.\u00B7]{{0,200}}+)?+:{_LOCAL} | _:{_LOCAL} )
    | (?P<number>  (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<word>    \w+ )
    | (?P<mark>    . )
    """,
    re.VERBOSE | re.DOTALL,
)

INSIGNIFICANT = frozenset({"space", "comment"})
"""Kinds of tokens that the grammar allows between any two other tokens."""

_UPDATES = frozenset(
    ["INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"]
)
_CHANGING = ("NOW", "RAND", "UUID", "BNODE")
"""Functions whose value changes between two calls (UUID includes STRUUID)."""
_VOLATILE = re.compile(rf"(?:{'|'.join(_CHANGING)})\s*[(#]")
"""A call of one: white space and comments may follow its name."""

_PROLOGUE = frozenset(["BASE", "PREFIX", "VERSION"])


class Token(NamedTuple):
    """A token of a query: its kind, text and offset (from 0)."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


def token_at(text: str, position: int) -> Token:
    """The token that begins at a position, by the longest match as in the grammar.

    >>> token_at("SELECT ?x", 7)
    Token(kind='variable', text='?x', start=7)
    """
    match = _TOKEN.match(text, position)
    if match is None or match.lastgroup is None:
        raise IndexError(f"the text has no character {position}")
    return Token(match.lastgroup, match.group(), position)


def tokens(text: str) -> Iterator[Token]:
    """All tokens, including white space and comments; joined they give the text.

    >>> [token.text for token in tokens("ASK { ?s <p> 'it''s' }") if token.kind != "space"]
    ['ASK', '{', '?s', '<p>', "'it'", "'s'", '}']
    """
    for match in _TOKEN.finditer(text):  # every character is at least a mark
        yield Token(match.lastgroup or "mark", match[0], match.start())


def significant(text: str) -> list[Token]:
    """The tokens without white space and comments."""
    return [
        Token(match.lastgroup or "mark", match[0], match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup not in INSIGNIFICANT
    ]


def line_and_column(text: str, position: int) -> tuple[int, int]:
    r"""The line and column of an offset, both counted from 1.

    >>> line_and_column("ASK {\n  ?s", 8)
    (2, 3)
    """
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def offset(text: str, line: int, column: int) -> int:
    r"""The offset of a line and column (from 1); the end of the text for places beyond it.

    >>> offset("ASK {\n  ?s", 2, 3)
    8
    """
    lines = text.split("\n")
    return min(sum(len(one) + 1 for one in lines[: line - 1]) + column - 1, len(text))


def refuse_updates_and_services(text: str) -> None:
    """Raise QueryRefused for updates and federated queries (SERVICE).

    >>> refuse_updates_and_services("ASK { ?service ?p 'SERVICE <u>' }")
    >>> refuse_updates_and_services("ASK { SERVICE <https://example.org/sparql> {} }")
    Traceback (most recent call last):
    meagraph.core.errors.QueryRefused: SERVICE (line 1, column 7) is not answered here: a ...
    """
    if verb := _update_verb(text):
        raise QueryRefused(
            f"{verb.text.upper()} is an update; this graph is read-only. "
            "Send a SELECT, ASK, CONSTRUCT or DESCRIBE query."
        )
    for position in _possible_services(text):
        line, column = line_and_column(text, position)
        raise QueryRefused(
            f"SERVICE (line {line}, column {column}) is not answered here: "
            "a query reads this graph only. Query the other service yourself and join the results."
        )


def refuse_deep_nesting(text: str, most: int = 200) -> None:
    """Raise QueryRefused if brackets are nested deeper than `most`.

    Recursive parsers would overflow their stack.

    >>> refuse_deep_nesting("SELECT * { { ?s ?p (1 2) } }")
    """
    if sum(text.count(bracket) for bracket in "([{") <= most:
        return
    depth = 0
    for token in tokens(text):
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth > most:
            line, column = line_and_column(text, token.start)
            raise QueryRefused(
                f"Brackets are nested more than {most} deep at line {line}, column {column}."
            )


def refuse_unsafe(text: str) -> None:
    """Raise QueryRefused for updates, federated queries and deep nesting."""
    refuse_updates_and_services(text)
    refuse_deep_nesting(text)


def is_volatile(text: str) -> bool:
    """Whether a query may use the time or random values, so that its result must not be cached.

    True if the name of such a function precedes a bracket, even in a string: a result that is not
    cached costs little.

    >>> is_volatile("SELECT (now () AS ?time) {}"), is_volatile("ASK { ?s foaf:knows ?o }")
    (True, False)
    """
    upper = text.upper()
    return any(name in upper for name in _CHANGING) and _VOLATILE.search(upper) is not None


def _update_verb(text: str) -> Token | None:
    """The first word after the prologue if it is the keyword of an update, else None."""
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() not in _PROLOGUE:
            return token if token.text.upper() in _UPDATES else None
    return None


def _possible_services(text: str) -> Iterator[int]:
    """Offsets at which an engine might read the keyword SERVICE.

    Engines accept more than the grammar: Oxigraph needs no space between words (`1SERVICE<u>`) and
    reads `<` as less-than where the grammar's longest match gives an IRI, so that in
    ``?x<'>')SERVICE<u>{}#'`` it finds a call where the grammar has a string. Therefore both
    readings of every `<` are followed. Each position is read once, so the time is linear.
    """
    if "service" not in text.lower():
        return
    reachable = bytearray(len(text) + 1)
    reachable[0] = 1
    for position in range(len(text)):
        if not reachable[position]:
            continue
        token = token_at(text, position)
        if (found := _service_in(token)) is not None:
            yield position + found
        reachable[token.end] = 1
        if token.kind == "iri" and not _is_certainly_an_iri(token):
            reachable[position + 1] = 1


def _service_in(token: Token) -> int | None:
    """The position in a token at which an engine may read the keyword, or None."""
    if token.kind in ("string", "iri", "comment", "variable"):
        return None
    readable = token.text.lower()
    if token.kind == "name":
        prefix, _, local = readable.partition(":")
        # An engine may end a name at a period: `ex:a.SERVICE`.
        hidden = re.match(r"[^.]*", local)
        assert hidden is not None  # noqa: S101 - it also matches the empty text
        readable = f"{prefix}:{' ' * hidden.end()}{local[hidden.end() :]}"
    found = readable.find("service")
    return found if found >= 0 else None


def _is_certainly_an_iri(token: Token) -> bool:
    """Whether the token cannot begin an expression: none contains `://`."""
    return re.match(r"<[A-Za-z][A-Za-z0-9+.-]*://", token.text) is not None


def syntax_error(text: str, message: str) -> QuerySyntaxError:
    """The error for a query with a syntax error, from the engine's message.

    >>> syntax_error("ASK { ?s ex:p ?o }", "error at 1:13: expected OPTIONAL").args[0]
    'Line 1, column 10: the prefix ex: is not declared. Add: PREFIX ex: <…>\\n  ASK { ?s ex:p ?o }'
    """
    if undeclared := _undeclared_prefix(text):
        return undeclared
    place = re.match(r"error at (\d+):(\d+): ", message)
    if place is None:
        return QuerySyntaxError(shortened(message))
    line, column = int(place[1]), int(place[2])
    return _error_at(text, line, column, shortened(" ".join(message[place.end() :].split())))


def _undeclared_prefix(text: str) -> QuerySyntaxError | None:
    """The first use of a prefix that no PREFIX declares."""
    declared = {"_"}
    read = significant(text)
    for before, token in zip([None, *read], read, strict=False):
        if token.kind != "name":
            continue
        prefix = token.text.partition(":")[0]
        if before is not None and before.text.upper() == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            line, column = line_and_column(text, token.start)
            meant = names.PREFIXES.get(prefix, "…")
            shown = shortened(prefix)
            detail = f"the prefix {shown}: is not declared. Add: PREFIX {shown}: <{meant}>"
            return _error_at(text, line, column, detail)
    return None


def _error_at(text: str, line: int, column: int, detail: str) -> QuerySyntaxError:
    lines = text.split("\n")
    shown = lines[line - 1].rstrip() if line <= len(lines) else ""
    return QuerySyntaxError(
        f"Line {line}, column {column}: {detail}\n  {shortened(shown)}", line, column
    )
