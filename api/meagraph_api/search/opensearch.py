"""The OpenSearch description, by which browsers and portals learn how to ask.

https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

MEDIA_TYPE = "application/opensearchdescription+xml"
_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
_FORMATS = {"html": "text/html", "json": "application/json"}


def description(address: str) -> bytes:
    """The description of the search of a service at an address.

    >>> b'template="https://example.org/search?q={searchTerms}' in description("https://example.org")
    True
    """
    root = ET.Element("OpenSearchDescription", xmlns=_NAMESPACE)
    for name, text in (
        ("ShortName", "meagraph"),
        ("Description", "Search the action plans of environmental agreements"),
    ):
        ET.SubElement(root, name).text = text
    for name, media_type in _FORMATS.items():
        template = f"{address}/search?q={{searchTerms}}&limit={{count?}}&offset={{startIndex?}}"
        ET.SubElement(
            root,
            "Url",
            type=media_type,
            template=f"{template}&format={name}",
            indexOffset="0",  # our offset of the first hit
        )
    ET.SubElement(root, "InputEncoding").text = "UTF-8"
    ET.SubElement(root, "OutputEncoding").text = "UTF-8"
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
