"""What speaks for English and against it in the words of a short text.

A detector by characters takes a post in a language that it has never met for one that it
has: 93 % of Nigerian Pidgin, 11 % of Igbo and 37 % of romanised Hindi for English. Which
words are English is read from the list that TextBlob's package ships (Norvig's counts of
public-domain books); the other words here are ours.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_COMMON = _set(
    """
    the be to of and a in that have i it for not on with he as you do at this but his
    by from they we say her she or an will my one all would there their what so up out
    if about who get which go me when make can like time no just him know take people
    into year your good some could them see other than then now look only come its over
    think also back after use two how our work first well way even new want because any
    these give day most us is are was were been being has had does did doing am i'm
    don't dont it's that's thats can't cant you're youre i've ive they're let's lets
    very more much many should still where why really right here today tomorrow tonight
    again going got getting ever never always every who's what's he's she's there's
    we're we've didn't doesn't isn't wasn't won't couldn't i'll i'd you'll we'll off
    down before last next may might must need while through both same own few those
    such too
    """
)
# Words of Nigerian Pidgin that English has not.
_PIDGIN = _set(
    """
    dey wetin una abeg sabi oga naija dia abi sef wey shey kuku wahala biko jare sha
    nau ehn tins pikin comot chop waka goan
    """
)
_PIDGIN_SOME = _set(
    """
    na dem dis dat wan don e oo o no fit go dey
    """
)
# Words of romanised Hindi that English has not.
_HINDI = _set(
    """
    hai hain nahi nahin nhi kya kyu kyun kyo aur bhi mai toh kuch mera meri tera teri
    tum aap hoga raha rahe rahi gaya karo karna liye wala wale wali jab yeh woh bahut
    bohot accha acha bhai apna apne apni bhaiya sahab logon hua hui hue tha thi isko
    usko kisi kaise kabhi abhi lekin sirf itna itni mujhe tujhe baat ghar aaj hota hoti
    hote karne karte karta sakta sakte chahiye dekho dekhne dekhna gayi gaye aapka aapki
    aapke aapko apka apki apke apko ladka ladki ladke pehle pahle phir uska uski uske iska
    iski hamare humare hogi jayega milega aayega rahega rahegi thodi jaldi jyada paise
    galti bahot bhut bilkul yaar jaise lagta aata matlab
    """
)
# Of Hausa, Igbo, Twi and Yoruba: they tell only where little else is English.
_WEST_AFRICAN = _set(
    """
    wannan kuma amma kawai wallahi gaskiya yanzu haka shine suka zai duk lafiya barka
    dai mutum mutane abin wani wata kasar ndi onye anyi nke nwa unu gini kwa ihe ebe
    maka chukwu chineke nna ndo kedu oma obodo paa saa nti enti dee wei kwasia papa
    ampa bra hwe chale nso anka nyame mame ebi awon won naa fun pelu omo oluwa olorun
    jowo ile eyi ati gbogbo nitori sugbon
    """
)
_FOREIGN_LETTER = re.compile("[ɛɔẹọṣịụṅɗɓƙŋɓ]")
_FEW = 0.75


class Evidence(NamedTuple):
    """words: how many. common, known: the share of them that are among the commonest of
    English, and that are English at all. other: "pcm" or "hi" where the words are of
    those, "und" where they are of another language of Africa, else None."""

    words: int
    common: float
    known: float
    other: str | None


def evidence(text: str) -> Evidence:
    """Of a text without addresses, mentions and hashtags."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    count = len(words)
    if not count:
        return Evidence(0, 0.0, 0.0, None)
    common = sum(map(_COMMON.__contains__, words))
    known = sum(map(_known().__contains__, words))
    return Evidence(count, common / count, known / count, _other(words, known / count))


def _other(words: list[str], known: float) -> str | None:
    few = known < _FEW
    if few and (
        not _WEST_AFRICAN.isdisjoint(words) or _FOREIGN_LETTER.search(" ".join(words))
    ):
        return "und"
    if not _PIDGIN.isdisjoint(words) or sum(map(_PIDGIN_SOME.__contains__, words)) > 2:
        return "pcm"
    return None if _HINDI.isdisjoint(words) else "hi"


@cache
def _known() -> frozenset[str]:
    """Every word of the list, and the commonest; the package itself is not imported."""
    found = find_spec("textblob")
    if found is None or found.origin is None:
        return _COMMON
    path = Path(found.origin).with_name("en") / "en-spelling.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return _COMMON | {
        line.split()[0] for line in lines if line.strip() and line[0] != ";"
    }
