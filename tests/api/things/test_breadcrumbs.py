"""Breadcrumbs lead from a page of the navigation, or from a list, to the page of a thing."""

from __future__ import annotations

import httpx
import pytest

from tests.api.browsing import section_of, trail_of

SAIGA, JOINT = "Saiga work programme 2016–2020", "CMS–CITES joint work programme 2015–2020"

TRAILS = {
    "instrument/saiga-mtiwp-2016-2020": ("Plans", SAIGA),
    "section/saiga-mtiwp-2016-2020/11.0": ("Plans", SAIGA, "11.0 Ural population"),
    "measure/saiga-mtiwp-2016-2020/11.1": (
        *("Plans", SAIGA, "11.0 Ural population"),
        "Measure 11.1",
    ),
    "unit/saiga-mtiwp-2016-2020/ural": ("Plans", SAIGA, "Ural population"),
    "part/cms-cites-jwp-2015-2020/C2/b": (
        *("Plans", JOINT, "C Implementation and fundraising cooperation"),
        *("Measure C2", "b"),
    ),
    "section/cms-cites-jwp-2015-2020/african-elephant": (
        *(
            "Plans",
            JOINT,
            "B Joint activities addressing shared species and issues of common interest",
        ),
        "African elephant",
    ),
    "source/saiga-mtiwp-2016-2020.txt": (
        *("Plans", SAIGA),
        "Medium-Term International Work Programme for the Saiga …",
    ),
    "instrument/cms": ("Documents", "CMS"),
    "country/KAZ": ("Countries", "Kazakhstan"),
    "taxon/ovis-ammon-polii": (
        "Species and subspecies",
        "Ovis ammon",
        "Ovis ammon polii",
    ),
    "topic/border-fence": ("Topics", "barriers and infrastructure", "border fence"),
    "site/zamyn-uud": ("Places", "Zamyn-Uud (Zamiin Uud)"),
    "actor/wwf-international": (
        *("Types of organisation", "international NGOs"),
        "WWF International",
    ),
    "cmp-action/3": (
        "CMP Conservation Actions v2.0",
        "Behavioral Change / Threat Reduction",
        "Awareness Raising",
    ),
    "scheme/topic": ("Data and API", "The ontology", "topic"),
    "meeting/cms-cop14": ("meeting", "Fourteenth Meeting of the Conference of the Parties (COP14)"),
}


@pytest.mark.parametrize(("path", "steps"), TRAILS.items())
def test_a_thing_has_its_place_in_a_plan_or_a_list(
    real: httpx.Client, path: str, steps: tuple[str, ...]
) -> None:
    trail = trail_of(real.get(f"/page/{path}").text)
    assert trail.steps == steps


@pytest.mark.parametrize("path", ["measure/saiga-mtiwp-2016-2020/11.1", "scheme/topic"])
def test_every_step_above_has_a_page(real: httpx.Client, path: str) -> None:
    trail = trail_of(real.get(f"/page/{path}").text)
    assert len(trail.links) == len(trail.steps) - 1
    assert all(real.get(link).status_code == 200 for link in trail.links)


def test_the_navigation_marks_the_section_of_a_plan(real: httpx.Client) -> None:
    assert section_of(real.get("/page/measure/saiga-mtiwp-2016-2020/11.1").text) == "Plans"
    assert section_of(real.get("/page/graph/inferred").text) == "Data and API"
    assert section_of(real.get("/page/country/KAZ").text) is None


def test_further_pages_of_mentions_have_breadcrumbs_too(real: httpx.Client) -> None:
    page = real.get("/page/instrument/saiga-mtiwp-2016-2020?page=2").text
    assert trail_of(page).steps == ("Plans", SAIGA)


def test_breadcrumbs_are_in_the_language_of_the_page(real: httpx.Client) -> None:
    page = real.get("/page/unit/saiga-mtiwp-2016-2020/ural", headers={"cookie": "lang=ru"}).text
    assert trail_of(page).steps == ("Планы", SAIGA, "Ural population")
    assert f'<li lang="en"><a href="/page/instrument/saiga-mtiwp-2016-2020">{SAIGA}</a>' in page
