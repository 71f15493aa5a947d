"""What each published table and column means: the words of metadata.json."""

from __future__ import annotations

from collections.abc import Mapping

from groundswell.metadata_told import CAMPAIGN as _CAMPAIGN
from groundswell.metadata_told import POST as _POST
from groundswell.metadata_told import TOLD

_COUNT = "as last seen; empty: unknown, which is not 0"
_COUNTS = {
    "replies": f"Replies, {_COUNT}",
    "reposts": f"Reposts (boosts, shares), {_COUNT}",
    "likes": f"Likes (favourites), {_COUNT}",
    "quotes": f"Quotes, {_COUNT}",
    "views": f"Views, {_COUNT}",
}
_TERM = {"term_id": "The term that was searched for"}
_SOURCE = {"source_id": "The source that it was met on"}
_KEPT = {
    **_CAMPAIGN,
    "platform": "Where the posts were published",
    "posts": "Live posts",
}
_HOUR = {**_KEPT, "hour": "The hour's start, UTC"}
_DAY = {**_KEPT, "day": "The day, UTC"}
_COUNTED = {
    "lang": "Their language, BCP 47; und: could not be told",
    "sentiment": "negative, neutral, positive or unscored",
    "removed": "Posts seen and taken back since",
    "polarity_sum": "Sum of the live posts' polarity; over scored ones the mean",
    "with_evidence": "Neutral live posts with a word, sign or picture a lexicon knows",
    "without_evidence": "Neutral live posts with none; what is neither is not known",
}
_SCORE = {
    "lang": "Language found in the text, BCP 47; und: could not be told",
    "sentiment": "negative, neutral or positive; empty: not scored",
    "polarity": "How negative (-1) or positive (1) its words are: the mean of what a word "
    "list (TextBlob's) says of those it knows; empty: not scored",
    "confidence": "How sure the scorer is, 0 to 1; empty: it does not say",
    "unscored": "Why there is no score (language, empty); empty: there is one",
}


def _daily(what: str, **key: str) -> tuple[str, str, dict[str, str]]:
    return f"{what} by the day", "Kept with the posts.", {**_DAY, **key}


