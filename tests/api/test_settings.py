"""Settings come from what is given, then the environment, then the defaults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from meagraph.core.errors import SettingsError
from meagraph_api.settings import Setting, Settings, from_environment, table
from tests.nonempty import nonempty

DEFAULTS: dict[str, tuple[type, object]] = {
    "host": (str, "127.0.0.1"),
    "port": (int, 8000),
    "processes": (int, 1),
    "releases": (Path, None),
    "queries": (Path, None),
    "public_url": (str, ""),
    "trusted_proxies": (str, ""),
    "engine": (str, ""),
    "engine_profile": (str, "standard"),
    "engine_auth": (str, "none"),
    "engine_secret": (Path, None),
    "engine_connections": (int, 16),
    "engine_rows": (int, 0),
    "query_timeout": (float, 30.0),
    "query_memory": (int, 1073741824),
    "workers": (int, 4),
    "slow_after": (float, 1.0),
    "slow_workers": (int, 2),
    "max_wait": (float, 5.0),
    "memory_triples": (int, 100000),
    "cache_bytes": (int, 67108864),
    "page_cache_bytes": (int, 67108864),
    "client_queries": (int, 10),
    "client_seconds": (float, 300.0),
    "client_unsent_bytes": (int, 268435456),
    "max_unsent_bytes": (int, 1073741824),
    "max_query_bytes": (int, 262144),
    "max_result_bytes": (int, 268435456),
    "max_head_bytes": (int, 65536),
    "head_timeout": (float, 10.0),
    "body_timeout": (float, 30.0),
    "max_connections": (int, 1000),
    "client_connections": (int, 100),
    "shutdown_grace": (float, 5.0),
    "metrics": (str, "loopback"),
    "page_size": (int, 50),
    "informea_decisions": (bool, False),
    "contact": (str, ""),
    "notice": (str, ""),
}
"""All settings in order, with their types."""

ABOVE_ZERO = [
    *("query_timeout", "query_memory", "processes", "engine_connections", "workers"),
    *("slow_after", "slow_workers", "max_wait", "max_query_bytes", "max_result_bytes"),
    *("max_head_bytes", "head_timeout", "body_timeout", "max_connections"),
]
NOT_NEGATIVE = [
    *("engine_rows", "memory_triples", "cache_bytes", "client_connections", "page_cache_bytes"),
    *("client_queries", "client_seconds", "client_unsent_bytes", "max_unsent_bytes"),
    "shutdown_grace",
]

READ: dict[type, dict[str, object]] = {
    str: {"": "", " a ": " a ", '["a"]': '["a"]', "null": "null"},
    Path: {"": Path(), "~/a b": Path("~/a b"), "/r/": Path("/r"), "null": Path("null")},
    int: {"7": 7, " 7 ": 7, "+7": 7, "0_7": 7},
    float: {"7": 7.0, "7.5": 7.5, " 7 ": 7.0, "1e2": 100.0, "inf": float("inf")},
    bool: {"true": True, "True": True, "1": True, "FALSE": False, "0": False},
}
"""What is read from a variable, by the type of the setting."""

REFUSED: dict[type, tuple[str, list[str]]] = {
    int: ("a whole number", ["", "many", "7.0", "7.5", "1e3", "0x7", "64MB", "true", "[7]"]),
    float: ("a number", ["", "soon", "30s", "7,5", "true", "[7]"]),
    bool: ("true or false", ["", "yes", "no", "on", "off", "t", "2", " true"]),
}
"""What is no value of a type, and what is said instead. Numbers have no units."""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests begin without settings in the environment."""
    for variable in [name for name in os.environ if name.startswith("MEAGRAPH_")]:
        monkeypatch.delenv(variable)


def of(kind: type) -> list[Setting]:
    return [setting for setting in table() if setting.kind is kind]


def test_every_setting_has_a_type_a_default_a_variable_and_a_meaning() -> None:
    assert {setting.name: (setting.kind, setting.default) for setting in table()} == DEFAULTS
    assert [setting.name for setting in table()] == list(DEFAULTS)
    for setting in table():
        assert setting.variable == f"MEAGRAPH_{setting.name.upper()}"
        assert setting.help.endswith(".")
        assert getattr(Settings(), setting.name) == setting.default


def test_what_is_given_wins_over_the_environment_and_that_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEAGRAPH_PORT", "1")
    monkeypatch.setenv("MEAGRAPH_RELEASES", "/r")
    monkeypatch.setenv("MEAGRAPH_QUERY_TIMEOUT", "1.5")
    settings = from_environment(port=2, host=None)
    assert (settings.port, settings.host) == (2, "127.0.0.1")
    assert settings.releases == Path("/r")
    assert settings.query_timeout == 1.5


def test_a_variable_is_not_read_if_its_setting_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEAGRAPH_PORT", "http")
    assert from_environment(port=2).port == 2


def test_settings_made_in_a_program_do_not_depend_on_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEAGRAPH_PORT", "1")
    assert Settings().port == 8000
    assert Settings(host="::1").port == 8000


