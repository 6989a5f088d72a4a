"""Settings come from what is given, then the environment, then the defaults."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from meagraph.core.errors import SettingsError
from meagraph_api.settings import Settings, from_environment, table


def test_every_setting_has_a_name_for_the_environment_and_a_meaning() -> None:
    assert [setting.name for setting in table()] == list(asdict(Settings()))
    for setting in table():
        assert setting.variable == f"MEAGRAPH_{setting.name.upper()}"
        assert setting.help.endswith(".")
        assert setting.default is None or isinstance(setting.default, setting.kind)


def test_what_is_given_wins_over_the_environment_and_that_over_the_default() -> None:
    environment = {"MEAGRAPH_PORT": "1", "MEAGRAPH_RELEASES": "/r", "MEAGRAPH_QUERY_TIMEOUT": "1.5"}
    settings = from_environment(environment, port=2, host=None)
    assert (settings.port, settings.host) == (2, "127.0.0.1")
    assert settings.releases == Path("/r")
    assert settings.query_timeout == 1.5


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MEAGRAPH_PORT", "http", "MEAGRAPH_PORT is 'http'; it must be a whole number"),
        ("MEAGRAPH_QUERY_TIMEOUT", "soon", "must be a number"),
        ("MEAGRAPH_QUERY_TIMEOUT", "0", "must be above 0"),
        ("MEAGRAPH_QUERY_TIMEOUT", "nan", "must be above 0"),
        ("MEAGRAPH_WORKERS", "-1", "must be above 0"),
        ("MEAGRAPH_PAGE_SIZE", "5000", "must be 1 to 200"),
        ("MEAGRAPH_PUBLIC_URL", "example.org", "must begin with https://"),
        ("MEAGRAPH_PUBLIC_URL", "https:///mea", "name a host"),
        ("MEAGRAPH_PUBLIC_URL", "https://user:secret@example.org", "Leave out the user"),
        ("MEAGRAPH_PUBLIC_URL", "https://example.org/?a=b", "Leave out the user"),
        ("MEAGRAPH_TRUSTED_PROXIES", "127.0.0.1, proxy", "names 'proxy', which is no IP address"),
        ("MEAGRAPH_INFORMEA_DECISIONS", "maybe", "it must be true or false"),
    ],
)
def test_a_wrong_setting_is_said(variable: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        from_environment({variable: value})


@pytest.mark.parametrize(
    ("said", "meant"), [("true", True), ("1", True), ("False", False), ("0", False)]
)
def test_a_switch_is_on_or_off(said: str, meant: bool) -> None:
    settings = from_environment({"MEAGRAPH_INFORMEA_DECISIONS": said})
    assert settings.informea_decisions is meant
