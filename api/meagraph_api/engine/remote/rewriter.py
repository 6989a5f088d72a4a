"""Rewrite client queries for remote engines, token by token.

An engine may do more than SPARQL 1.1 specifies: call other servers, run database functions, accept
keywords of its own. Its parser decides, not ours; so nothing is sent that two parsers could read
differently. Codepoint escapes are resolved, the query is split into tokens, and every token is
rewritten: strings in one form, IRIs absolute, comments and white space as blanks (so that line
numbers are those of the client's query). Keywords and functions that SPARQL 1.1 does not define,
and IRIs that reach beyond it, are rejected.

FROM is removed and sent as a protocol parameter: engines differ in how they combine both.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from meagraph.core import lexer
from meagraph.core.engines.profiles import Profile
from meagraph.core.errors import QueryRefused, QuerySyntaxError
from meagraph.core.lexer import (
    INSIGNIFICANT,
    Token,
    line_and_column,
    refuse_unsafe,
    refuse_updates_and_services,
    tokens,
)
from meagraph.core.oxigraph import Concatenations, Edit
from meagraph.core.queries.composition import literal
from meagraph.core.quoting import shortened
from meagraph_api.engine.protocol import Dataset

_KEYWORDS = """
    BASE PREFIX SELECT DISTINCT REDUCED AS CONSTRUCT WHERE DESCRIBE ASK FROM NAMED
    GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET VALUES OPTIONAL GRAPH BIND UNDEF MINUS UNION FILTER
    IN NOT EXISTS A TRUE FALSE
    COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT SEPARATOR
    STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE
    LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES
    SECONDS TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT
    SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE
"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""All keywords except SERVICE."""

MARKS = frozenset("{}()[].;,*/|^!=<>&+-?")
"""All characters allowed as punctuation and operators."""

FORMS = frozenset(["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"])
"""The query forms, with which a query begins after its prologue."""

_CODEPOINT = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
"""Characters that no IRI contains (https://www.w3.org/TR/sparql11-query/#rIRIREF)."""
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CASTS = "http://www.w3.org/2001/XMLSchema#"
"""Functions of SPARQL 1.1 with an IRI (https://www.w3.org/TR/sparql11-query/#FunctionMapping)."""


@dataclass(frozen=True, slots=True)
class RewrittenQuery:
    """A query as sent to the engine."""

    text: str
    form: str
    """SELECT, ASK, CONSTRUCT or DESCRIBE."""
    dataset: Dataset | None
    """The dataset from FROM clauses, None without any."""
    notes: tuple[str, ...] = ()
    """Notes for the client about the result."""
    starts: tuple[tuple[int, int], ...] = field(default=(), repr=False, compare=False)
    """Offsets of each token in `text` and in the client's query, and of the end of both."""

    def position(self, sent: int) -> int:
        """Convert an offset in the sent text to one in the client's query."""
        index = bisect_right(self.starts, (sent, sys.maxsize))
        if index == 0:  # only inserted text precedes the first token
            return 0
        start, own = self.starts[index - 1]
        _, following = self.starts[min(index, len(self.starts) - 1)]
        return min(own + sent - start, following)


def rewrite(text: str, profile: Profile) -> RewrittenQuery:
    r"""Rewrite a client's query for an engine.

    Raises QueryRefused, QuerySyntaxError.

    >>> from meagraph.core.engines.profiles import profiles
    >>> query = "BASE <x:/> ASK { ?s <p> '''it\\u0027s \"x\"''' } # so"
    >>> rewrite(query, profiles()["standard"]).text
    '           ASK { ?s <x:/p> "it\'s \\"x\\"" }     '
    >>> rewrite("SELECT (bif:pwd() AS ?x) {}", profiles()["virtuoso"])
    Traceback (most recent call last):
    meagraph.core.errors.QueryRefused: bif:pwd (line 1, column 9) is not answered here: it is ...
    """
    text = _unescaped(text)
    refuse_unsafe(text)
    only_strings = profile.concatenates_strings_only
    concatenations = Concatenations.of(text) if only_strings else Concatenations()
    rewriting = _Rewriting(text, profile)
    sent, starts = _joined(rewriting, concatenations.edits)
    # The rewritten query is checked again as a whole.
    refuse_updates_and_services(sent)
    return RewrittenQuery(sent, rewriting.form, rewriting.dataset, concatenations.notes, starts)


