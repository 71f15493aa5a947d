"""Words for the simulated world. All synthetic: written for this project, about a leaked
memo that never existed, by nobody about nobody; no sentence is taken from a real post.
"""

from __future__ import annotations

from random import Random
from typing import Literal

Tone = Literal["positive", "neutral", "negative"]
TONES: tuple[Tone, ...] = ("positive", "neutral", "negative")

_THINGS = (
    "the leaked memo", "the membership list", "the minutes", "the second memo",
    "the draft rulebook", "the budget annex", "the seating plan", "the branch letter",
    "page nine of the memo", "the timetable", "the ballot paper", "the audit note",
)  # fmt: skip
_PLACES = (
    "our branch", "the north office", "the town hall", "the regional meeting",
    "the harbour branch", "the evening session", "the members' forum", "the depot",
    "the reading room", "the spring conference", "the canteen", "the hill branch",
)  # fmt: skip

_OPENERS: dict[Tone, tuple[str, ...]] = {
    "positive": (
        "Good news from {place}.", "I am really pleased:", "What a great evening.",
        "Honestly impressed.", "Finally, something excellent:", "Well done everyone!",
        "A wonderful turnout at {place}.", "Happy to report:", "Best meeting in years.",
        "Lovely to see this.", "Credit where it is due:", "This is brilliant.",
    ),
    "neutral": (
        "Update from {place}.", "Notes from tonight:", "For the record:", "Reading now:",
        "Reminder:", "Here is the agenda for {place}.", "Question:", "Thread, part two.",
        "As reported this morning:", "Seen at {place}:", "Live from {place}.", "New:",
    ),
    "negative": (
        "This is awful.", "Terrible handling, again.", "I am so angry about this.",
        "What a mess at {place}.", "Disgraceful.", "Sad and disappointed today.",
        "The worst meeting I have sat through.", "Nobody should accept this:",
        "Shameful.", "Sick of this.", "Bad news from {place}.", "A horrible evening.",
    ),
}  # fmt: skip

_CORES: dict[Tone, tuple[str, ...]] = {
    "positive": (
        "{thing} was published in full and the answers were honest and clear",
        "the chair read {thing} aloud and thanked every volunteer warmly",
        "members at {place} worked through {thing} with great patience",
        "{thing} turns out to be a fair and careful piece of work",
        "the new people at {place} are kind, quick and wonderfully prepared",
        "we agreed on {thing} happily and still caught the last bus",
        "everyone at {place} got a good seat and a better explanation",
        "the summary of {thing} is excellent and easy to follow",
        "I love how calmly {place} dealt with {thing}",
        "{thing} has been corrected, and the apology was sincere and generous",
        "strong, thoughtful questions about {thing} all evening",
        "the helpers who scanned {thing} deserve a beautiful cake",
    ),
    "neutral": (
        "{thing} is on the table at {place} from seven o'clock",
        "there are three versions of {thing}, dated Monday, Tuesday and Friday",
        "{place} will vote on {thing} next week",
        "someone has put {thing} beside last year's copy",
        "the clerk says {thing} has forty-one pages",
        "{place} meets on Thursday, and {thing} is item four",
        "has anyone compared {thing} with the one from the autumn",
        "copies of {thing} are in the hall, the lift is out of use",
        "the motion about {thing} was moved, seconded and noted",
        "{thing} mentions {place} twice, in paragraphs six and eleven",
        "the count for {place} stands at two hundred and twelve",
        "the speaker reads {thing} from the start, then takes questions",
    ),
    "negative": (
        "{thing} is a disgrace and nobody at {place} dares to say so",
        "they buried {thing} under a pile of stupid excuses",
        "the awful truth about {thing} is that no one read it",
        "{place} was told a miserable story about {thing}",
        "I hate how {thing} was handed round behind our backs",
        "the handling of {thing} has been terrible, slow and insulting",
        "our trust in {place} is broken after {thing}",
        "{thing} is full of ugly mistakes and angry margins",
        "a boring, hopeless defence of {thing} all evening",
        "{place} failed its members badly over {thing}",
        "the worst part of {thing} is the cruel tone on page two",
        "promises about {thing} turned out to be worthless",
    ),
}  # fmt: skip

