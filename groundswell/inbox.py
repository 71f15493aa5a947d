"""Which posts need an eye: staff's rules over the last hours' posts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from db.alert_window import Seen
from db.inbox import Entry, Rule

_HOUR = timedelta(hours=1)
WINDOW, FIRST_WINDOW = 6 * _HOUR, 24 * _HOUR
# A question mark that ends something, not one within a word; other scripts write on
# without a space. Greek asks with a semicolon (U+037E, which NFC makes a plain one),
# Spanish opens with ¿, Armenian and Ethiopic have marks of their own.
_ASKS = re.compile(
    r"[^\s?？؟!.,;:…][\"'”’»)\]]*\s*[?‽⁇⁈⁉](?!\w)"
    r"|\w[\"'”’»)\]」』]*\s*[？؟⸮]"
    r"|[\u0370-\u03ff\u1f00-\u1fff]\s*[;\u037e](?!\w)"
    r"|¿\s*\w|\w[՞፧]"
)
# "Question:" at the beginning, as the languages of Europe and the largest others write it.
_NAMED = re.compile(
    r"\W*(?:a |one |quick |my |une |eine |una )?(?:questions?|frage|pregunta|domanda"
    r"|pergunta|vraag|fråga|spørgsmål|spørsmål|pytanie|otázka|întrebare|kérdés|kysymys"
    r"|soru|ceist|cwestiwn|вопрос|питання|ερώτηση|سؤال|שאלה|प्रश्न|सवाल|質問|问题|問題|질문)"
    r"\s*[:：]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")


def entries(
    posts: Sequence[Seen], rules: Sequence[Rule], now: datetime
) -> Iterator[Entry]:
    """What comes into the inbox. Reposts do not: what they repeat may."""
    for rule in rules:
        holds = _KINDS[rule.kind]
        for post in posts:
            if post.kind != "repost" and holds(post, rule, now):
                yield Entry(rule.campaign_id, post.id, rule.id)


def asks(text: str) -> bool:
    """Whether a text asks: it has a question mark of its language, or says that it does
    ("Question: …"). Rhetorical ones too: no rule of letters tells them apart."""
    bare = _ADDRESS.sub("", text)
    return _NAMED.match(bare) is not None or _ASKS.search(bare) is not None


def _question(post: Seen, rule: Rule, now: datetime) -> bool:
    del now
    return asks(post.text) and (post.followers or 0) >= (rule.least or 0)


def _audience(post: Seen, rule: Rule, now: datetime) -> bool:
    del now
    return (post.followers or 0) >= (rule.least or 0)


def _listed(post: Seen, rule: Rule, now: datetime) -> bool:
    del now
    return _bare(post.handle or "") == _bare(rule.value)


def _rise(post: Seen, rule: Rule, now: datetime) -> bool:
    """Shared so often within so many hours; within the first hour it counts as one."""
    hours = max((now - post.at) / _HOUR, 1.0)
    return (post.shares or 0) / hours >= (rule.least or 0)


def _named(post: Seen, rule: Rule, now: datetime) -> bool:
    del now
    return _bare(rule.value) in {_bare(one) for one in post.mentions}


def _bare(handle: str) -> str:
    return handle.lstrip("@").casefold()


_KINDS: Mapping[str, Callable[[Seen, Rule, datetime], bool]] = {
    "question": _question,
    "audience": _audience,
    "listed": _listed,
    "rise": _rise,
    "named": _named,
}
