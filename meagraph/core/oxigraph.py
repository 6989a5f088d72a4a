"""Query Oxigraph with the results that SPARQL 1.1 defines.

Two deviations are corrected by rewriting tokens of the query:

- GROUP_CONCAT concatenates the strings of its values
  (https://www.w3.org/TR/sparql11-query/#defn_aggGroupConcat). Oxigraph concatenates only values
  that are strings, and leaves the result unbound if one is an IRI or a number.
- The columns of ``SELECT *`` have no order in the specification. Oxigraph sorts their names; people
  expect the order in which the query uses them.

Tokens are those of the grammar: without spaces, ``?x<?y&&?z>1`` has an IRI. Rewriting never makes a
query fail: if the rewritten text does not parse, the original is run. So the positions of syntax
errors are those of the client's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyoxigraph as ox

from meagraph.core.lexer import INSIGNIFICANT, Token, significant, token_at, tokens

Result: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

UNBOUND_CONCATENATION = (
    "GROUP_CONCAT is unbound for a group in which a value is unbound or an error; "
    "leave such values out with FILTER(BOUND(?x)), or replace them with COALESCE(?x, '')"
)
"""A note for results to which this may apply."""

_BLANK = r"(?:[\x20\t\r\n]|\#[^\r\n]*)*+"
_STAR = re.compile(
    rf"""(?:{_BLANK}(?: BASE {_BLANK} <[^>]*>
                      | PREFIX {_BLANK} [^\s:<]*: {_BLANK} <[^>]*>
                      | VERSION {_BLANK} (?:"[^"]*"|'[^']*') ))*+
        {_BLANK} SELECT {_BLANK} (?:(?:DISTINCT|REDUCED) {_BLANK})?+ (\*)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""A query up to its star."""

_EMPTY = ox.Store()
"""A store on which queries are parsed to get their variables."""


def query(store: ox.Store, text: str, **options: Any) -> Result:
    """Run a client's query on a store; see `ClientQuery.run`.

    >>> numbers = "SELECT (GROUP_CONCAT(?n) AS ?all) { VALUES ?n { 1 2 } }"
    >>> [row["all"].value for row in query(ox.Store(), numbers)]
    ['1 2']
    >>> [name.value for name in query(ox.Store(), "SELECT * { ?b ?a 1 }").variables]
    ['b', 'a']
    """
    return ClientQuery(text).run(store, **options)


class ClientQuery:
    """A client's query, rewritten for Oxigraph."""

    def __init__(self, text: str) -> None:
        self._text = text
        concatenations = Concatenations.of(text)
        self._concatenating = edited(text, concatenations.edits)
        self.notes = concatenations.notes
        """Notes for the client about the result."""

    def run(self, store: ox.Store, **options: Any) -> Result:
        """Run the query on a store; `options` are those of `pyoxigraph.Store.query`.

        Raises SyntaxError (with a position in the client's text), RuntimeError, OSError.
        """
        context: dict[str, Any] = {
            name: options[name] for name in ("base_iri", "prefixes") if name in options
        }
        text = _with_ordered_columns(self._concatenating, context)
        try:
            return store.query(text, **options)
        except SyntaxError:
            if text == self._text:
                raise
        return store.query(self._text, **options)


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of the text between two offsets."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits, which are in order and do not overlap, to a text.

    >>> edited("abc", [Edit(1, 1, "-"), Edit(2, 3, "C")])
    'a-bC'
    """
    pieces, done = [], 0
    for edit in edits:
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


@dataclass(frozen=True, slots=True)
class Concatenations:
    """The uses of GROUP_CONCAT in a query."""

    edits: Sequence[Edit] = ()
    """Edits that make each use concatenate the strings of its values. With DISTINCT the strings are
    made distinct, not the values. A call without its closing bracket is left unchanged."""
    may_be_unbound: bool = False
    """Whether one may have an unbound value, and then be unbound itself.

    A conservative judgement by tokens. It is False only if every argument (or the argument of its
    STR) is a string, a COALESCE whose last argument is a string, or a variable in a pattern of a
    query without sub-selects, OPTIONAL, UNION, UNDEF, BIND, MINUS and EXISTS."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the client about the result."""
        return (UNBOUND_CONCATENATION,) if self.may_be_unbound else ()

    @classmethod
    def of(cls, text: str) -> Concatenations:
        """Find the uses in the text of a query.

        >>> text = "select (group_concat(distinct ?o; separator=')') as ?c) { ?s ?p ?o }"
        >>> found = Concatenations.of(text)
        >>> edited(text, found.edits)
        "select (group_concat(distinct STR(?o); separator=')') as ?c) { ?s ?p ?o }"
        >>> found.may_be_unbound
        False
        >>> Concatenations.of(text.replace("}", "OPTIONAL { ?o ?q 1 } }")).may_be_unbound
        True
        """
        if "group_concat" not in text.lower():
            return _NO_CONCATENATIONS
        read = significant(text)
        bound = _certainly_bound(read)
        edits, may_be_unbound = [], False
        for start, end in _arguments(read):
            glued = read[start - 1].kind == "word" and read[start - 1].end == read[start].start
            edits += [
                _insertion(read[start].start, " STR(" if glued else "STR("),
                _insertion(read[end - 1].end, ")"),
            ]
            may_be_unbound = may_be_unbound or not _is_bound(read[start:end], bound)
        edits.sort(key=lambda edit: edit.start)
        return cls(edits, may_be_unbound)


_NO_CONCATENATIONS = Concatenations()


def _insertion(place: int, text: str) -> Edit:
    return Edit(place, place, text)


def by_appearance(text: str, names: Sequence[str]) -> list[str]:
    """Sort names of variables by their first use in a query.

    >>> by_appearance("SELECT * { ?b ?a '?c' }", ["a", "b"])
    ['b', 'a']
    """
    places: dict[str, int] = {}
    for token in tokens(text):
        if token.kind == "variable":
            places.setdefault(token.text[1:], token.start)
    return sorted(names, key=lambda name: places.get(name, len(text)))


def star(text: str) -> int | None:
    """The offset of the star of a query that begins with ``SELECT *``, None for other queries.

    >>> star("PREFIX s: <x:*> SELECT DISTINCT * { { SELECT * { ?s ?p ?o } } }")
    32
    """
    found = _STAR.match(text)
    return None if found is None else found.start(1)


def _with_ordered_columns(text: str, context: Mapping[str, Any]) -> str:
    """Replace the outermost star by the variables in order of appearance."""
    place = star(text)
    if place is None:
        return text
    try:
        names = _columns(text, place, context)
    except SyntaxError:
        return text  # running it raises the error with the position in the client's text
    ordered = by_appearance(text, names) if len(names) > 1 else names
    if ordered == names:
        return text
    columns = "".join(f" ?{name}" for name in ordered)
    return edited(text, [Edit(place, place + 1, f"{columns} ")])


def _columns(text: str, place: int, context: Mapping[str, Any]) -> list[str]:
    """The variables of a query with a star, in the order of Oxigraph. Raises SyntaxError.

    The query is run with a filter that leaves nothing to compute: ORDER BY and GROUP BY are
    otherwise computed before the first row is read.
    """
    inside = _inside_first_group(text, place)
    nothing = edited(text, [Edit(inside, inside, " FILTER(false) ")])
    result = _EMPTY.query(nothing, **context)
    assert isinstance(result, ox.QuerySolutions)  # noqa: S101 - the text begins with SELECT
    return [variable.value for variable in result.variables]


def _inside_first_group(text: str, position: int) -> int:
    """The offset after the first brace from a position on that does not begin a sub-select."""
    brace = None
    while position < len(text):
        token = token_at(text, position)
        position = token.end
        if token.kind in INSIGNIFICANT:
            continue
        if brace is not None and not _is_word(token, "SELECT"):
            return brace
        brace = token.end if token.text == "{" else None
    return len(text)


_GROUP_CONCAT = "GROUP_CONCAT"


def _arguments(read: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The argument of each GROUP_CONCAT as a range of tokens, without DISTINCT and separator."""
    unclosed: list[_Bracket] = []
    for index, token in enumerate(read):
        if token.kind != "mark":
            continue
        if token.text in "([{":
            is_call = index > 0 and token.text == "(" and _is_word(read[index - 1], _GROUP_CONCAT)
            unclosed.append(_Bracket(_begin_of_argument(read, index) if is_call else None))
        elif unclosed and token.text == ";" and unclosed[-1].end is None:
            unclosed[-1].end = index
        elif unclosed and token.text in ")]}":
            bracket = unclosed.pop()
            end = index if bracket.end is None else bracket.end
            if bracket.start is not None and bracket.start < end and token.text == ")":
                yield bracket.start, end


@dataclass(slots=True)
class _Bracket:
    """An unclosed bracket, with the position of the argument if it is a GROUP_CONCAT call."""

    start: int | None
    end: int | None = None


def _begin_of_argument(read: Sequence[Token], bracket: int) -> int:
    distinct = bracket + 1 < len(read) and _is_word(read[bracket + 1], "DISTINCT")
    return bracket + 1 + distinct


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word


_UNCERTAIN = frozenset(["OPTIONAL", "UNION", "UNDEF", "BIND", "MINUS", "EXISTS"])
"""Keywords of queries in which a variable of a pattern may be unbound."""
_OTHER_FORMS = frozenset(["ASK", "CONSTRUCT", "DESCRIBE"])


def _certainly_bound(read: Sequence[Token]) -> set[str]:
    """Variables that the patterns of a single SELECT bind in every row; none if not certain."""
    words = [token.text.upper() for token in read if token.kind == "word"]
    if words.count("SELECT") != 1 or not (_UNCERTAIN | _OTHER_FORMS).isdisjoint(words):
        return set()
    bound, braces, brackets = set(), 0, 0
    for token in read:
        if token.kind == "mark":
            braces += (token.text == "{") - (token.text == "}")
            brackets += (token.text == "(") - (token.text == ")")
        elif token.kind == "variable" and braces > 0 and brackets == 0:
            bound.add(token.text[1:])
    return bound


def _is_bound(argument: Sequence[Token], bound: set[str]) -> bool:
    """Whether an argument of GROUP_CONCAT has a value in every row."""
    if (inner := _inside(argument, "STR")) is not None:
        argument = inner
    if len(argument) == 1:
        (token,) = argument
        return token.kind == "string" or (token.kind == "variable" and token.text[1:] in bound)
    choices = _inside(argument, "COALESCE")
    if choices is None or len(choices) < 2:
        return False
    return choices[-1].kind == "string" and choices[-2].text == ","


def _inside(call: Sequence[Token], function: str) -> Sequence[Token] | None:
    """The tokens in the brackets of a call, if the tokens are one call of that function."""
    if len(call) < 4 or not _is_word(call[0], function) or call[1].text != "(":
        return None
    depth = 0
    for token in call[2:-1]:
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth < 0:
            return None
    return call[2:-1]
