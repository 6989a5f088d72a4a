"""In which language a page is wanted: ``?lang=``, then Accept-Language."""

from __future__ import annotations

from starlette.requests import Request

LANGUAGES = ("en", "ru")
"""The languages of the interface; the first is that of whoever wants none of them."""


def language_of(request: Request) -> str:
    """The language of the page that answers a request."""
    asked = request.query_params.get("lang", "")
    accepted = request.headers.get("accept-language", "").lower().split(",")
    wanted = [asked.lower(), *(item.partition(";")[0].strip()[:2] for item in accepted)]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])