_CLOSERS: dict[Tone, tuple[str, ...]] = {
    "positive": (
        "Thank you!", "So glad I came.", "More of this, please.", "Proud of the branch.",
        "Superb.", "😊", "That gives me hope.", "", "", "Great work.",
    ),
    "neutral": (
        "More tomorrow.", "Details to follow.", "Page numbers in the reply.", "",
        "Doors open at six.", "", "(1/2)", "Corrections welcome.", "", "📎",
    ),
    "negative": (
        "Enough.", "I am out of patience.", "Resign, all of you.", "😡", "",
        "Pathetic.", "This hurts.", "", "What a waste.", "Never again.",
    ),
}  # fmt: skip

_OTHER: dict[str, dict[Tone, tuple[str, ...]]] = {
    "de": {
        "positive": (
            "Wunderbarer Abend in der Ortsgruppe, alle Antworten waren freundlich.",
            "Das Protokoll ist endlich öffentlich, gute Arbeit und großes Lob!",
            "Ich freue mich sehr über die ehrliche Antwort zum Entwurf.",
        ),
        "neutral": (
            "Die Sitzung beginnt um sieben, der Entwurf liegt im Saal aus.",
            "Seite neun des Papiers nennt zwei Termine im Herbst.",
            "Wer hat die Fassung vom Dienstag mit der vom Freitag verglichen?",
        ),
        "negative": (
            "Eine furchtbare Sitzung, niemand wollte die Verantwortung übernehmen.",
            "Schlimm, wie mit den Mitgliedern umgegangen wird.",
            "Der Umgang mit dem Papier ist eine einzige Blamage.",
        ),
    },
    "fr": {
        "positive": (
            "Très belle réunion ce soir, les réponses étaient claires et honnêtes.",
            "Bravo à toutes et à tous, le compte rendu est excellent !",
            "Quelle joie de voir la salle pleine pour parler de la note.",
        ),
        "neutral": (
            "La note compte quarante et une pages, lecture jeudi à la mairie.",
            "Le vote aura lieu la semaine prochaine, point quatre de l'ordre du jour.",
            "Quelqu'un a-t-il comparé les deux versions du document ?",
        ),
        "negative": (
            "Quelle honte, la note a été cachée aux adhérents pendant des mois.",
            "Réunion affreuse, personne n'a répondu à nos questions.",
            "Je suis très déçue par la façon dont tout cela a été géré.",
        ),
    },
    "es": {
        "positive": (
            "Qué gran noche en la asamblea, respuestas claras y mucha alegría.",
            "Excelente trabajo del grupo que publicó las actas completas.",
            "Me encanta ver la sala llena y tan buena conversación.",
        ),
        "neutral": (
            "El documento tiene cuarenta y una páginas y se lee el jueves.",
            "La votación será la próxima semana en la sala grande.",
            "¿Alguien ha comparado la versión del martes con la del viernes?",
        ),
        "negative": (
            "Qué vergüenza, nadie quiso explicar el documento a los socios.",
            "Una reunión horrible y una respuesta todavía peor.",
            "Estoy harta de excusas sobre las actas filtradas.",
        ),
    },
    "it": {
        "positive": (
            "Bellissima serata in sezione, risposte oneste e tanta energia.",
            "Ottimo lavoro di chi ha pubblicato il verbale completo!",
        ),
        "neutral": (
            "Il documento si legge giovedì alle sette, in sala grande.",
            "La pagina nove cita due date in autunno.",
        ),
        "negative": (
            "Che vergogna, il verbale è rimasto nascosto per mesi.",
            "Riunione pessima, nessuna risposta alle nostre domande.",
        ),
    },
    "ar": {
        "positive": ("اجتماع رائع هذا المساء وإجابات واضحة وصادقة للجميع.",),
        "neutral": ("تبدأ الجلسة في الساعة السابعة والمذكرة من إحدى وأربعين صفحة.",),
        "negative": ("اجتماع سيئ جدا ولم يجب أحد عن أسئلة الأعضاء.",),
    },
    "ja": {
        "positive": ("今夜の集会はとても良かった。説明も丁寧で安心しました。",),
        "neutral": ("会議は七時に始まります。資料は四十一ページです。",),
        "negative": ("ひどい会議でした。誰も質問に答えてくれませんでした。",),
    },
}

