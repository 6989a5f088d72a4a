"""Real questions of four people, answered by hand from the documents, then by the machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from meagraph.core import full_text
from meagraph.core.queries import CannedQuery
from tests.ready_made import QUERIES

Row = dict[str, str | None]


class Question(BaseModel):
    """One question of a YAML file here, with its answer as worked out by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    query: str
    parameters: dict[str, list[str]]
    where: dict[str, str] = {}
    """Rows of interest: those with these values in these columns."""
    columns: list[str]
    answer: list[str | list[str | None]]
    """The rows of interest, in order and each once, cut down to `columns`."""
    worked_out: str

    @property
    def rows(self) -> list[list[str | None]]:
        """The answer as rows; a single column may be written as a plain list."""
        return [[row] if isinstance(row, str) else row for row in self.answer]


def questions() -> list[Question]:
    found = []
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [Question.model_validate(one) for one in read]
    return found


QUESTIONS = questions()


@pytest.fixture(scope="module")
def queries() -> dict[str, CannedQuery]:
    return QUERIES


def test_there_are_at_least_thirty_questions_each_asked_once() -> None:
    assert len({one.question for one in QUESTIONS}) == len(QUESTIONS) >= 30


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.question)
def test_the_machine_answers_as_the_documents_do(
    one: Question, queries: dict[str, CannedQuery], release: Path, store: ox.Store
) -> None:
    look_up = partial(full_text.found, release)
    rows = table(store, queries[one.query].bind(one.parameters, look_up=look_up))
    of_interest = [
        row for row in rows if all(row[name] == value for name, value in one.where.items())
    ]
    shown = dict.fromkeys(tuple(row[name] for name in one.columns) for row in of_interest)
    assert [list(row) for row in shown] == one.rows, one.worked_out


def table(store: ox.Store, query: str) -> list[Row]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [
        {name: getattr(term, "value", None) for name, term in zip(names, row, strict=True)}
        for row in solutions
    ]
