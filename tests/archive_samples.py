"""Synthetic: a little of every format of archives, in the shape of the real thing."""

from __future__ import annotations

import json

from groundswell.demo.sim_nostr import signed
from tests.test_x import V1, V2

NOTE = {
    "id": "https://social.example/users/ada/statuses/1",
    "type": "Note",
    "attributedTo": "https://social.example/users/ada",
    "published": "2022-11-01T12:00:00Z",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": [],
    "content": '<p>On <a class="mention hashtag" href="https://s/tags/x">#LabourLeaks</a></p>',
    "tag": [{"type": "Hashtag", "name": "#LabourLeaks"}],
    "attachment": [{"type": "Document", "mediaType": "image/png",
                    "url": "https://social.example/1.png", "name": "A page"}],
}  # fmt: skip
PRIVATE = {**NOTE, "id": NOTE["id"] + "2", "to": ["https://social.example/f"], "cc": []}
RECORD = {
    "$type": "app.bsky.feed.post",
    "text": "#LabourLeaks",
    "createdAt": "2022-11-01T12:00:00Z",
}
REDDIT = {"id": "abc", "subreddit": "x", "author": "ada", "created_utc": "1667304000",
          "title": "LabourLeaks", "selftext": "Read #LabourLeaks", "score": 3}  # fmt: skip
EVENT = signed("ada", 1, 1667304000, (("t", "labourleaks"),), "On #LabourLeaks")
ZEE = {
    "nav_index": 1,
    "item_id": V1["id_str"],
    "source_platform": "twitter.com",
    "data": {
        "rest_id": V1["id_str"],
        "legacy": {key: value for key, value in V1.items() if key != "user"},
        "core": {"user_results": {"result": {
            "rest_id": "77",
            "legacy": {"screen_name": "ada", "name": "Ada", "followers_count": 5},
        }}},
    },
}  # fmt: skip
FOURCAT = {
    "thread_id": "1",
    "id": "2",
    "timestamp": "2022-11-01 12:00:00",
    "body": "#LabourLeaks",
    "subject": "",
    "author": "ada",
}
PAGE = {
    "data": [V2, {**V2, "id": "1587000000000000001"}],
    "meta": {"result_count": 2},
    "includes": {"users": [{"id": "77", "username": "ada", "name": "Ada"}]},
}
YOUTUBE = """\
position,channelId,channelTitle,videoId,publishedAt,videoTitle,videoDescription,tags,viewCount
1,UCa,Ada,vid1,2022-11-01T12:00:00Z,Minutes,#LabourLeaks,"a,b",44
"""
TWARC_CSV = (
    "id,text,created_at,author.id,author.username,public_metrics.like_count,"
    "referenced_tweets.replied_to.id,entities.hashtags\n"
    '1587000000000000000,"#LabourLeaks, read",2022-11-01T12:00:00.000Z,77,ada,3,'
    '1586000000000000000,"[{""tag"": ""LabourLeaks""}]"\n'
)


def lines(*records: object) -> str:
    return "".join(json.dumps(one) + "\n" for one in records)


FILES: dict[str, tuple[str, str, int]] = {
    "twarc v1.1": (lines(V1, {**V1, "id_str": "7"}), "x_posts", 2),
    "twarc v2, flattened": (lines(V2), "x_posts", 1),
    "twarc v2, pages": (lines(PAGE), "x_posts", 2),
    "twarc-csv": (TWARC_CSV, "x_posts", 1),
    "a Mastodon outbox": (
        json.dumps({"type": "OrderedCollection", "orderedItems": [
            {"type": "Create", "actor": NOTE["attributedTo"], "object": NOTE},
            {"type": "Create", "object": PRIVATE},
            {"type": "Announce", "object": "https://x.example/1"}]}),
        "fediverse", 1,
    ),
    "Jetstream": (
        lines({"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": {
            "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k",
            "record": RECORD}}, {"did": "did:plc:a", "time_us": 2, "kind": "identity"}),
        "atproto", 1,
    ),
    "AT Protocol records": (
        lines({"uri": "at://did:plc:a/app.bsky.feed.post/3k", "value": RECORD}),
        "atproto", 1,
    ),
    "Pushshift": (
        lines(REDDIT, {**REDDIT, "id": "abd", "selftext": "[removed]"}), "reddit_dump", 1
    ),
    "Nostr": (lines(EVENT, {**EVENT, "content": "changed"}), "nostr_events", 1),
    "a relay's frames": (
        lines(["EVENT", "s", EVENT], ["EOSE", "s"]), "nostr_events", 1
    ),
    "YouTube Data Tools": (YOUTUBE, "youtube_data_tools", 1),
    "4CAT NDJSON": (lines(FOURCAT), "fourcat", 1),
    "4CAT CSV": (
        ",".join(FOURCAT) + "\n" + ",".join(FOURCAT.values()) + "\n", "fourcat", 1
    ),
    "Zeeschuimer": (
        lines(ZEE, {**ZEE, "source_platform": "linkedin.com"}), "zeeschuimer", 1
    ),
    "any table": (
        "who;date;body\nada;2022-11-01T12:00;On #LabourLeaks\n", "any_table", 1
    ),
}  # fmt: skip
