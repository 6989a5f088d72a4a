"""Virtuoso gives the same results, in whatever order it was filled and queried.

Its plans come from its statistics, and these from what it held and ran before. So a query may be
right in one run and wrong in another.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from benchmarks import engine_servers
from benchmarks.engine_servers import Running
from meagraph_loaders import publisher, serialise
from tests.api.conftest import _serving
from tests.api.engine.remote.conftest import Services, settings_for
from tests.api.engine.remote.test_engines_agree import of_a_question, require_same
from tests.ready_made import QUERIES
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(engine_servers.VIRTUOSO is None, reason="Virtuoso 7 is not installed"),
]

ADDRESSES = [
    *(address for name in QUERIES for address in of_a_question(name, name == "topic-matrix")),
    *(f"/queries/country-profile.json?country={code}" for code in ("MNG", "RUS", "UZB")),
]
SHUFFLED = random.Random(14).sample(ADDRESSES, len(ADDRESSES))


def run_on_nothing(server: Running) -> None:
    """Run every query, with few and with all of its filters, before the graphs are filled."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        for query in QUERIES.values():
            declared = query.parameters
            examples = {key: [one.example] for key, one in declared.items() if one.example}
            required = {key: one for key, one in examples.items() if declared[key].required}
            for values in (required, examples):
                text = query.bind(values, look_up=lambda *_: ())
                client.post(server.query_access.url, data={"query": text})


def require_same_results(services: Services, addresses: Sequence[str]) -> None:
    different = []
    for address in addresses:
        try:
            require_same(services, address)
        except AssertionError as error:
            different.append(str(error).splitlines()[0])
    assert not different, "\n".join(different)


@pytest.mark.parametrize("order", ["as usual", "backwards", "queried before it is filled"])
def test_virtuoso_gives_the_same_results_after_each_order(
    order: str,
    embedded: httpx.Client,
    beside: Path,
    release: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = {"as usual": ADDRESSES, "backwards": ADDRESSES[::-1]}.get(order, SHUFFLED)
    with engine_servers.virtuoso(tmp_path) as server:
        if order == "backwards":
            names = serialise.graph_names
            monkeypatch.setattr(serialise, "graph_names", lambda store: names(store)[::-1])
        elif order != "as usual":
            run_on_nothing(server)
        publisher.publish(release, server.update_access, pause=0)
        with _serving(settings_for(server.query_access, beside)) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
            require_same_results(Services(embedded, {"virtuoso": client}), addresses)
