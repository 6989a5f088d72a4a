"""Errors have codes, which identify them in all versions."""

from __future__ import annotations

import re

from meagraph.core.errors import BY_CODE, kinds
from tests.nonempty import nonempty

PUBLISHED = """
    bad-request unknown-query unknown-parameter missing-parameter wrong-value sparql-syntax-error
    query-refused not-acceptable not-found unknown-release precondition-failed
    range-not-satisfiable withdrawn method-not-allowed unsupported-media-type request-too-large
    result-too-large query-too-large query-timeout engine-failed request-header-too-large
    url-too-long unknown-transfer-coding request-too-slow forbidden not-available-now not-ready
    busy machine-failed query-failed too-many-requests
"""
"""Published codes: each is the last segment of a URL under w3id.org, which never changes."""
OUTCOMES = frozenset({"ok", "cached", "not-modified", "gone", "refused", "internal-error"})
"""Other values of the field for codes in the access log."""


def test_every_error_of_a_request_declares_a_code_of_its_own() -> None:
    for kind in nonempty(kinds()):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", vars(kind)["code"]), kind


def test_no_two_errors_have_the_same_code() -> None:
    assert len(BY_CODE) == len(list(kinds()))
    assert not BY_CODE.keys() & OUTCOMES


def test_a_published_code_stays() -> None:
    assert BY_CODE.keys() >= set(PUBLISHED.split())
