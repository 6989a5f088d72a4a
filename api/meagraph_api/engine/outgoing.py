"""What is sent to an engine that is not ours: the words of a query, put together anew.

An engine may do more than SPARQL asks for: call other servers, run functions of its database, obey
its own words. What it would do is for its parser to say, which is not ours; so nothing is sent that
two parsers could read in two ways. A query is taken apart into tokens, and every token is written
anew: strings in one form, codepoint escapes resolved, comments and white space as blanks (so that
the engine's line and column are those of the caller). Words that SPARQL 1.1 does not have, and
prefixes and schemes that lead beyond it, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from meagraph.errors import QueryRefused, QuerySyntaxError
from meagraph.lexer import (
    Token,
    line_and_column,
    refuse_deep_nesting,
    refuse_what_leaves_the_graph,
    tokens,
)
from meagraph.queries.binding import literal

WORDS = frozenset(
    [
        "BASE",
        "PREFIX",
        "SELECT",
        "DISTINCT",
        "REDUCED",
        "AS",
        "CONSTRUCT",
        "WHERE",
        "DESCRIBE",
        "ASK",
        "FROM",
        "NAMED",
        "GROUP",
        "BY",
        "HAVING",
        "ORDER",
        "ASC",
        "DESC",
        "LIMIT",
        "OFFSET",
        "VALUES",
        "OPTIONAL",
        "GRAPH",
        "BIND",
        "UNDEF",
        "MINUS",
        "UNION",
        "FILTER",
        "IN",
        "NOT",
        "EXISTS",
        "A",
        "TRUE",
        "FALSE",
        "COUNT",
        "SUM",
        "MIN",
        "MAX",
        "AVG",
        "SAMPLE",
        "GROUP_CONCAT",
        "SEPARATOR",
        "STR",
        "LANG",
        "LANGMATCHES",
        "DATATYPE",
        "BOUND",
        "IRI",
        "URI",
        "BNODE",
        "RAND",
        "ABS",
        "CEIL",
        "FLOOR",
        "ROUND",
        "CONCAT",
        "STRLEN",
        "UCASE",
        "LCASE",
        "ENCODE_FOR_URI",
        "CONTAINS",
        "STRSTARTS",
        "STRENDS",
        "STRBEFORE",
        "STRAFTER",
        "YEAR",
        "MONTH",
        "DAY",
        "HOURS",
        "MINUTES",
        "SECONDS",
        "TIMEZONE",
        "TZ",
        "NOW",
        "UUID",
        "STRUUID",
        "MD5",
        "SHA1",
        "SHA256",
        "SHA384",
        "SHA512",
        "COALESCE",
        "IF",
        "STRLANG",
        "STRDT",
        "SAMETERM",
        "ISIRI",
        "ISURI",
        "ISBLANK",
        "ISLITERAL",
        "ISNUMERIC",
        "REGEX",
        "SUBSTR",
        "REPLACE",
    ]
)
"""The words of SPARQL 1.1 queries but SERVICE (https://www.w3.org/TR/sparql11-query/#grammar)."""

FORMS = frozenset(["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"])
"""What a query begins with, behind its prologue."""

_PROLOGUE = frozenset(["BASE", "PREFIX"])
_CODEPOINT = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
"""What no IRI holds (https://www.w3.org/TR/sparql11-query/#rIRIREF)."""
_CERTAIN_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
"""How a token begins that cannot be read as less-than."""


def outgoing(text: str, schemes: Iterable[str]) -> str:
    r"""The text to be sent instead of a caller's query.

    Raises QueryRefused, QuerySyntaxError.

    >>> outgoing("ASK { ?s <p> '''it\\u0027s \"x\"''' } # that is all", ())
    'ASK { ?s <p> "it\'s \\"x\\"" }                '
    >>> outgoing("SELECT (bif:pwd() AS ?x) {}", ("bif",))
    Traceback (most recent call last):
    meagraph.errors.QueryRefused: bif:pwd (line 1, column 9) is not answered here: it is ...
    """
    refuse_what_leaves_the_graph(text)
    refuse_deep_nesting(text)
    beyond = _beyond(schemes)
    sent = "".join(_written(text, token, beyond) for token in tokens(text))
    # What the words say together is looked at once more, as it will be read.
    refuse_what_leaves_the_graph(sent)
    return sent


def form_of(text: str) -> str:
    """Which form of query a text is: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises QuerySyntaxError where it is none.

    >>> form_of("PREFIX ask: <ask> base <x> construct {} {}")
    'CONSTRUCT'
    """
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() not in _PROLOGUE:
            if token.text.upper() in FORMS:
                return token.text.upper()
            break
    raise QuerySyntaxError("This is no query: SELECT, ASK, CONSTRUCT or DESCRIBE is missing.")


def names_its_dataset(text: str) -> bool:
    """Whether a query says by FROM which graphs it asks.

    >>> names_its_dataset("SELECT * FROM<g> {}"), names_its_dataset("ASK { ?from ?p 'FROM' }")
    (True, False)
    """
    return "from" in text.lower() and any(
        token.kind == "word" and token.text.upper() == "FROM" for token in tokens(text)
    )


def _beyond(schemes: Iterable[str]) -> re.Pattern[str]:
    which = "|".join(map(re.escape, schemes)) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{which}):", re.IGNORECASE)


