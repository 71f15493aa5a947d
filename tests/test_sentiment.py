"""What a post's score says: words, names, negation, evidence, other languages."""

from __future__ import annotations

import pytest

from groundswell import evaluate
from groundswell.language import EldcDetector
from groundswell.names import NAMES, TITLES
from groundswell.prose import mask_of, prepare
from groundswell.sentiment import (
    Document,
    Engine,
    Result,
    load,
    score_documents,
    score_posts,
)
from tests.engines import detector, engine, labelled, polarity, post

__all__ = ["detector", "engine"]  # fixtures

# Ten languages, each with a strong opinion in words that TextBlob does not know.
FOREIGN = {
    "fr": "Ce gouvernement est une catastrophe et le ministre doit partir",
    "de": "Diese Regierung ist eine Katastrophe und der Minister muss gehen",
    "es": "Este gobierno es un desastre y el ministro tiene que irse",
    "it": "Questo governo è un disastro e il ministro se ne deve andare",
    "pt": "Este governo é um desastre e o ministro tem de sair já",
    "nl": "Deze regering is een ramp en de minister moet opstappen",
    "pl": "Ten rząd to katastrofa i minister musi odejść",
    "ar": "هذه الحكومة كارثة وعلى الوزير أن يرحل",
    "ru": "Это правительство катастрофа и министр должен уйти",
    "tr": "Bu hükümet tam bir felaket ve bakan istifa etmeli",
}


def test_a_post_has_a_score(engine: Engine, detector: EldcDetector) -> None:
    good, bad, plain = score_posts(
        [
            post("What a wonderful evening it was at the town hall"),
            post("That was a horrible evening at the town hall"),
            post("The meeting is at the town hall on Tuesday"),
        ],
        engine,
        detector,
    )
    assert (good.sentiment, bad.sentiment, plain.sentiment) == (
        "positive",
        "negative",
        "neutral",
    )
    assert good.polarity == 1.0
    assert good.subjectivity == 1.0
    assert (plain.polarity, plain.subjectivity, plain.unscored) == (0.0, 0.0, None)
    if engine.name == "textblob":
        assert good.confidence is None  # it has none to give
    else:
        assert good.confidence is not None
        assert 1 / 3 < good.confidence <= 1


@pytest.mark.parametrize("code", FOREIGN)
@pytest.mark.parametrize("declared", [None, "en"])
def test_another_language_is_never_neutral(
    engine: Engine, detector: EldcDetector, code: str, declared: str | None
) -> None:
    (result,) = score_posts([post(FOREIGN[code], lang=declared)], engine, detector)
    assert result == Result(code, unscored=f"language:{code}")


def test_nothing_to_detect_is_not_neutral(
    engine: Engine, detector: EldcDetector
) -> None:
    (result,) = score_posts([post("ok")], engine, detector)
    assert result == Result("und", unscored="language:und")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🎉🎉",
        "!!! … ???",
        "https://site.example/great-news",
        "@ada@one.example",
        "RT @ada@one.example: https://site.example/",
        "Great Britain",
        "Fine Gael!",
        "Fianna Fail, Green Party",
        "#BlackLivesMatter",
        "#FreshHopeNow ✊",
        "fresh hope now",
    ],
)
def test_no_words_but_names_and_links_are_no_evidence(
    engine: Engine, detector: EldcDetector, text: str
) -> None:
    (result,) = score_posts([post(text, lang="en")], engine, detector, ["FreshHopeNow"])
    assert result.unscored == "empty"
    assert (result.polarity, result.sentiment) == (None, None)
    (direct,) = score_documents([Document(text, "en")], engine, ["FreshHopeNow"])
    assert direct == Result("en", unscored="empty")


@pytest.mark.parametrize("name", [*NAMES, *TITLES])
def test_a_listed_name_scores_and_is_masked(name: str) -> None:
    from textblob.en import sentiment

    assert sentiment(name)[0] != 0  # else it need not be listed
    forms = [name, name.upper(), "#" + name.title().replace(" ", "")]
    for form in forms:
        assert polarity(f"They talked about {form} in the office") == 0, form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what is best for Britain", 1.0),  # prose, not the organisation
        ("a green partying crowd", -0.2),  # whole words only
        ("great, Britain is talking", 0.8),
    ],
)
def test_prose_is_not_masked(text: str, expected: float) -> None:
    assert polarity(text) == expected


@pytest.mark.parametrize("term", ["FreeTheBuses", "#FreeTheBuses", "free the buses"])
@pytest.mark.parametrize(
    "form", ["#FreeTheBuses", "free the buses", "Free-the-buses", "freethebuses’"]
)
def test_watch_terms_are_masked_in_every_form(term: str, form: str) -> None:
    assert "somename" in prepare(f"We met about {form} today", mask_of((term,)))
    assert polarity(f"We met about {form} today", term) == 0


def test_terms_without_words_mask_nothing() -> None:
    assert polarity("A wonderful ( day #", "", "#", "🎉", "(") == 1.0


def test_the_longer_name_wins() -> None:
    assert prepare("the Green New Deal", mask_of()) == "the somename"


