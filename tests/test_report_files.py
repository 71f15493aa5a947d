"""Reports as files: HTML that mail clients keep, text of 78 columns, PDF; from a store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from groundswell.reports import digest, html, periods, reading, text
from groundswell.reports.digest import Report
from tests.report_rows import DAY, made
from tests.report_rows import reading as reading_of
from tests.web_fixture import HOSTILE, NOW, make, make_empty

BASE = "https://monitor.example/sub"
LIMIT = 100_000  # bytes; Gmail cuts a mail off at 102 kB
TODAY = NOW + timedelta(days=1)  # so that the hostile posts were yesterday's
KEPT_TAGS = {
    "html", "head", "meta", "title", "body", "table", "tr", "td", "th", "p", "h1", "h2",
    "h3", "a", "b", "bdi", "br", "span",
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture's store, with hostile posts that many shared."""
    import sqlite3

    path = make(tmp_path_factory.mktemp("reports") / "x.db")
    with sqlite3.connect(path) as db:
        db.execute(
            "update posts set reposts = 900 + id, url = 'javascript:window.hacked=1' "
            "where text glob '*<script>*' or text glob '*svg*' or text glob 'W*' "
            "or text glob '*gnp.exe*' or text glob '*onerror*'"
        )
        db.execute(
            "update links set title = '</a><script>x</script>', "
            "url = 'javascript:alert(1)//' || url where id = 1"
        )
        db.execute("update authors set handle = '<b>x</b>' || char(8238) where id = 1")
    db.close()
    return path


def drawn(store: Path, when: str, zone: str = "UTC", now: datetime = TODAY) -> Report:
    period = periods.asked(when, now, ZoneInfo(zone))
    return digest.report(reading.read(store, period, now), period, now)


