"""Parse and type-check `$filter` conditions.

The grammar is `filter.lark`. Null follows the rules of a later version of the protocol
(https://docs.oasis-open.org/odata/odata/v4.01/, part 2, section 5.1.1.1): null equals null alone,
is neither greater nor less than anything, and a function of null is null.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from meagraph.core.errors import BadValue
from meagraph_api.harvest.informea.edm import Edm, Entity, EntityType, Model, Value

LONGEST = 4_000
"""Maximum length in characters."""

DEEPEST = 40
"""Maximum depth of nested conditions."""

_EXCERPT = 60

Condition = Callable[[Entity], bool]

_NUMBERS = (Edm.INT32, Edm.DOUBLE)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "substringof": lambda part, text: part in text,
}
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d{1,7})?", re.ASCII)
"""https://www.odata.org/documentation/odata-version-2-0/overview/, section 6."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of a condition: its type (None for null), value for an entity, and depth."""

    type: Edm | None
    value: Callable[[Entity], Value]
    depth: int = 0


def read(text: str, kind: EntityType, model: Model) -> Condition:
    """Parse a `$filter` on the entities of a type.

    Raises BadValue for syntax errors, unknown properties, types that cannot be compared, and
    unsupported functions or literals.
    """
    if len(text) > LONGEST:
        raise BadValue(f"$filter is longer than {LONGEST:,} characters.")
    try:
        tree = _parser().parse(text)
        whole = _Compiler(kind, model).transform(tree)
    except UnexpectedInput as error:
        raise BadValue(_unread(text, error)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, BadValue):
            raise error.orig_exc from None
        raise
    except RecursionError:
        raise _too_deep() from None
    _boolean("$filter", whole)
    return lambda entity: whole.value(entity) is True


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (files(__package__) / "filter.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr")


