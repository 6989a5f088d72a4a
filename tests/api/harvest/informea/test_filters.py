"""$filter: syntax, semantics, errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.errors import BadValue
from meagraph_api.harvest.informea import odata_filter
from meagraph_api.harvest.informea.edm import Entity, Tables, Value
from meagraph_api.harvest.informea.model import MODEL

MEASURE = MODEL.sets["Measures"].type
DAY = datetime(2026, 11, 20)


def measure(**values: Value) -> Entity:
    tables = Tables(MODEL)
    document = tables.add("Documents", {"id": "d", "treaty": "cms", "displayOrder": 1})
    entity = tables.add(
        "Measures", {"id": "m", "number": "1.10", "displayOrder": 10, "updated": DAY, **values}
    )
    entity.links["document"] = [document]
    return entity


def holds(condition: str, **values: Value) -> bool:
    return odata_filter.read(condition, MEASURE, MODEL)(measure(**values))


@pytest.mark.parametrize(
    "condition",
    [
        "number eq '1.10'",
        "number ne '1.1'",
        "number gt '1.1'",
        "displayOrder ge 10 and displayOrder le 10L",
        "displayOrder lt 10.5 and displayOrder gt -1",
        "not (number eq '1.1')",
        "not startswith(number,'2')",
        "startswith(number, '1.') eq true",
        "endswith(number,'10') and substringof('.1',number)",
        "updated gt datetime'2020-01-01T00:00:00'",
        "updated eq datetime'2026-11-20T00:00'",
        "updated lt datetime'2026-11-20T00:00:00.0000001'or true",
        "priority eq null and number ne null",
        "priority ne 'high'",
        "document/treaty eq 'cms'",
        "unit/name eq null",
        "false or true and true",
        "(false or true) and true eq true",
        "text eq 'It''s'",
        "text eq 'It''s' and substringof(''',text) eq false or true".replace("''',", "'''',"),
        "( ( true ) )",
    ],
)
def test_what_holds(condition: str) -> None:
    assert holds(condition, text="It's")


@pytest.mark.parametrize(
    "condition",
    [
        "number eq '1.1'",
        "priority gt 'a'",
        "priority le 'a'",
        "priority eq 'a'",
        "startswith(priority,'')",
        "not startswith(priority,'')",
        "startswith(priority,'a') and true",
        "null",
        "true and false or false",
        "updated gt datetime'2026-11-20T00:00:00'",
        "unit/name gt ''",
    ],
)
def test_what_does_not_hold(condition: str) -> None:
    assert not holds(condition)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("number eq", "ends too early"),
        ("", "ends too early"),
        ("number eq 'a", "character 11"),
        ("number = 'a'", "character 8"),
        ("number eq 'a' AND true", "character 15"),
        ("displayOrder add 1 eq 2", "'add 1 eq 2'"),
        ("number eq 1", "Edm.String with Edm.Int32"),
        ("updated gt '2020-01-01'", "a date as datetime'"),
        ("updated gt datetime'2020-13-01T00:00:00'", "is not a date"),
        ("updated gt datetime'2020-01-01'", "is not a date"),
        ("updated gt datetimeoffset'2020-01-01T00:00:00Z'", "Literals datetimeoffset'…'"),
        ("id eq guid'78068b4c-f6da-5e05-a8c3-473d929fffb7'", "Literals guid'…'"),
        ("tolower(number) eq 'a'", "tolower is not supported"),
        ("startswith(number)", "takes two strings"),
        ("startswith(displayOrder,'1')", "takes two strings"),
        ("numbr eq 'a'", "numbr is not a property of Measure"),
        ("document eq 'a'", "a navigation, not a property of Measure"),
        ("topics/value eq 'a'", "is not a navigation to one entity"),
        ("number", "a Boolean, not Edm.String"),
        ("number and true", "and takes a Boolean"),
        ("not number", "not takes a Boolean"),
        ("true gt false", "have no order"),
        ("true " + "and true " * 500, "longer than 4,000"),
        ("not " * 50 + "true", "nests more than 40"),
    ],
)
def test_what_is_refused_says_why(condition: str, says: str) -> None:
    with pytest.raises(BadValue, match=re.escape(says)):
        holds(condition)


@given(st.text(max_size=200) | st.text("()'eqnotand,/ 0.-:datim", max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with suppress(BadValue):
        assert holds(text) in (True, False)


@dataclass(frozen=True)
class Condition:
    """The text of a condition, with its meaning computed independently."""

    text: str
    holds: Callable[[Entity], bool]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def constant(text: str, value: bool) -> Condition:
    return Condition(text, lambda _: value)


def compared(word: str, name: str, text: str) -> Condition:
    def value(entity: Entity) -> bool:
        actual = str(entity.values[name])
        return {
            "eq": actual == text,
            "ne": actual != text,
            "lt": actual < text,
            "le": actual <= text,
            "gt": actual > text,
            "ge": actual >= text,
        }[word]

    return Condition(f"{name} {word} {quoted(text)}", value)


def part(function: str, name: str, text: str) -> Condition:
    def value(entity: Entity) -> bool:
        actual = str(entity.values[name])
        return {
            "startswith": actual.startswith(text),
            "endswith": actual.endswith(text),
            "substringof": text in actual,
        }[function]

    one, other = name, quoted(text)
    if function == "substringof":
        one, other = other, one
    return Condition(f"{function}({one} , {other})", value)


TEXTS = st.text("ab' )(", max_size=3)
NAMES = st.sampled_from(["number", "text"])
LEAVES = st.one_of(
    st.builds(constant, st.just("true"), st.just(True)),
    st.builds(constant, st.just("false"), st.just(False)),
    st.builds(compared, st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), NAMES, TEXTS),
    st.builds(part, st.sampled_from(["startswith", "endswith", "substringof"]), NAMES, TEXTS),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a: Condition(f"not ({a.text})", lambda e: not a.holds(e)), inner),
        st.builds(
            lambda a, b: Condition(f"({a.text}) or ({b.text})", lambda e: a.holds(e) or b.holds(e)),
            inner,
            inner,
        ),
        st.builds(
            lambda a, b: Condition(f"({a.text})and({b.text})", lambda e: a.holds(e) and b.holds(e)),
            inner,
            inner,
        ),
    ),
    max_leaves=8,
)


@given(CONDITIONS, TEXTS, TEXTS)
def test_a_condition_means_what_it_says(condition: Condition, number: str, text: str) -> None:
    entity = measure(number=number, text=text)
    read = odata_filter.read(condition.text, MEASURE, MODEL)
    assert read(entity) == condition.holds(entity)


@given(st.lists(st.tuples(st.sampled_from(["and", "or"]), st.booleans()), max_size=8))
def test_and_binds_closer_than_or(items: list[tuple[str, bool]]) -> None:
    written = "true" + "".join(f" {word} {str(value).lower()}" for word, value in items)
    alternatives = [[True]]
    for word, value in items:
        if word == "or":
            alternatives.append([value])
        else:
            alternatives[-1].append(value)
    assert holds(written) == any(all(values) for values in alternatives)