def _written(text: str, token: Token, beyond: re.Pattern[str]) -> str:
    """A token written anew."""
    match token.kind:
        case "space" | "comment":
            return re.sub(r"[^\n]", " ", token.text)
        case "string":
            return literal(_string(text, token))
        case "iri":
            return _iri(text, token, beyond)
        case "name":
            if _CODEPOINT.search(token.text):
                raise _refused(text, token, "a name is written without codepoint escapes")
            if beyond.match(token.text):
                raise _refused(text, token, _REACHES)
        case "word" if token.text.upper() not in WORDS:
            raise _refused(text, token, "it is no word of SPARQL 1.1 queries")
        case "mark" if token.text in "\\'\"":
            raise _at(text, token, "a string or an escape begins here that does not end.")
    return token.text


_REACHES = "it is a function or setting of an engine, and reaches beyond this graph"


def _string(text: str, token: Token) -> str:
    """What a string says."""
    quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) >= 6 else 1
    said = _ESCAPED.sub(
        lambda found: (
            _LETTERS.get(found[3], found[3]) if found[3] else chr(int(found[1] or found[2], 16))
        ),
        token.text[quotes:-quotes],
    )
    if _CODEPOINT.search(said):
        # Some engines resolve such escapes before they know what a string is.
        raise _refused(text, token, "a backslash followed by u and digits can be read in two ways")
    return said


def _iri(text: str, token: Token, beyond: re.Pattern[str]) -> str:
    """An IRI without escapes, that no parser takes for less-than and what follows."""
    iri = _CODEPOINT.sub(lambda found: _character(text, token, found), token.text[1:-1])
    if _NO_IRI.search(iri):
        raise _at(text, token, "this is no IRI.")
    written = f"<{iri}>"
    certain = _CERTAIN_IRI.match(written) is not None
    if not certain and "'" in iri:
        raise _refused(text, token, "an apostrophe in a relative address is written %27")
    if beyond.match(iri) or (not certain and beyond.search(iri)):
        raise _refused(text, token, _REACHES)
    return written


def _character(text: str, token: Token, found: re.Match[str]) -> str:
    number = int(found[1] or found[2], 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise _at(text, token, "this escape stands for no character.")
    return chr(number)


def _refused(text: str, token: Token, why: str) -> QueryRefused:
    line, column = line_and_column(text, token.start)
    shown = token.text if len(token.text) < 60 else token.text[:60] + "…"
    return QueryRefused(f"{shown} (line {line}, column {column}) is not answered here: {why}.")


def _at(text: str, token: Token, said: str) -> QuerySyntaxError:
    line, column = line_and_column(text, token.start)
    return QuerySyntaxError(f"Line {line}, column {column}: {said}", line, column)
