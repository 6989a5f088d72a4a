"""SPARQL syntax errors as people can use them: line, column, the line itself, what is likely wrong.

Oxigraph says where a text stops making sense, but of the most usual mistake, a prefix that is not
declared, only that something else was expected.
"""

from __future__ import annotations

import re

from meagraph import names
from meagraph.errors import QuerySyntaxError
from meagraph.lexer import line_and_column, significant
from meagraph.quoting import shortened


def error(text: str, message: str) -> QuerySyntaxError:
    """The error for a query that an engine does not parse, from the engine's message.

    >>> error("ASK { ?s ex:p ?o }", "error at 1:13: expected OPTIONAL").args[0]
    'Line 1, column 10: the prefix ex: is not declared. Add: PREFIX ex: <…>\\n  ASK { ?s ex:p ?o }'
    """
    if undeclared := _undeclared_prefix(text):
        return undeclared
    place = re.match(r"error at (\d+):(\d+): ", message)
    if place is None:
        return QuerySyntaxError(shortened(message))
    line, column = int(place[1]), int(place[2])
    return _at(text, line, column, shortened(" ".join(message[place.end() :].split())))


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
            said = f"the prefix {shown}: is not declared. Add: PREFIX {shown}: <{meant}>"
            return _at(text, line, column, said)
    return None


def _at(text: str, line: int, column: int, said: str) -> QuerySyntaxError:
    lines = text.split("\n")
    shown = lines[line - 1].rstrip() if line <= len(lines) else ""
    return QuerySyntaxError(
        f"Line {line}, column {column}: {said}\n  {shortened(shown)}", line, column
    )
