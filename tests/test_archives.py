"""Archives that people already have: each format, recognised by its content and read."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.archives import table
from groundswell.archives.formats import available, load
from groundswell.demo.sim_nostr import signed
from groundswell.importing import Wishes, contents
from tests.archive_files import ndjson, posts, read
from tests.archive_samples import (
    EVENT,
    FILES,
    FOURCAT,
    NOTE,
    PAGE,
    REDDIT,
    ZEE,
)
from tests.test_x import V1, V2

# --- every format, by its content


@pytest.mark.parametrize("kind", FILES)
def test_each_format_is_recognised_and_read(kind: str, tmp_path: Path) -> None:
    text, name, count = FILES[kind]
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    (part,) = contents(path, Wishes()).parts
    assert name == part.format.NAME
    found = posts(path)
    assert len(found) == count
    assert found[0].published_at == datetime(2022, 11, 1, 12, tzinfo=UTC)
    assert "labourleaks" in found[0].hashtags


@pytest.mark.parametrize("name", available())
def test_every_format_is_total(name: str) -> None:
    form = load(name)

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(
            st.text(max_size=12),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats()
                | st.text(max_size=20),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=9), inner, max_size=3)
                ),
                max_leaves=8,
            ),
            max_size=6,
        ),
        st.sampled_from([V1, V2, NOTE, REDDIT, EVENT, FOURCAT, ZEE, PAGE]),
    )
    def check(value: dict[str, Any], base: dict[str, Any]) -> None:
        from groundswell.archives.records import Context, Record

        hurt = {
            **base,
            **{key: value[odd] for key, odd in zip(base, value, strict=False)},
        }
        for one in (value, hurt):
            for entry in form.entries(
                Record(1, one), Context(table.proposed(tuple(one)))
            ):
                told = [entry.post, entry.deletion, entry.rejected, entry.skipped]
                assert sum(part is not None for part in told) == 1

    check()  # fmt: skip


def test_an_accounts_archive_of_x(tmp_path: Path) -> None:
    path = tmp_path / "twitter-2022.zip"
    bare = {k: v for k, v in V1.items() if k != "user"}
    account = {
        "account": {"accountId": "77", "username": "ada", "accountDisplayName": "Ada"}
    }
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "data/tweets.js",
            f"window.YTD.tweets.part0 = [{json.dumps({'tweet': bare})}]",
        )
        packed.writestr(
            "data/account.js", f"window.YTD.account.part0 = [{json.dumps(account)}]"
        )
        packed.writestr(
            "data/like.js", 'window.YTD.like.part0 = [{"like": {"tweetId": "1"}}]'
        )
        packed.writestr("Your archive.html", "<html>")
    (post,) = posts(path)
    assert post.author.handle == "ada"
    assert post.uri.endswith(V1["id_str"])


def test_what_an_accounts_owner_deleted_is_a_deletion_and_no_post(
    tmp_path: Path,
) -> None:
    path = tmp_path / "twitter.zip"
    bare = {k: v for k, v in V1.items() if k != "user"}
    gone = {**bare, "id_str": "1587000000000000009", "deleted_at": bare["created_at"]}
    headers = {"tweet": {"tweet_id": "1", "user_id": "77", "created_at": "x"}}
    parts = {
        "tweets": [{"tweet": bare}],
        "deleted_tweets": [{"tweet": gone}],
        "tweet_headers": [headers],
        "account": [{"account": {"accountId": "77", "username": "ada"}}],
    }
    with zipfile.ZipFile(path, "w") as packed_file:
        for name, records in parts.items():
            text = f"window.YTD.{name}.part0 = {json.dumps(records)}"
            packed_file.writestr(f"data/{name.replace('_', '-')}.js", text)
    found = read(path)
    assert [entry.post.uri for entry in found if entry.post] == [
        f"https://x.com/i/status/{V1['id_str']}"
    ]
    assert [(e.deletion, e.deleted_by) for e in found if e.deletion] == [
        ("https://x.com/i/status/1587000000000000009", "x:user:77")
    ]
    left = contents(path, Wishes()).left
    assert [one.split(":")[0] for one in left] == ["data/tweet-headers.js"]


def test_a_server_deletes_its_own_peoples_posts_alone(tmp_path: Path) -> None:
    own = {"type": "Delete", "actor": NOTE["attributedTo"], "object": NOTE["id"]}
    other = {**own, "actor": "https://evil.example/users/eve"}
    nobody = {"type": "Delete", "object": NOTE["id"]}
    path = ndjson(tmp_path / "a", own, other, nobody)
    found = read(path, format="fediverse")
    assert [entry.deletion for entry in found] == [NOTE["id"], None, None]


def test_events_of_nostr_delete_their_authors_own(tmp_path: Path) -> None:
    asked = signed("eve", 5, 1667304100, (("e", EVENT["id"]),), "")
    found = read(ndjson(tmp_path / "a", EVENT, asked))
    assert found[1].deletion == f"nostr:event:{EVENT['id']}"
    assert found[1].deleted_by == f"nostr:{asked['pubkey']}"
    assert found[1].deleted_by != f"nostr:{EVENT['pubkey']}"


def test_a_mastodon_archive_in_a_tar(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar.gz"
    outbox = json.dumps({"orderedItems": [{"type": "Create", "object": NOTE}]}).encode()
    with tarfile.open(path, "w:gz") as packed:
        info = tarfile.TarInfo("outbox.json")
        info.size = len(outbox)
        packed.addfile(info, io.BytesIO(outbox))
    assert [post.uri for post in posts(path)] == [NOTE["id"]]


def test_workbooks_and_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        ("text", "date"),
        ("On #LabourLeaks", datetime(2022, 11, 1, 12, tzinfo=UTC).replace(tzinfo=None)),
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    columns = {
        name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])
    }
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        (post,) = posts(tmp_path / name)
        assert post.published_at == datetime(2022, 11, 1, 12, tzinfo=UTC)