# For each table its title, its description and its columns' descriptions.
TABLES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "timeline": (
        "Timeline",
        "One row per live post and campaign, for reading and for scripts; newest first.",
        {
            "id": "The row in posts",
            "campaign": "The campaign's slug",
            "published_at": "When it was published, UTC, never later than it was seen",
            "platform": "Where it was first published",
            "handle": "Who wrote it, as the platform names them",
            "author": "The name they show",
            "title": "The title, for articles",
            "text": "Plain text",
            "content_warning": "What the author put before it",
            "hashtags": "Its hashtags, casefolded, without #, with spaces between",
            **_SCORE,
            **_COUNTS,
            "kind": "post, reply, repost, quote, article, comment or video",
            "state": "live or edited",
            "url": "The page to read it on",
            "uri": "Its identity, the same on every source",
            "observed_at": "When it was first seen here, UTC",
        },
    ),
    "posts": (
        "Posts",
        "Every post once, deleted and withheld ones too: show those live or edited.",
        {
            "id": "Number of the row; grows with the order of collection",
            "platform": "Where it was first published",
            "uri": "Its identity, the same on every source",
            "url": "The page to read it on",
            "kind": "post, reply, repost, quote, article, comment or video",
            "author_id": "Who wrote it",
            "text": "Plain text",
            "title": "The title, for articles",
            "content_warning": "What the author put before it",
            "sensitive": "1: marked as sensitive; 0: not; empty: unknown",
            "lang_declared": "The language that the platform named",
            "published_at": "When it was published, UTC, never later than it was seen",
            "edited_at": "When its author last changed it, UTC",
            "observed_at": "When it was first seen here, UTC",
            "state": "live, edited, deleted or withheld",
            "reply_to": "The uri of the post that it answers",
            "repost_of": "The uri of the post that it repeats",
            "quote_of": "The uri of the post that it quotes",
            **_COUNTS,
            **_SCORE,
            "subjectivity": "Whether its words tell of facts (0) or of opinion (1), by the "
            "same word list; empty: not scored",
            "scorer": "The engine that gave the sentiment, with its version",
            "evidence": (
                "1: a lexicon knows a word, sign or picture of it; 0: none does; "
                "empty: not scored, or not looked at"
            ),
            "message": "The same number on posts that say the same thing",
            "bridged": "1 while only a bridge's copy of the post was met, 0 otherwise",
        },
    ),
    "campaigns": (
        "Campaigns",
        "What is watched.",
        {
            "id": "Number of the row",
            "slug": "The short name used in addresses",
            "title": "The name",
            "description": "What it is about",
            "starts_at": "When it begins, UTC",
            "ends_at": "When it ends, UTC; empty: open",
            "removed_at": "When it left the configuration, UTC",
            "timezone": "The zone in which its pages show times, as Europe/London",
        },
    ),
    "terms": (
        "Terms",
        "What is searched for, with the time that it was watched.",
        {
            "id": "Number of the row",
            **_CAMPAIGN,
            "kind": "hashtag, phrase, account, domain or feed",
            "value": "The term as it is compared: casefolded, without #",
            "display": "The term as staff wrote it",
            "added_at": "When watching began, UTC",
            "from_start": "1 if it was there when its campaign began, 0 if it joined later",
            "removed_at": "When watching ended, UTC; empty: it goes on",
            "reason": "Why it was added or removed",
        },
    ),
    "sources": (
        "Sources",
        "The servers and feeds that are read.",
        {
            "id": "Number of the row",
            "slug": "The short name",
            "platform": "The kind of service",
            "base_url": "Its address",
            "state": "new, ok, limited, failing, parked (needs a person) or removed",
            "next_due_at": "When it is read next, UTC",
            "last_ok_at": "When it was last read without an error, UTC",
            "last_error": "The last error; empty: none since the last success",
            "facts": "What its own description told, JSON",
            "probed_at": "When its description was last read, UTC",
            "settings_hash": "Changes when its settings change",
        },
    ),
    "coverage": (
        "Coverage",
        "Which time was read, for each source and term, and which was not.",
        {
            "source_id": "The source",
            **_TERM,
            "from_at": "The span's start, UTC",
            "to_at": "The span's end, UTC, not included",
            "state": "complete, overlapping (two looks meet), imported (an archive brought "
            "posts of this time; whether all, nobody knows), capped (the platform showed "
            "only a part) or blind (could not be read)",
            "run_id": "The walk that found it so",
            "evidence": "Why it is capped or blind",
        },
    ),
    "imports": (
        "Imports",
        "Archives that were imported, and how far each has come.",
        {
            "id": "Our own number",
            "campaign_id": "The campaign it was imported into",
            "fingerprint": "What the file is known by: of its size, beginning and end",
            "name": "The file's name",
            "format": "What it was recognised as",
            "started_at": "When it was begun, UTC",
            "finished_at": "When it was read to its end, UTC; empty: it was not",
            "position": "How many of its records are done",
            "posts": "Posts taken in",
            "new": "Those that were not known before",
            "rejected": "Records that could not be read",
            "skipped": "Records that were left out",
            "from_at": "Its oldest post, UTC",
            "to_at": "Its newest post, UTC",
        },
    ),
    "ledger": (
        "Ledger",
        "What platforms with a quota or a price have cost; kept for two months.",
        {
            "id": "Our own number",
            "platform": "The platform",
            "meter": "What was spent: searches, units, microdollars, hashtags",
            "item": "What is paid for once in a period; empty: each request",
            "at": "When, UTC",
            "amount": "How much; 0 once it proved free",
        },
    ),
    "runs": (
        "Walks",
        "Each pass of a source over its terms.",
        {
            "id": "Number of the row",
            "source_id": "The source",
            "term_id": "The term; 0: all of them at once",
            "walk": "forward (new posts), back (history), settle (late arrivals) or "
            "recheck (known posts again)",
            "started_at": "UTC",
            "finished_at": "UTC; empty: still going, or cut off",
            "outcome": "complete, capped or broken",
            "requests": "Requests made",
            "seen": "Posts that matched",
            "new": "Those of them that were not known yet",
            "rejected": "Items that could not be read",
            "skipped": "Items understood and not wanted, by reason, JSON",
            "error": "What went wrong",
        },
    ),
    "rejected": (
        "Unreadable items",
        "Items that a platform sent and nobody could read, with the reason.",
        {
            "id": "Number of the row",
            "run_id": "The walk that met it",
            "item": "Its id or its place in the answer",
            "reason": "What was wrong with it",
        },
    ),
    "authors": (
        "Authors",
        "The accounts whose posts were collected.",
        {
            "id": "Number of the row",
            "platform": "Where the account is",
            "uri": "Its identity, the same on every source",
            "handle": "Its name on the platform",
            "display_name": "The name it shows",
            "url": "Its profile",
            "followers": f"Followers, {_COUNT}",
            "bot": "1: calls itself automated; 0: does not; empty: unknown",
            "opt_out": "1: asked not to be indexed; 0: did not; empty: unknown",
            "first_seen_at": "When it was first met, UTC",
            "state": "active, withheld (suspended or deactivated) or deleted",
            "voice": "The account that stands for all of one person's; empty: this one",
        },
    ),
    "matches": (
        "Matches",
        "Which post belongs to which campaign, by which term.",
        {
            **_CAMPAIGN,
            **_POST,
            **_TERM,
            "published_at": "The post's time, UTC",
            "first": "1 on one row of each campaign and post, to count posts once",
        },
    ),
    "observations": (
        "Observations",
        "Where and when each post was met.",
        {
            **_POST,
            **_TERM,
            **_SOURCE,
            "first_s": "First met there, unix seconds",
            "lasted_s": "Seconds from then to when it was last met there",
            "first_at": "First met there, UTC",
            "last_at": "Last met there, UTC",
            "matched_by": "What matched: tag, text, url, author, or the server's word",
        },
    ),
    "copies": (
        "Copies",
        "The same post met elsewhere: another server's number, a bridge's copy.",
        {
            **_POST,
            "scheme": "local_id, uri, url or bridge",
            "value": "Its name there",
            "source_id": "The source that uses this name; 0: any",
        },
    ),
    "hashtags": (
        "Hashtags",
        "Every hashtag that a collected post carries.",
        {"id": "Number of the row", "tag": "Casefolded, without #"},
    ),
    "post_hashtags": (
        "Hashtags of posts",
        "Which post carries which hashtag.",
        {**_POST, "hashtag_id": "The hashtag"},
    ),
    "links": (
        "Links",
        "Every address that a collected post links to, without tracking parameters.",
        {
            "id": "Number of the row",
            "url": "The address",
            "domain": "Its host",
            "title": "The page's title, where a preview card named one",
        },
    ),
    "post_links": (
        "Links of posts",
        "Which post links where.",
        {**_POST, "link_id": "The link"},
    ),
    "mentions": (
        "Mentions",
        "Which post names which account.",
        {**_POST, "account": "The account as written"},
    ),
    "media": (
        "Media",
        "Pictures, videos and sounds beside posts; only their addresses are kept.",
        {
            **_POST,
            "position": "Its place, from 0",
            "type": "image, video, audio, …",
            "url": "Its address",
            "preview_url": "A small picture of it",
            "alt": "Its description by the author; empty: none",
        },
    ),
    "metrics": (
        "Counts over time",
        "The counts of posts, written when one has changed.",
        {
            **_POST,
            **_SOURCE,
            "at_s": "When they were seen, unix seconds",
            "at": "When they were seen, UTC",
            **_COUNTS,
        },
    ),
    "revisions": (
        "Revisions",
        "What edited posts said before.",
        {
            **_POST,
            "version": "Counted from 1",
            "seen_at": "When this version was seen, UTC",
            "text": "Its text",
            "title": "Its title",
            "content_warning": "Its content warning",
        },
    ),
    "hourly": ("Posts by the hour", "Kept with the posts.", {**_HOUR, **_COUNTED}),
    "daily": ("Posts by the day", "Kept with the posts.", {**_DAY, **_COUNTED}),
    "hourly_messages": (
        "Messages by the hour",
        "Kept with the posts.",
        {
            **_HOUR,
            "hour_no": "The hour, counted from 1970",
            "message": "What is said alike, as in posts",
        },
    ),
    "daily_hashtags": _daily("Hashtags", hashtag_id="The hashtag"),
    "daily_links": _daily("Links", link_id="The link"),
    "hourly_terms": (
        "Terms by the hour",
        "Kept with the posts; a post with two terms counts for both.",
        {**_HOUR, **_COUNTED, "term_id": "The term"},
    ),
    "daily_terms": (
        "Terms by the day",
        "Kept with the posts; a post with two terms counts for both.",
        {**_DAY, **_COUNTED, "term_id": "The term"},
    ),
    "daily_voices": _daily(
        "Voices",
        draw="A number drawn for the account: those below a bound are a random part",
        author_id="The account",
        hours="The hours in which it wrote, a bit each: bit 0 is 00:00 to 01:00 UTC",
    ),
    **TOLD,
}
