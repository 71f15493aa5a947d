"""The network of hashtags that stand together, as GEXF 1.3 (https://gexf.net)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from groundswell import __version__
from groundswell.exports.notes import paragraphs

MOST = 500
# What XML 1.0 cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

NOTES = paragraphs(f"""
GEXF 1.3, for Gephi and others: which hashtags stand together.

Nodes are the {MOST} hashtags that most of the posts carry (of all there are, where there
are fewer), with the number of posts. An edge's weight is the number of posts that carry
both.
""")


def legal(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def document(
    tags: Sequence[tuple[int, str, int]],
    pairs: Iterable[tuple[int, int, int]],
    *,
    about: Iterable[str],
    written_at: datetime,
) -> bytes:
    """The graph. tags and pairs: as of db.networks.hashtags, at most MOST tags, so at
    most 124,750 pairs. about: lines for its description."""
    root = Element("gexf", {"xmlns": "http://gexf.net/1.3", "version": "1.3"})
    _meta(root, about, written_at)
    graph = SubElement(
        root, "graph", {"mode": "static", "defaultedgetype": "undirected"}
    )
    attributes = SubElement(graph, "attributes", {"class": "node"})
    SubElement(
        attributes, "attribute", {"id": "posts", "title": "posts", "type": "long"}
    )
    nodes = SubElement(graph, "nodes", {"count": str(len(tags))})
    nodes.extend(_node(*tag) for tag in tags)
    edges = SubElement(graph, "edges")
    edges.extend(_edges(pairs))
    edges.set("count", str(len(edges)))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _meta(root: Element, about: Iterable[str], written_at: datetime) -> None:
    day = written_at.date().isoformat()
    meta = SubElement(root, "meta", {"lastmodifieddate": day})
    SubElement(meta, "creator").text = f"Groundswell {__version__}"
    SubElement(meta, "description").text = legal("\n".join(about))


def _node(row: int, tag: str, posts: int) -> Element:
    node = Element("node", {"id": str(row), "label": legal(f"#{tag}")})
    values = SubElement(node, "attvalues")
    SubElement(values, "attvalue", {"for": "posts", "value": str(posts)})
    return node


def _edges(pairs: Iterable[tuple[int, int, int]]) -> Iterator[Element]:
    for number, (one, other, posts) in enumerate(pairs):
        yield Element(
            "edge",
            {
                "id": str(number),
                "source": str(one),
                "target": str(other),
                "weight": str(posts),
            },
        )
