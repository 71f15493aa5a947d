"""Which posts are one message, and which are not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from db.messages import message_of


def key(text: str, *links: str, title: str | None = None, of: str | None = None) -> int:
    return message_of(text, title, links, of, f"https://social.example/{text}")


SAME = (
    ("Read the memo!", "read the memo"),
    ("Read the memo", "READ\n the   memo ..."),
    ("RT @ana: Read the memo", "Read the memo"),
    ("@minister please read the memo", "@other@social.example please read the memo"),
    ("Read the memo https://t.co/a1", "Read the memo https://t.co/b2"),
    ("Read the me\u200bmo", "Read the memo"),
    ("Don\u2019t read it", "Don't read it"),
    ("\uff32ead it", "Read it"),
    ("Stra\u00dfe", "STRASSE"),
    ("Read it \u2764\ufe0f", "Read it \u2764"),
    ("#LabourLeaks now", "labourleaks now"),
)
DIFFERENT = (
    ("Read the memo", "Read the memos"),
    ("Read it \U0001f525", "Read it"),
    ("Read it 1", "Read it 2"),
    ("Read it", "Lee esto"),
)


def test_what_does_not_change_what_is_said_makes_no_difference() -> None:
    for one, other in SAME:
        assert key(one) == key(other), (one, other)


def test_other_words_are_another_message() -> None:
    for one, other in DIFFERENT:
        assert key(one) != key(other), (one, other)


def test_the_links_belong_to_what_is_said_in_any_order() -> None:
    a, b = "https://gazette.example/1", "https://gazette.example/2"
    assert key("Read", a, b) == key("Read", b, a, a)
    assert key("Read", a) != key("Read", b)
    assert key("Read", a) != key("Read")
    assert key("", a) == key("!!", a)


def test_posts_without_words_are_not_one_message() -> None:
    assert key("") != key("!")
    assert key("", of="https://x.com/i/1") == key("?", of="https://x.com/i/1")


@given(st.text(), st.lists(st.text(max_size=5), max_size=3))
def test_any_text_has_a_number_that_json_keeps(text: str, links: list[str]) -> None:
    number = key(text, *links)
    assert 0 <= number < 2**53
    assert number == key(text, *links)


@given(st.text(alphabet="ab 1#\u00e4\u00df", min_size=1))
def test_capitals_never_matter(text: str) -> None:
    if text.strip(" #"):
        assert key(text) == key(text.lower()) == key(f"  {text}.")