LANGUAGES: tuple[tuple[str, float], ...] = (
    ("en", 0.78), ("de", 0.06), ("fr", 0.05), ("es", 0.05), ("it", 0.03),
    ("ar", 0.015), ("ja", 0.015),
)  # fmt: skip

UNRELATED = (
    "The tomatoes on the balcony are finally turning red",
    "Second loaf this week and the crust is still too pale",
    "Rain at the allotment, the beans do not mind",
    "Anyone else hear the owls behind the station tonight",
    "Repaired the old bicycle lamp with a bent spoon",
    "The ferry was early, which never happens",
    "Found a jar of buttons from a coat I no longer own",
    "Practising the same four bars of the waltz again",
)

WARNINGS = ("uk politics", "internal politics, long", "meeting notes", "strong words")
POLLS = (
    ("Have you read the memo?", ("All of it", "The first page", "Not yet")),
    ("When should the branch meet?", ("Tuesday", "Thursday")),
    ("Publish the membership numbers?", ("Yes", "No", "After the vote", "Do not mind")),
)
ALT_TEXTS = (
    "A handwritten agenda pinned to a cork board",
    "Rows of folding chairs in an empty hall",
    "Photograph of page nine, two lines are circled",
    "A bar chart of attendance by month, drawn by hand",
    None,
)
_FIRST = (
    "Wren", "Tamsin", "Orlo", "Pim", "Isolde", "Bram", "Juno", "Cosmo", "Nell", "Ansel",
    "Petra", "Rufus", "Mika", "Thea", "Odo", "Lumi", "Casper", "Ines", "Bede", "Yara",
)  # fmt: skip
_LAST = (
    "Quillfeather", "Marrowby", "Pennyworthy", "Thistlewick", "Oatsworth", "Lanternby",
    "Brackenfold", "Teaspoon", "Windlestraw", "Copperkettle", "Mosswright", "Inkpenny",
    "Harbourlight", "Snowbutton", "Wickerbell", "Applecart",
)  # fmt: skip
_LINK_HOSTS = (
    "gazette.example", "ledger.example", "memo-archive.example", "wire.example",
    "branch-notes.example", "video.example", "minutes.example", "forum.example",
)  # fmt: skip
_SLUGS = (
    "leaked-memo",
    "page-nine",
    "branch-vote",
    "membership-numbers",
    "the-minutes",
)

LINKS: tuple[tuple[str, str], ...] = tuple(
    (
        f"https://{host}/2026/{slug}-{number}",
        f"{slug.replace('-', ' ').capitalize()}, part {number}",
    )
    for number in range(1, 5)
    for slug in _SLUGS
    for host in _LINK_HOSTS
)


def fill(template: str, rng: Random) -> str:
    """A template with its places and things drawn, first letter as written."""
    return template.format(thing=rng.choice(_THINGS), place=rng.choice(_PLACES))


def words(rng: Random, tone: Tone, lang: str = "en") -> str:
    """One post's words, without tags or links; never empty."""
    if lang != "en":
        return rng.choice(_OTHER[lang][tone])
    core = fill(rng.choice(_CORES[tone]), rng)
    core = core[0].upper() + core[1:] + "."
    opener = fill(rng.choice(_OPENERS[tone]), rng) if rng.random() < 0.7 else ""
    parts = (opener, core, rng.choice(_CLOSERS[tone]))
    return " ".join(part for part in parts if part)


def unrelated(rng: Random) -> str:
    """Words about anything but the campaign."""
    return f"{rng.choice(UNRELATED)}."


def headline(rng: Random) -> str:
    """An article's title."""
    core = fill(rng.choice(_CORES["neutral"]), rng)
    return core[0].upper() + core[1:]


def person_name(index: int) -> tuple[str, str]:
    """An invented person's display name and handle, unique for each index."""
    first = _FIRST[index % len(_FIRST)]
    last = _LAST[(index // len(_FIRST) + index) % len(_LAST)]
    return f"{first} {last}", f"{first}{last}{index}".lower()