def test_names_end_a_negation_as_they_did() -> None:
    assert prepare("not Great Britain great", mask_of()) == "not somename great"
    assert polarity("not Great Britain great") == 0.8


@pytest.mark.parametrize(
    "text",
    [
        "This isn't good",
        "This isn’t good",
        "This isnt good",
        "THIS ISN'T GOOD",
        "They aren't honest",
        "This cannot good",
        "It ain't great",
        "We don't good",
    ],
)
def test_contractions_negate(text: str) -> None:
    found = polarity(text)
    assert found is not None
    assert found < 0


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("can't won't shan't ain't", "can not will not shall not is not"),
        ("can’t", "can not"),
        ("want a giant plant", "want a giant plant"),
        ("&amp;quot;good&amp;quot; &lt;b&gt;", '"good" <b>'),
        ("RT @ada: RT @bob@one.example: good", "good"),
        (
            "good @ada@one.example day https://a.example/bad?x=1 www.bad.example",
            "good   day",
        ),
        ("mail ada@good.example", "mail ada@good.example"),
        ("5 &lt; 6 &; & &#x1F600; &#99999999999;", "5 < 6 &; & 😀 �"),
        ("soooo good 🎉 #Great :)", "soooo good 🎉 #Great :)"),
    ],
)
def test_preparation(text: str, prepared: str) -> None:
    assert prepare(text, mask_of()).replace("\xa0", " ") == prepared


def test_title_and_text_are_scored_once(engine: Engine, detector: EldcDetector) -> None:
    def one(**words: str) -> float | None:
        title, text = words.get("title"), words["text"]
        return score_posts([post(text, title=title)], engine, detector)[0].polarity

    headline = "A wonderful evening at the town hall"
    assert one(title=headline, text="The council met and voted on it") == 1.0
    both = one(title=headline, text="The chairs were bad and the heating failed")
    assert both is not None
    assert -0.5 < both < 1.0
    repeated = one(title="It was bad…", text="It was bad. Then a wonderful speech")
    assert repeated == one(text="It was bad. Then a wonderful speech")


def test_results_keep_their_order(engine: Engine) -> None:
    documents = [
        Document("a good day", "en"),
        Document("un jour", "fr"),
        Document("a bad day", "en"),
        Document("", "und"),
    ]
    reasons = [result.unscored for result in score_documents(documents, engine)]
    assert reasons == [None, "language:fr", None, "empty"]
    assert score_documents([], engine) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"polarity": 0.1, "unscored": "empty"},
        {"polarity": 0.1, "sentiment": "positive", "unscored": "empty"},
        {"sentiment": "positive"},
        {},
    ],
)
def test_a_result_is_scored_or_says_why(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="never both"):
        Result("en", **broken)  # type: ignore[arg-type]


def test_a_score_says_whether_there_was_evidence() -> None:
    with pytest.raises(ValueError, match="evidence"):
        Result("en", 0.0, 0.0, "neutral", 0.9)
    with pytest.raises(ValueError, match="evidence"):
        Result("en", unscored="empty", evidence=False)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("The meeting is at the town hall on Tuesday", False),
        ("The meeting is at the town hall on Tuesday 🏠", False),
        ("The wonderful meeting is at the town hall", True),
        ("The meeting is at the town hall :(", True),
        ("The meeting is at the town hall 👏", True),
        # TextBlob gives these a subjectivity and no polarity.
        ("The political meeting is at the town hall", True),
    ],
)
def test_what_no_lexicon_knows_is_no_evidence(
    engine: Engine, text: str, *, spoken: bool
) -> None:
    (result,) = score_documents([Document(text, "en")], engine)
    assert result.evidence is spoken
    if not spoken:
        assert result.sentiment == "neutral"


@pytest.mark.parametrize(
    ("name", "share", "bare", "other"),
    [("tweeteval_test_A.tsv", 0.32, 0.78, 0.70), ("mastodon_A.tsv", 0.45, 0.73, 0.63)],
)
def test_neutral_is_right_more_often_without_evidence(
    name: str, share: float, bare: float, other: float
) -> None:
    """share: of the neutral posts that have none; then how many of those, and of the
    others, people call neutral."""
    posts = list(evaluate.read_labelled(labelled(name)))
    results = score_documents([Document(one.text, "en") for one in posts], load())
    right: dict[bool, list[bool]] = {False: [], True: []}
    for one, result in zip(posts, results, strict=True):
        if result.sentiment == "neutral" and result.evidence is not None:
            right[result.evidence].append(one.label == "neutral")
    count = {told: len(found) for told, found in right.items()}
    assert share < count[False] / sum(count.values()) < share + 0.02
    assert sum(right[False]) / count[False] > bare
    assert sum(right[True]) / count[True] < other


@pytest.mark.parametrize("name", ["social", "linear"])
def test_a_word_in_a_tag_is_evidence(name: str) -> None:
    texts = ["The meeting on Tuesday #PureShame", "The meeting on Tuesday #TownHall"]
    results = score_documents([Document(t, "en") for t in texts], load(name))
    assert [result.evidence for result in results] == [True, False]