def _joined(
    rewriting: _Rewriting, insertions: Sequence[Edit]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text to send, with insertions between its tokens, and the offsets of tokens."""
    inserted = {edit.start: edit.text for edit in insertions}
    pieces, starts, length = [], [], 0
    for token, written in zip(rewriting.read, rewriting.written(), strict=True):
        piece = inserted.get(token.start, "") + written
        starts.append((length + len(piece) - len(written), token.start))
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), (*starts, (length, len(rewriting.text)))


def _unescaped(text: str) -> str:
    r"""Resolve escapes outside of strings and IRIs.

    >>> _unescaped("\\u0041SK { <\\u0041> ?p '\\u0041' }")
    "ASK { <\\u0041> ?p '\\u0041' }"
    """
    if "\\u" not in text.lower():
        return text
    pieces, open_text = [], ""
    for token in tokens(text):
        if token.kind in ("string", "iri", "comment"):
            pieces += [_CODEPOINT.sub(_character, open_text), token.text]
            open_text = ""
        else:
            open_text += token.text
    return "".join([*pieces, _CODEPOINT.sub(_character, open_text)])


@dataclass(slots=True)
class _Rewriting:
    """The state of rewriting one query."""

    text: str
    profile: Profile
    form: str = ""
    base: str | None = None
    prefixes: dict[str, str] = field(default_factory=dict)
    default: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    read: list[Token] = field(init=False)

    def __post_init__(self) -> None:
        self.read = list(tokens(self.text))

    @property
    def dataset(self) -> Dataset | None:
        if not (self.default or self.named):
            return None
        return Dataset(tuple(self.default), tuple(self.named))

    def written(self) -> Iterator[str]:
        """The rewritten tokens."""
        read = self.read
        following = _following(read)
        index, depth = 0, 0
        while index < len(read):
            token = read[index]
            word = token.text.upper() if token.kind == "word" else ""
            if token.kind == "mark":
                depth += (token.text in "([{") - (token.text in ")]}")
            if not self.form and word in ("BASE", "PREFIX"):
                end = self._declare(read, following, index)
            elif word == "FROM" and depth == 0:
                end = self._name_graph(read, following, index)
            else:
                if word and not self.form:
                    self.form = self._form(token)
                yield self._written(token, read[following[index]] if following[index] else None)
                index += 1
                continue
            for passed in read[index:end]:
                yield self._declared(passed) if word == "PREFIX" else _blank(passed.text)
            index = end
        if not self.form:
            raise QuerySyntaxError(
                "This is not a query: SELECT, ASK, CONSTRUCT or DESCRIBE is missing."
            )

    def _form(self, token: Token) -> str:
        if token.text.upper() not in FORMS:
            raise self._at(token, "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.")
        return token.text.upper()

    def _declare(self, read: list[Token], following: list[int], index: int) -> int:
        """Read a declaration of the prologue; returns the index after it."""
        prefix = ""
        if read[index].text.upper() == "PREFIX":
            index = self._expect(read, following, index, "name", "a prefix and a colon")
            prefix = read[index].text
            if not prefix.endswith(":") or prefix.count(":") > 1:
                raise self._at(read[index], "a prefix ends with its colon.")
        index = self._expect(read, following, index, "iri", "an IRI in angle brackets")
        iri = self._iri(read[index])
        if prefix:
            self.prefixes[prefix[:-1]] = iri
        else:
            self.base = iri
        return index + 1

    def _declared(self, token: Token) -> str:
        """Rewrite a token of a declaration, with its IRI made absolute."""
        if token.kind == "iri":
            return f"<{self._iri(token)}>"
        return _blank(token.text) if token.kind in INSIGNIFICANT else token.text

    def _name_graph(self, read: list[Token], following: list[int], index: int) -> int:
        """Read a graph named by FROM; returns the index after it."""
        graphs = self.default
        after = following[index]
        if after and read[after].text.upper() == "NAMED":
            graphs, index = self.named, after
        index = self._expect(read, following, index, ("iri", "name"), "the IRI of a graph")
        graphs.append(self._iri_of(read[index]))
        return index + 1

    def _expect(
        self,
        read: list[Token],
        following: list[int],
        index: int,
        kind: str | tuple[str, ...],
        what: str,
    ) -> int:
        after = following[index]
        if not after or read[after].kind not in kind:
            raise self._at(read[index], f"{shortened(read[index].text)} needs {what} after it.")
        return after

    def _written(self, token: Token, after: Token | None) -> str:
        match token.kind:
            case "space" | "comment":
                return _blank(token.text)
            case "string":
                return literal(self._string(token))
            case "iri" | "name":
                return self._named(token, is_function=after is not None and after.text == "(")
            case "word" if token.text.upper() not in KEYWORDS:
                raise self._refused(token, "it is not a keyword of SPARQL 1.1 queries")
            case "mark" if token.text in "\\'\"":
                raise self._at(token, "a string or an escape is not terminated.")
            case "mark" if token.text not in MARKS:
                raise self._at(token, f"{token.text} is not a SPARQL operator.")
        return token.text

    def _named(self, token: Token, is_function: bool) -> str:
        """Rewrite an IRI or a prefixed name."""
        if token.text.startswith("_:"):
            return token.text
        iri = self._iri_of(token)
        if is_function and not iri.startswith((_CASTS, *self.profile.function_prefixes)):
            raise self._refused(
                token, "only functions of SPARQL 1.1 may precede a bracket here, and no lists"
            )
        other = self.profile.renamed_iris.get(iri)
        if other is not None:
            return f"<{other}>"
        return f"<{iri}>" if token.kind == "iri" else token.text

    def _iri_of(self, token: Token) -> str:
        """The absolute IRI of a token."""
        if token.kind == "iri":
            return self._iri(token)
        prefix, _, local = token.text.partition(":")
        if f"{prefix.lower()}:" in self.profile.refused:
            raise self._refused(token, _REACHES)
        if prefix not in self.prefixes:
            raise lexer.syntax_error(self.text, "")
        # After a name an engine may parse a period as the end of a triple.
        iri = self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local.rstrip("."))
        return self._checked(token, iri)

    def _iri(self, token: Token) -> str:
        """The absolute IRI without escapes, which no parser can take for less-than."""
        iri = _CODEPOINT.sub(_character, token.text[1:-1])
        if _NO_IRI.search(iri):
            raise self._at(token, "this is not a valid IRI.")
        if not _ABSOLUTE.match(iri):
            iri = self._resolved(token, iri)
        if "'" in iri and "://" not in iri:
            raise self._refused(token, "an apostrophe in an IRI is written %27")
        return self._checked(token, iri)

    def _resolved(self, token: Token, iri: str) -> str:
        if self.base is None:
            raise self._at(token, "this IRI is relative, and BASE is missing.")
        try:
            triple = next(ox.parse(f"<{iri}> a <x:>", ox.RdfFormat.TURTLE, base_iri=self.base))
        except (SyntaxError, ValueError):
            raise self._at(token, "this is not a valid IRI.") from None
        return str(triple.subject)[1:-1]

    def _checked(self, token: Token, iri: str) -> str:
        if iri.lower().startswith(self.profile.refused):
            raise self._refused(token, _REACHES)
        return iri

    def _string(self, token: Token) -> str:
        """The value of a string."""
        quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) >= 6 else 1
        value = _ESCAPED.sub(
            lambda found: _LETTERS.get(found[3], found[3]) if found[3] else _character(found),
            token.text[quotes:-quotes],
        )
        if _CODEPOINT.search(value):
            # Some engines resolve such escapes before they parse strings.
            raise self._refused(token, "a backslash before u and digits is ambiguous")
        return value

    def _refused(self, token: Token, why: str) -> QueryRefused:
        line, column = line_and_column(self.text, token.start)
        shown = token.text if len(token.text) < 60 else token.text[:60] + "…"
        return QueryRefused(f"{shown} (line {line}, column {column}) is not answered here: {why}.")

    def _at(self, token: Token, message: str) -> QuerySyntaxError:
        line, column = line_and_column(self.text, token.start)
        return QuerySyntaxError(f"Line {line}, column {column}: {message}", line, column)


_REACHES = "it is a function or setting of an engine, and reaches beyond this graph"


def _following(read: list[Token]) -> list[int]:
    """For every token the index of the next significant one, 0 if there is none."""
    found, after = [0] * len(read), 0
    for index in range(len(read) - 1, -1, -1):
        found[index] = after
        if read[index].kind not in INSIGNIFICANT:
            after = index
    return found


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _character(found: re.Match[str]) -> str:
    number = int(found[1] or found[2], 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise QuerySyntaxError(f"{found[0]} is not a character.")
    return chr(number)
