"""What a post's words sound like: the engines, and the gate before them.

    posts ─▶ language ─▶ prose (cleaned, names masked) ─▶ an engine ─▶ results

`engines.py` holds the interface and the gate; each engine is a module of its own.
"""

from groundswell.sentiment.engines import (
    DEFAULT,
    Document,
    Engine,
    Label,
    Result,
    Words,
    available,
    load,
    score_documents,
    score_posts,
    scorer,
)

__all__ = [
    "DEFAULT",
    "Document",
    "Engine",
    "Label",
    "Result",
    "Words",
    "available",
    "load",
    "score_documents",
    "score_posts",
    "scorer",
]
