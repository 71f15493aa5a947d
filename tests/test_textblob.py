"""Our reader of texts and TextBlob itself: the very same numbers, whatever the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell import evaluate
from groundswell.sentiment import textblob_reader
from tests.engines import SHARED, labelled

Stock = Callable[[str], tuple[float, float]]


@pytest.fixture(scope="module")
def stock() -> Stock:
    from textblob.en import sentiment

    return lambda text: tuple(sentiment(text))


@pytest.fixture(scope="module")
def ours() -> textblob_reader.Reader:
    return textblob_reader.Reader()


# Words that count, that negate, that modify and that do nothing; everything that TextBlob
# splits, joins or takes for an emoticon.
PIECES = st.sampled_from([
    "good", "Good", "bad", "not", "no", "never", "n't", "really", "very", "extremely",
    "cruelly", "awful", "great", "the", "a", "I", "members", "x", "X", "o", "O", "D", "8",
    "don't", "isn't", "can’t", "it's", "they'll", "mustn'tve", "'quoted'", '"said"',
    "“curly”", "‘so’", "(!)", "( ! )", "(", ")", "!", "!!!", "?", "...", "..", ".", "…",
    ":)", ": )", ":-)", ":(", ": (", ":'(", "<3", "< 3", "♥", "=D", "x-D", "8)", "8 )",
    "o_O", "o . O", ":3", "3", ": 3", "Score:", "s", ":s", "°o°", "#good", "@user", "#x",
    "good.", "good,", "(good)", "good!", "bad).", "etc.", "e.g.", "Mr.", "Dr.", "Bd.", "w/",
    "U.S.", "END-OF-SENTENCE", "\n\n", "\r\n", "\u00a0", "😀", "👍🏽", "http://a.example/good",
    "good-bad", "_good_", "*good*", "$9.99", "1,000", "Très", "İyi", "ß", "`good`", "|",
])  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from([" ", "", "  ", "\n"])), max_size=12)


@given(TEXTS.map(lambda pairs: "".join(a + b for a, b in pairs)))
@settings(
    max_examples=1500, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_any_pieces_score_alike(
    ours: textblob_reader.Reader, stock: Stock, text: str
) -> None:
    assert ours(text) == stock(text)


@given(st.text(max_size=60) | st.text("goodbad nt'!.()<3:;-DxX8o\"“”’#", max_size=40))
@settings(
    max_examples=800, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_any_text_scores_alike(
    ours: textblob_reader.Reader, stock: Stock, text: str
) -> None:
    assert ours(text) == stock(text)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in SHARED.glob("sentiment/*.tsv"))
)
def test_real_posts_score_alike(name: str, stock: Stock) -> None:
    """Every labelled post, foreign ones and all, as it was published."""
    reader = textblob_reader.Reader()
    posts = list(evaluate.read_labelled(labelled(name)))
    for post in posts[:: max(1, len(posts) // 6000)]:
        assert reader(post.text) == stock(post.text), post.text


def test_what_is_remembered_is_bounded(
    monkeypatch: pytest.MonkeyPatch, stock: Stock
) -> None:
    monkeypatch.setattr(textblob_reader, "_REMEMBERED", 5)
    reader = textblob_reader.Reader()
    for number in range(50):
        text = f"good tag#{number} not bad, very{number} good!"
        assert reader(text) == stock(text)
    assert len(reader._stretches) <= 5
