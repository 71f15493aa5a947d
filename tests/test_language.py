"""Text decides a post's language; the platform's tag helps when the text is unsure."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.language import (
    SURE,
    SURE_OF_A_STRANGER,
    UNKNOWN,
    EldcDetector,
    Language,
    decide,
    detect,
    primary_subtag,
)

# Written for this test.
SENTENCES = {
    "en": "The council has promised a new playground before the summer",
    "fr": "La mairie a promis une nouvelle aire de jeux avant l'été",
    "de": "Die Stadt hat bis zum Sommer einen neuen Spielplatz versprochen",
    "es": "El ayuntamiento ha prometido un parque infantil antes del verano",
    "it": "Il comune ha promesso un nuovo parco giochi prima dell'estate",
    "pt": "A câmara prometeu um novo parque infantil antes do verão",
    "nl": "De gemeente heeft voor de zomer een nieuwe speeltuin beloofd",
    "pl": "Miasto obiecało nowy plac zabaw jeszcze przed latem",
    "ar": "وعد المجلس بملعب جديد للأطفال قبل الصيف",
    "ru": "Город пообещал новую детскую площадку до лета",
    "el": "Ο δήμος υποσχέθηκε μια νέα παιδική χαρά πριν το καλοκαίρι",
    "hi": "नगर परिषद ने गर्मियों से पहले नया खेल का मैदान देने का वादा किया",
}


class Fixed:
    """A detector that says what it is told to."""

    languages = frozenset({"en", "fr", "ms", "pl"})

    def __init__(self, *guesses: tuple[str, float]) -> None:
        self._guesses = [Language(code, score) for code, score in guesses]

    def guesses(self, text: str) -> Sequence[Language]:
        return self._guesses if text else ()


@pytest.fixture(scope="module")
def detector() -> EldcDetector:
    return EldcDetector()


@pytest.mark.parametrize("code", SENTENCES)
def test_clear_text_is_known(detector: EldcDetector, code: str) -> None:
    found = detect(SENTENCES[code], detector)
    assert found.code == code
    assert SURE <= found.confidence <= 1


@pytest.mark.parametrize("code", SENTENCES)
@pytest.mark.parametrize("claim", ["en", "fr", "cy", "xx-invalid-", None])
def test_a_wrong_tag_does_not_win_over_clear_text(
    detector: EldcDetector, code: str, claim: str | None
) -> None:
    assert decide(SENTENCES[code], claim, detector=detector).code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "🎉🎉🎉 !!!",
        "https://site.example/a-long-english-path-with-many-words",
        "@someone@server.example @another",
        "#LabourLeaks #AnotherLongTag #Something",
        "&amp;&quot;&nbsp;",
        "12345 67890",
    ],
)
def test_no_words_are_in_no_language(detector: EldcDetector, text: str) -> None:
    assert detect(text, detector) == UNKNOWN
    assert decide(text, "en", detector=detector) == UNKNOWN


def test_links_mentions_and_tags_do_not_decide(detector: EldcDetector) -> None:
    noise = "@the_english_person #ThisIsEnglish https://example.org/this/is/english "
    assert detect(noise + SENTENCES["de"], detector).code == "de"


@pytest.mark.parametrize(
    ("guesses", "claim", "expected"),
    [
        # unsure: the tag counts when it is among the guesses
        ([("pl", 0.5), ("en", 0.4)], "en-GB", "en"),
        ([("pl", 0.5), ("en", 0.4)], "fr", "und"),
        ([("pl", 0.5), ("en", 0.4)], None, "und"),
        # the detector cannot know Welsh
        ([("pl", 0.5), ("en", 0.4)], "cy", "cy"),
        ([("en", SURE_OF_A_STRANGER - 0.01)], "cy", "cy"),
        ([("en", SURE_OF_A_STRANGER)], "cy", "en"),
        # sure: the text decides
        ([("fr", SURE)], "en", "fr"),
        ([("fr", SURE - 0.01)], None, "und"),
        # kin that the detector reports as one
        ([("ms", 0.9)], "id", "id"),
        ([("ms", 0.9)], "en", "ms"),
        ([], "en", "und"),
    ],
)
def test_the_rule(
    guesses: list[tuple[str, float]], claim: str | None, expected: str
) -> None:
    assert decide("Blorn vex", claim, detector=Fixed(*guesses)).code == expected


@pytest.mark.parametrize(
    ("text", "guesses", "expected"),
    [
        # taken for English, and of no English words
        ("Blorn vex quenza mirabu", [("en", 0.9)], "und"),
        # not sure, and all of it English
        ("What are they up to now", [("pl", 0.5), ("en", 0.4)], "en"),
        ("What are they up to now", [("pl", 0.5)], "en"),
        # Pidgin, romanised Hindi, Yoruba: their own words tell
        ("How far, wetin dey happen for Lagos", [("en", 0.9)], "pcm"),
        ("Yeh kya hua, match bahut accha tha", [("en", 0.8)], "hi"),
        ("Awon omo naa ti lo si ile", [("en", 0.7)], "und"),
        # a sure detector of another language is believed
        ("Is it so", [("nl", 0.9)], "nl"),
    ],
)
def test_words_speak_for_and_against_english(
    text: str, guesses: list[tuple[str, float]], expected: str
) -> None:
    assert detect(text, Fixed(*guesses)).code == expected
    assert decide(text, None, detector=Fixed(*guesses)).code == expected


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("pt_BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("iw", "he"),
        ("", None),
        (None, None),
        ("und", None),
        ("zxx", None),
        ("mul", None),
        ("english", None),
        ("<b>", None),
        ("e" * 10_000, None),
    ],
)
def test_tags(tag: str | None, code: str | None) -> None:
    assert primary_subtag(tag) == code


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(alphabet="aé ا#@&;:/.\0\u202e\ud800🎉̈", max_size=60),
    claim=st.none() | st.text(alphabet="en-_x", max_size=5),
)
def test_any_text_has_an_answer(text: str, claim: str | None) -> None:
    found = decide(text, claim, detector=EldcDetector())
    assert found.code
    assert 0 <= found.confidence <= 1


def test_huge_text_is_cut(detector: EldcDetector) -> None:
    assert detect((SENTENCES["en"] + " ") * 20_000, detector).code == "en"


def test_threads_and_copies_agree(detector: EldcDetector) -> None:
    copied: EldcDetector = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own
    texts = list(SENTENCES.values()) * 20
    alone = [detect(text, detector) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: detect(text, copied), texts)) == alone


def test_it_opens_no_socket_and_no_file() -> None:
    """eldc's tables are compiled in; an audit hook sees whatever it would open."""
    code = f"""
import sys
from groundswell.language import EldcDetector, detect
import eldc
seen = []
sys.addaudithook(
    lambda event, args: seen.append((event, args))
    if event.startswith(("socket.", "open", "subprocess", "urllib")) else None
)
assert detect({SENTENCES["fr"]!r}, EldcDetector()).code == "fr"
sys.exit(f"opened {{seen}}" if seen else 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_library_is_imported_late() -> None:
    code = "import sys, groundswell.language; sys.exit('eldc' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
