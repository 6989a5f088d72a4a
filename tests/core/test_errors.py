"""Errors have codes, by which programs know them from one version to the next."""

from __future__ import annotations

import re

from meagraph.core.errors import BY_CODE, kinds

PUBLISHED = """
    bad-request unknown-query unknown-parameter missing-parameter wrong-value sparql-syntax-error
    query-refused not-acceptable not-found unknown-release precondition-failed
    range-not-satisfiable withdrawn method-not-allowed unsupported-media-type request-too-large
    result-too-large query-too-large query-timeout engine-failed request-header-too-large
    url-too-long unknown-transfer-coding request-too-slow forbidden not-available-now not-ready
    busy machine-failed query-failed too-many-requests
"""
"""Codes that clients know: each is the end of an address under w3id.org, which never changes."""
OUTCOMES = frozenset({"ok", "cached", "not-modified", "gone", "refused", "internal-error"})
"""What else the access log has in the place of a code."""


def test_every_error_of_a_request_declares_a_code_of_its_own() -> None:
    for kind in kinds():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", vars(kind)["code"]), kind


def test_no_two_errors_have_the_same_code() -> None:
    assert len(BY_CODE) == len(list(kinds()))
    assert not BY_CODE.keys() & OUTCOMES


def test_a_published_code_stays() -> None:
    assert BY_CODE.keys() >= set(PUBLISHED.split())