def _unread(text: str, error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return "$filter ends too early: a value, a comparison or a parenthesis is missing."
    at = error.pos_in_stream or 0
    return (
        f"$filter has a syntax error at character {at + 1}, {text[at : at + _EXCERPT]!r}. Use "
        "eq ne gt ge lt le and or not, parentheses, startswith, endswith, substringof, properties "
        "and literals, e.g. startswith(number,'1.') and updated gt datetime'2020-01-01T00:00:00'."
    )


@v_args(inline=True)
class _Compiler(Transformer[Token, _Term]):
    """Compile a parsed condition, from the inside out."""

    def __init__(self, kind: EntityType, model: Model) -> None:
        super().__init__()
        self._kind = kind
        self._model = model

    def start(self, term: _Term) -> _Term:
        return term

    def either(self, *terms: _Term) -> _Term:
        return _joined("or", terms, whole=True)

    def both(self, *terms: _Term) -> _Term:
        return _joined("and", terms, whole=False)

    def equality(self, *items: Any) -> _Term:
        return _chain(items)

    def relation(self, *items: Any) -> _Term:
        return _chain(items)

    def negated(self, term: _Term) -> _Term:
        _boolean("not", term)

        def value(entity: Entity) -> Value:
            result = term.value(entity)
            return None if result is None else not result

        return _term(Edm.BOOLEAN, value, term)

    def call(self, name: Token, *items: _Term | None) -> _Term:
        arguments = [term for term in items if term is not None]
        if name not in _FUNCTIONS:
            raise BadValue(
                f"The function {name[:_EXCERPT]} is not supported in $filter. "
                f"Functions: {', '.join(_FUNCTIONS)}."
            )
        if len(arguments) != 2 or any(term.type not in (Edm.STRING, None) for term in arguments):
            raise BadValue(f"{name} takes two strings, e.g. {name}(number,'1').")
        function = _FUNCTIONS[name]
        first, second = arguments

        def value(entity: Entity) -> Value:
            one, other = first.value(entity), second.value(entity)
            return None if one is None or other is None else function(str(one), str(other))

        return _term(Edm.BOOLEAN, value, first, second)

    def path(self, *names: Token) -> _Term:
        kind = self._kind
        navigations = []
        for name in names[:-1]:
            navigation = kind.navigation.get(name)
            if navigation is None or navigation.many:
                raise BadValue(
                    f"{name[:_EXCERPT]} of {kind.name} is not a navigation to one entity. "
                    "$filter can follow only these."
                )
            navigations.append(navigation)
            kind = self._model.target(navigation).type
        last = names[-1]
        if last not in kind.property:
            what = "a navigation, not a property" if last in kind.navigation else "not a property"
            raise BadValue(
                f"{last[:_EXCERPT]} is {what} of {kind.name}. "
                f"Properties: {', '.join(kind.property)}."
            )

        def value(entity: Entity) -> Value:
            for navigation in navigations:
                linked = entity.linked(navigation)
                if not linked:
                    return None
                entity = linked[0]
            return entity.values[last]

        return _Term(kind.property[last].type, value)

    def string(self, token: Token) -> _Term:
        return _constant(Edm.STRING, _unquoted(token))

    def number(self, token: Token) -> _Term:
        plain = token.rstrip("LlMmDdFf")
        if set(plain) & set(".eE") or token[-1] in "MmDdFf":
            return _constant(Edm.DOUBLE, float(plain))
        return _constant(Edm.INT32, int(plain))

    def word(self, literal: Token) -> _Term:
        if literal == "null":
            return _constant(None, None)
        return _constant(Edm.BOOLEAN, literal == "true")

    def typed(self, token: Token) -> _Term:
        prefix = token.partition("'")[0]
        if prefix != "datetime":
            raise BadValue(
                f"Literals {prefix[:_EXCERPT]}'…' are not supported, since no property has "
                "this type. Write a date as datetime'2020-01-01T00:00:00'."
            )
        return _constant(Edm.DATETIME, _moment(_unquoted(token.removeprefix(prefix))))


def _term(kind: Edm | None, value: Callable[[Entity], Value], *inner: _Term) -> _Term:
    depth = 1 + max(term.depth for term in inner)
    if depth > DEEPEST:
        raise _too_deep()
    return _Term(kind, value, depth)


def _constant(kind: Edm | None, value: Value) -> _Term:
    return _Term(kind, lambda _: value)


def _joined(word: str, terms: tuple[_Term, ...], *, whole: bool) -> _Term:
    """Join conditions by `or` (a true one decides) or by `and` (a false one decides)."""
    for term in terms:
        _boolean(word, term)

    def value(entity: Entity) -> Value:
        unknown = False
        for term in terms:
            result = term.value(entity)
            if result is whole:
                return whole
            unknown = unknown or result is None
        return None if unknown else not whole

    return _term(Edm.BOOLEAN, value, *terms)


def _chain(items: tuple[Any, ...]) -> _Term:
    """Apply comparisons from the left: `a eq b ne c` is `(a eq b) ne c`."""
    done: _Term = items[0]
    for word, term in zip(items[1::2], items[2::2], strict=True):
        done = _comparison(str(word), done, term)
    return done


def _comparison(word: str, left: _Term, right: _Term) -> _Term:
    _comparable(word, left, right)
    compare = _COMPARED[word]
    ordered = word not in ("eq", "ne")

    def value(entity: Entity) -> Value:
        one, other = left.value(entity), right.value(entity)
        if ordered and (one is None or other is None):
            return False
        return compare(one, other)

    return _term(Edm.BOOLEAN, value, left, right)


def _comparable(word: str, left: _Term, right: _Term) -> None:
    kinds = {left.type, right.type} - {None}
    if len(kinds) > 1 and not kinds <= set(_NUMBERS):
        raise BadValue(
            f"{word} compares {left.type} with {right.type}; both sides must have the same type. "
            "Write a string in single quotes, and a date as datetime'2020-01-01T00:00:00'."
        )
    if Edm.BOOLEAN in kinds and word not in ("eq", "ne"):
        raise BadValue(f"{word} cannot compare true and false, which have no order.")


def _boolean(where: str, term: _Term) -> None:
    if term.type not in (Edm.BOOLEAN, None):
        raise BadValue(f"{where} takes a Boolean, not {term.type}.")


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _moment(text: str) -> datetime:
    matched = _DATETIME.fullmatch(text)
    if matched is not None:
        minute, second, fraction = matched.groups()
        try:
            # Python reads six digits of a second; OData allows seven. No date here has any.
            return datetime.fromisoformat(minute + (second or ":00") + (fraction or "")[:7])
        except ValueError:
            pass  # no such day or hour
    raise BadValue(f"datetime'{text[:_EXCERPT]}' is not a date like datetime'2020-01-01T00:00:00'.")


def _too_deep() -> BadValue:
    return BadValue(f"$filter nests more than {DEEPEST} conditions.")
