"""Changes of measures have words: names of plans, links, targets and details."""

from __future__ import annotations

import httpx
import pytest

from meagraph.core.changes import Change
from meagraph_api.harvest.change_labels import ChangeLabels
from tests.api.browsing import context_of

PLAN = "saiga-mtiwp-2016-2020"
MEASURE = f"https://w3id.org/meagraph/id/measure/{PLAN}/11.1"


@pytest.fixture(scope="module")
def labels(real: httpx.Client) -> ChangeLabels:
    return ChangeLabels(context_of(real))


def link(what: str, target: str, detail: str) -> Change:
    return Change("link added", PLAN, "11.1", what, target, "", detail, MEASURE)


def test_a_link_to_a_country_has_the_reason_and_the_name_of_the_country(
    labels: ChangeLabels,
) -> None:
    change = link("country, mention", "country/KAZ", "evidence document; stated; narrowed")
    assert labels.kind(change) == "link added"
    assert labels.plan(change) == "Saiga work programme 2016–2020"
    assert labels.what(change) == "Country (named in the text): Kazakhstan"
    value = labels.value(change, change.new)
    assert value.endswith("; text names only other countries")
    assert "evidence" not in value


@pytest.mark.parametrize(
    ("what", "target", "words"),
    [
        ("topic", "topic/border-fence", "Topic: border fence"),
        ("unit", f"unit/{PLAN}/ural", "Population or area: Ural population"),
        ("reference", f"measure/{PLAN}/1.1", "Reference: 1.1 – Saiga work programme 2016–2020"),
        ("actor type", "actor-type/national-ngo", "Type of organisation: national NGOs"),
    ],
)
def test_a_link_has_the_name_of_its_target(
    labels: ChangeLabels, what: str, target: str, words: str
) -> None:
    assert labels.what(link(what, target, "")) == words


def test_several_links_of_a_kind_are_kept_apart(labels: ChangeLabels) -> None:
    change = link("topic", "topic/border-fence", "main | secondary")
    first, second = labels.value(change, change.new).split(" | ")
    assert first == labels.context.named("topic-weight", "main")
    assert second == labels.context.named("topic-weight", "secondary")


def test_a_reworded_text_is_quoted(labels: ChangeLabels) -> None:
    change = Change("reworded", PLAN, "11.1", "text", "", "since 2016-01-01", "main", MEASURE)
    assert labels.what(change) == "Text of the measure"
    assert labels.value(change, change.old) == "since 2016-01-01"
    assert labels.value(change, change.new) == "main"
