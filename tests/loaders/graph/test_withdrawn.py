"""Withdrawn IRIs stay in the graph with a date and a reason, and nothing else."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph.core.errors import DataError
from meagraph_loaders import curation_tables
from meagraph_loaders.curation_tables import WithdrawnRow
from meagraph_loaders.graph.withdrawn import write_withdrawn


def row(
    address: str = "id/site/steppe",
    date: str = "2026-11-21",
    successor: str | None = None,
    reason: str = "two places were taken for one",
) -> WithdrawnRow:
    return WithdrawnRow("curation/withdrawn.csv:2", address, date, successor, reason)


def test_no_address_is_withdrawn_today() -> None:
    assert curation_tables.load(files.folder("data") / "curation").withdrawn == ()


def test_a_withdrawn_address_has_a_day_and_a_reason(small: ox.Store) -> None:
    statements = {str(quad) for quad in write_withdrawn((row(),), small)}
    steppe, graph = f"<{names.thing('site', 'steppe')}>", f"<{names.graph('curation')}>"
    day = '"2026-11-21"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert statements == {
        f"{steppe} <{names.term('withdrawn')}> {day} {graph}",
        f'{steppe} <{names.term("reason")}> "two places were taken for one"@en {graph}',
    }


def test_what_took_its_place_is_named(small: ox.Store) -> None:
    quads = write_withdrawn((row(successor="id/measure/plan/1.1"),), small)
    [replaced] = [q for q in quads if q.predicate.value.endswith("isReplacedBy")]
    assert replaced.object == ox.NamedNode(names.thing("measure", "plan", "1.1"))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (row(address="id/measure/plan/1.1"), "still describe it. Remove the row, or what"),
        (row(successor="id/site/nowhere"), "nothing describes id/site/nowhere"),
        (row(address="site/steppe"), "'site/steppe' is no path of a thing. It must be"),
        (row(address="id/site/steppe#geometry"), "is no path of a thing"),
        (row(address="https://example.org/id/a/b"), "is no path of a thing"),
        (row(date="21.11.2026"), "date is '21.11.2026'. It must be a day such as 2026-11-21"),
    ],
)
def test_a_row_that_cannot_be_true_stops_the_build(
    small: ox.Store, broken: WithdrawnRow, message: str
) -> None:
    with pytest.raises(DataError) as raised:
        write_withdrawn((broken,), small)
    assert str(raised.value).startswith("curation/withdrawn.csv:2: ")
    assert message in str(raised.value)