class Seen(HTMLParser):
    """Every tag with its attributes, and what stands in between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def addresses(self) -> Iterator[str]:
        for _, given in self.tags:
            for name in ("href", "src", "background", "srcset", "action"):
                if given.get(name):
                    yield str(given[name])


@pytest.mark.parametrize("when", ["yesterday", "week", "2025-04-01"])
@pytest.mark.parametrize("base", [BASE, None])
def test_mail_clients_keep_all_of_the_html(
    store: Path, when: str, base: str | None
) -> None:
    page = html.render(drawn(store, when), base)
    seen = Seen(page)
    assert {tag for tag, _ in seen.tags} <= KEPT_TAGS
    assert len(page.encode()) < LIMIT
    for tag, given in seen.tags:
        assert not any(name.startswith("on") for name in given), tag
        styles = given.get("style") or ""
        assert not re.search(r"flex|grid|url\(|position|float|expression", styles)
    assert all(re.match(r"https?://", one) for one in seen.addresses())
    ours = [one for one in seen.addresses() if one.startswith(BASE)]
    assert bool(ours) == (base is not None)


def test_hostile_words_are_words(store: Path) -> None:
    found = drawn(store, "yesterday")
    page = html.render(found, BASE)
    words = " ".join(Seen(page).words)
    for word in ("<script>window.hacked = 1</script>", "<svg onload=window.hacked=1>",
                 "<img src=x onerror=", "</a><script>x</script>", "<b>x</b>"):  # fmt: skip
        assert word in words
    assert "\u202e" not in page
    assert "\u2066" not in page
    assert "javascript:" not in " ".join(Seen(page).addresses())
    assert max(map(len, words.split())) < 300
    assert len(HOSTILE[-1]) > 300


def test_every_figure_is_a_link_to_its_query(store: Path) -> None:
    page = html.render(drawn(store, "yesterday"), BASE)
    links = [one for one in Seen(page).addresses() if one.startswith(BASE)]
    for query in (
        "totals", "sentiment", "by_platform", "top_links", "top_hashtags", "top_voices",
        "most_shared", "gaps", "coverage_of", "alerts",
    ):  # fmt: skip
        assert any(f"/campaigns/{query}?" in one for one in links), query
    assert all(
        "from_at=" in one and "to_at=" in one for one in links if "/campaigns/" in one
    )
    # No number stands outside a link but in words, labels and dates.
    cells = re.findall(r"<td[^>]*>([\d,]+)(?: %)?</td>", page)
    assert cells == []


def test_without_a_base_it_says_how_to_get_links(store: Path) -> None:
    assert "--base-url" in html.render(drawn(store, "yesterday"))


def test_many_campaigns_stay_below_what_mail_clients_cut() -> None:
    one = reading_of()
    for count in (1, 30, 80, 400):
        found = made(
            *(replace(one, slug=f"c{n}", title="T" * 80) for n in range(count))
        )
        page = html.render(found, BASE)
        assert len(page.encode()) <= LIMIT
        assert ("Shortened" in page) == (count > 1)
        left = re.search(r"(\d+) more campaigns", page)
        assert page.count("<h2") == count - int(left[1] if left else 0)


@pytest.mark.parametrize("parts", [(1, 0, 0, 0), (1, 999, 0, 0), (1, 1, 1, 1),
                                   (3333, 1, 1, 1), (0, 0, 0, 0)])  # fmt: skip
def test_a_split_is_all_of_its_bar(parts: tuple[int, ...]) -> None:
    pairs = html._split(parts)
    assert sum(width for _, width in pairs) == 100
    assert len(pairs) == max(1, sum(part > 0 for part in parts))


@pytest.mark.parametrize("when", ["yesterday", "week", "2025-04-01"])
def test_text_fits_a_mail(store: Path, when: str) -> None:
    plain = text.render(drawn(store, when), BASE)
    assert max(map(text.columns_of, plain.splitlines())) <= text.COLUMNS
    assert not any(line.endswith(" ") for line in plain.splitlines())
    assert f"{BASE}/-/campaign/labourleaks" in plain
    assert not set(plain) & {"\x1b", "\u202e", "\u2066", "\r"}
    short = text.brief(plain)
    assert plain.startswith(short.rstrip())
    assert len(short) < 1200
    assert "Compared" not in short


def test_wide_and_endless_words_are_folded() -> None:
    for line in ("日本語" * 60, "W" * 300, "a " * 200, "", "é\u0301" * 100):
        folded = text.fold(line, "  ", hang="- ")
        assert max(map(text.columns_of, folded)) <= text.COLUMNS
        assert "".join("".join(folded).split()).lstrip("-") == "".join(line.split())


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    found = drawn(make_empty(tmp_path / "x.db"), "yesterday")
    assert "There is no campaign to report of." in html.render(found, BASE)
    assert "There is no campaign to report of." in text.render(found)


def test_a_blind_campaign_claims_nothing(store: Path) -> None:
    found = drawn(store, "2025-04-01")
    for words in (html.render(found, BASE), text.render(found)):
        seen = " ".join(" ".join(Seen(words).words).split())
        assert "Nothing was seen on 1 April 2025" in seen
        assert "nobody looked for 24 hours" in seen
        assert "Posts by the hour" not in seen


def test_figures_are_the_stores_own(store: Path) -> None:
    """The posts of a day of London, counted by hand."""
    import sqlite3

    found = drawn(store, "2025-05-10", "Europe/London")
    db = sqlite3.connect(store)
    (count,) = db.execute(
        "select count(*) from posts p join matches m on m.post_id = p.id and m.first "
        "where m.campaign_id = 1 and p.state in ('live', 'edited') "
        "and p.published_at >= '2025-05-09T23:00:00Z' "
        "and p.published_at < '2025-05-10T23:00:00Z'"
    ).fetchone()
    db.close()
    one = found.campaigns[0]
    assert str(one.lines[0].posts) == str(count)
    assert sum(int(str(each.posts)) for each in one.platforms) == count
    assert sum(bar.posts or 0 for bar in one.bars) == count
    assert sum(one.lines[0].parts) == count
    assert len(one.bars) == 24
    assert one.listed == "Counted in whole days of UTC: 10 May."


def test_simulated_posts_are_called_so(store: Path) -> None:
    found = replace(drawn(store, "yesterday"), simulated=True)
    assert "is made up" in html.render(found)
    assert "is made up" in text.render(found)


def test_a_week_has_seven_bars_and_is_compared_with_the_one_before(store: Path) -> None:
    (one, _) = drawn(store, "week", "Europe/London").campaigns
    assert len(one.bars) == 7
    assert [line.main for line in one.lines] == [
        False,
        False,
        True,
        False,
        False,
        False,
    ]
    assert DAY.window.days == 1