@pytest.mark.parametrize("variable", ["MEAGRAPH_PROT", "PORT", "meagraph_port", "Meagraph_Port"])
def test_other_variables_count_for_nothing(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http")
    assert from_environment() == Settings()


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__name__)
def test_a_variable_is_read_by_the_type_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    checked = {"public_url", "trusted_proxies", "metrics", "contact"}
    settings = [setting for setting in of(kind) if setting.name not in checked]
    assert settings
    for setting in settings:
        for text, value in READ[kind].items():
            monkeypatch.setenv(setting.variable, text)
            found: Any = getattr(from_environment(), setting.name)
            assert (found, type(found)) == (value, type(value))
        monkeypatch.delenv(setting.variable)


@pytest.mark.parametrize("kind", REFUSED, ids=lambda kind: kind.__name__)
def test_what_is_not_of_the_type_is_refused(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    right, texts = REFUSED[kind]
    for setting in nonempty(of(kind)):
        for text in nonempty(texts):
            monkeypatch.setenv(setting.variable, text)
            message = f"{setting.variable} is {text!r}; it must be {right}."
            assert refusal() == message
        monkeypatch.delenv(setting.variable)


@pytest.mark.parametrize("name", [*ABOVE_ZERO, *NOT_NEGATIVE])
def test_numbers_have_a_least_value(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    above, kind = name in ABOVE_ZERO, DEFAULTS[name][0]
    right = "it must be above 0." if above else "it must not be below 0."
    variable = f"MEAGRAPH_{name.upper()}"
    for text in (*(["0"] if above else []), "-1", *(["nan", "-inf"] if kind is float else [])):
        monkeypatch.setenv(variable, text)
        assert refusal() == f"{name} is {kind(text)}; {right}"
        assert refusal(**{name: kind(text)}) == f"{name} is {kind(text)}; {right}"
    monkeypatch.setenv(variable, "1" if above else "0")
    assert getattr(from_environment(), name) == (1 if above else 0)


@pytest.mark.parametrize(("name", "least", "most"), [("port", 1, 65535), ("page_size", 1, 200)])
def test_some_numbers_have_a_range(
    monkeypatch: pytest.MonkeyPatch, name: str, least: int, most: int
) -> None:
    for value in (least, most):
        assert getattr(from_environment(**{name: value}), name) == value
    for value in (-1, least - 1, most + 1):
        message = f"{name} is {value}; it must be {least} to {most}."
        assert refusal(**{name: value}) == message
        monkeypatch.setenv(f"MEAGRAPH_{name.upper()}", str(value))
        assert refusal() == message


URL = "public_url is {!r}; it must begin with https:// or http:// and name a host."
PARTS = (
    "public_url must be no more than scheme, host, port and path: it is in every page. Leave out "
    "the user, password, query and fragment."
)
PROXY = (
    "trusted_proxies names {!r}, which is no IP address or network, e.g. 192.0.2.1 or 192.0.2.0/24."
)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("public_url", "example.org", URL.format("example.org")),
        ("public_url", "https:///mea", URL.format("https:///mea")),
        ("public_url", "ftp://example.org", URL.format("ftp://example.org")),
        ("public_url", "https://user:secret@example.org", PARTS),
        ("public_url", "https://example.org/?a=b", PARTS),
        ("public_url", "https://example.org/#a", PARTS),
        ("trusted_proxies", "127.0.0.1, proxy", PROXY.format("proxy")),
        ("trusted_proxies", "192.0.2.1/24", PROXY.format("192.0.2.1/24")),
        ("metrics", "me", "metrics is 'me'; it must be loopback, all, none."),
        ("metrics", "All", "metrics is 'All'; it must be loopback, all, none."),
        ("metrics", "", "metrics is ''; it must be loopback, all, none."),
        (
            "contact",
            "javascript:alert(1)",
            "contact is 'javascript:alert(1)'; it must begin with https://, http:// or mailto:.",
        ),
    ],
)
def test_a_text_that_a_setting_cannot_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    assert refusal(**{name: value}) == message
    monkeypatch.setenv(f"MEAGRAPH_{name.upper()}", value)
    assert refusal() == message
    with pytest.raises(SettingsError) as refused:
        Settings.model_validate({name: value})
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("public_url", value) for value in ("", "https://example.org/mea/", "http://[::1]:80")],
        *[("trusted_proxies", value) for value in ("", "*", "::1, 10.0.0.0/8,", " 127.0.0.1 ")],
        *[("metrics", value) for value in ("loopback", "all", "none")],
        *[("contact", value) for value in ("", "mailto:a@example.org", "https://example.org/")],
    ],
)
def test_a_text_that_a_setting_can_have_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MEAGRAPH_{name.upper()}", value)
    assert getattr(from_environment(), name) == value


def refusal(**values: Any) -> str:
    """What is said of settings that are refused."""
    with pytest.raises(SettingsError) as refused:
        from_environment(**values)
    return str(refused.value)
