"""Descriptions of canned queries for readers: labels instead of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from meagraph.core.queries.parameters import Choice
from meagraph_api.pages.translations import translated
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.result_cells import YES_OR_NO


def described(
    text: str,
    naming: ColumnLabels,
    choices: Mapping[str, Sequence[Choice]],
    titles: Mapping[str, str],
    subject: str = "",
) -> Markup:
    """A description as HTML, with a label in quotation marks for each code between backticks.

    A code is a value of the column or parameter named before it, first of `subject`; or the name of
    a column, a parameter, or another query, whose title is in `titles`; or a value of any parameter.
    Other codes are shown as they are.
    """
    known = {name: {one.value: one.label for one in few} for name, few in choices.items()}
    any_value = {
        value: translated(word, naming.context.language) for value, word in YES_OR_NO.items()
    }
    any_value |= {value: label for few in known.values() for value, label in few.items()}

    html = []
    for place, part in enumerate(text.split("`")):
        if not place % 2:  # text between codes
            html.append(str(escape(part)))
            continue
        label = known.get(subject, {}).get(part) or naming.value(subject, part)
        if not label and (label := naming.name(part)):
            subject = part
        label = label or titles.get(part) or any_value.get(part, "")
        html.append(f"<q>{escape(label)}</q>" if label else f"<code>{escape(part)}</code>")
    return Markup("".join(html))  # noqa: S704 - every part is escaped
