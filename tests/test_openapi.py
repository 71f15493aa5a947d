"""The OpenAPI document: valid, complete, and true of the answers that it describes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from db.published import queries
from groundswell import metadata
from groundswell.web import asked, columns, headers, openapi, server
from tests import web_fixture as fixture

Json = dict[str, Any]
JSON_TYPES = {int: "integer", float: "number", str: "string", type(None): "null"}
TABLES = sorted(
    {
        name
        for name, table in metadata.words()["databases"]["campaigns"]["tables"].items()
    }
    - set(metadata.STAFF)
    - set(queries())
)
PUBLISHED = [name for name in queries() if name not in metadata.STAFF_QUERIES]


def build(path: Path, **settings: Any) -> Datasette:  # noqa: ANN401
    datasette = server.build(path, clock=lambda: fixture.NOW)
    datasette._settings.update(settings)
    return datasette


def close(datasette: Datasette) -> None:
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()


def get(datasette: Datasette, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    answer: httpx.Response = asyncio.run(datasette.client.get(path, **more))
    return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("openapi") / "x.db")
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture(scope="module")
def document(site: Datasette) -> Json:
    answer = get(site, "/-/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    found: Json = answer.json()
    return found


def operations(document: Json) -> dict[str, Json]:
    return {path: item["get"] for path, item in document["paths"].items()}


def row_schema(document: Json, path: str) -> Json:
    good = operations(document)[path]["responses"]["200"]["content"]
    of_rows = good["application/json"]["schema"]["anyOf"][0]["items"]["$ref"]
    found: Json = document["components"]["schemas"][of_rows.rpartition("/")[2]]
    return found


# The document


def test_the_document_is_valid_openapi(document: Json) -> None:
    validator = pytest.importorskip(
        "openapi_spec_validator",
        reason="openapi-spec-validator is missing: pip install openapi-spec-validator",
    )
    validator.validate(document)


def test_every_query_table_and_feed_has_its_endpoint(document: Json) -> None:
    names = [f"/campaigns/{name}.json" for name in (*PUBLISHED, *TABLES)]
    feeds = [f"/-/feed/{{slug}}/{name}.atom" for name in openapi.FEEDS]
    assert sorted(operations(document)) == sorted([*names, *feeds])
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(ids)) == len(ids)


def test_what_is_not_for_readers_is_not_in_it(document: Json) -> None:
    for name in (*metadata.CLOSED, *metadata.STAFF):
        assert f"/campaigns/{name}.json" not in document["paths"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_query_s_parameters_are_the_header_s(document: Json, name: str) -> None:
    found = operations(document)[f"/campaigns/{name}.json"]["parameters"]
    by_name = {param["name"]: param for param in found}
    assert list(by_name) == [*queries()[name].params, "_shape"]
    for param, meaning in queries()[name].params.items():
        told = by_name[param]
        assert meaning.startswith(told["description"])
        assert told["required"] == meaning.endswith("; needed")
        assert told["required"] or told["x-default"], "say what it is if left out"
        assert told["x-unit"]
        assert "example" in told


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        ("the slug; needed", ("the slug", True, "")),
        ("UTC; now if left out", ("UTC", False, "now")),
        ("h; by h, else by d, if left out", ("h", False, "by h, else by d")),
        ("a; b; c if left out", ("a", False, "b; c")),
        ("words", ("words", False, "")),
    ],
)
def test_a_meaning_says_whether_a_parameter_is_needed(
    meaning: str, expected: tuple[str, bool, str]
) -> None:
    assert openapi.told(meaning) == expected


def test_top_has_its_number(document: Json) -> None:
    found = operations(document)["/campaigns/top_links.json"]["parameters"]
    (top,) = [param for param in found if param["name"] == "top"]
    assert top["schema"] == {"type": "integer", "minimum": 0, "default": 20}
    assert top["example"] == 5


def test_a_new_install_has_a_document_too(tmp_path: Path) -> None:
    datasette = build(fixture.make_empty(tmp_path / "empty.db"))
    found = get(datasette, "/-/openapi.json").json()
    volume = operations(found)["/campaigns/volume.json"]
    assert "campaign=SLUG" in volume["x-example"]
    shown = get(datasette, "/-/api").text
    assert "No campaign is watched yet" in shown
    assert "Run it" not in shown
    close(datasette)


def test_the_server_s_address_has_the_base_url(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    datasette = build(path, base_url="/monitor/")
    found = get(datasette, "/-/openapi.json").json()
    assert found["servers"] == [{"url": "http://localhost/monitor"}]
    tree = LexborHTMLParser(get(datasette, "/-/api").text)
    runs = [a.attributes["href"] or "" for a in tree.css(".api .links a")]
    assert runs
    assert all(address.startswith("/monitor/") for address in runs)
    close(datasette)


def test_who_may_not_read_is_told_nothing(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    shut = {**metadata.build(), "allow": {"id": "staff"}}
    datasette = server.build(path, metadata=shut, clock=lambda: fixture.NOW)
    for route in ("/-/openapi.json", "/-/api", "/-/feed/labourleaks/posts.atom"):
        assert get(datasette, route).status_code == 403, route
    close(datasette)


# Against real answers


def _wrong(value: object, schema: Json) -> bool:
    """Whether a value is not of a column's type or format."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = JSON_TYPES[type(value)]
    if kind not in kinds and not (kind == "integer" and "number" in kinds):
        return True
    if value is None or "format" not in schema:
        return False
    times = {
        "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "date": r"\d{4}-\d\d-\d\d",
    }
    return re.fullmatch(times[schema["format"]], str(value)) is None


@pytest.mark.parametrize("name", [*PUBLISHED, *TABLES])
def test_rows_are_as_documented(site: Datasette, document: Json, name: str) -> None:
    path = f"/campaigns/{name}.json"
    schema = row_schema(document, path)
    example = operations(document)[path]["x-example"].replace("_size=3", "_size=1000")
    answer = get(site, example)
    assert answer.status_code == 200, answer.text[:300]
    rows = answer.json()
    assert rows or name in _EMPTY_HERE, "the example gives no rows"
    wide = set(schema["properties"])
    for row in rows:
        assert set(row) == wide
        wrong = [c for c, v in row.items() if _wrong(v, schema["properties"][c])]
        assert not wrong, (wrong, row)


# What the fixture has no rows of.
_EMPTY_HERE = (
    "copies", "events", "imports", "ledger", "media", "mentions", "metrics",
    "observations", "rejected", "revisions",
)  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_column_has_a_type(document: Json, name: str) -> None:
    """Where this fails, say the column's type in columns.COMPUTED."""
    schema = row_schema(document, f"/campaigns/{name}.json")
    untyped = [c for c, told in schema["properties"].items() if "type" not in told]
    assert not untyped
    assert list(schema["properties"]) == list(queries()[name].columns)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_number_has_a_unit(document: Json, name: str) -> None:
    """Where this fails, say the column's unit in columns.UNITS."""
    schema = row_schema(document, f"/campaigns/{name}.json")
    bare = {
        column
        for column, told in schema["properties"].items()
        if {"integer", "number"}
        & {*([told["type"]] if isinstance(told["type"], str) else told["type"])}
        and "x-unit" not in told
    }
    assert bare <= {"id", "author_id", "bot"} | ({"term"} if "tag" in name else set())


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_sqlite_knows_of_a_column_agrees(tmp_path: Path, name: str) -> None:
    """Also of columns that are all NULL in the fixture: their declared types."""
    db = open_database(tmp_path / "x.db").conn
    sql = re.sub(r"(?<!\w):\w+", "''", queries()[name].sql)
    sql = sql.replace("escape_fts(", "lower(")
    db.execute(f"create temp view asked as {sql}")
    declared = {row[1]: row[2] for row in db.execute("pragma table_info(asked)")}
    tables = {
        table: [
            columns.Column(c[1], c[2].partition(" ")[0], not (c[3] or c[5]))
            for c in db.execute(f"pragma table_xinfo({table})")
        ]
        for table in metadata.words()["databases"]["campaigns"]["tables"]
    }
    db.close()
    types = {"INTEGER": "integer", "INT": "integer", "REAL": "number", "TEXT": "string"}
    for column, meaning in queries()[name].columns.items():
        told = columns.of_query(tables, name, column, meaning)["type"]
        kind = told[0] if isinstance(told, list) else told
        if declared[column] in types:
            assert kind == types[declared[column]], column


@pytest.mark.parametrize("shape", ["objects", "arrays", ""])
@pytest.mark.parametrize("name", ["volume", "posts", "timeline"])
def test_the_other_shapes_are_as_documented(
    site: Datasette, document: Json, name: str, shape: str
) -> None:
    given = {"_shape": shape} if shape else {}
    given |= {"campaign": "labourleaks"} if name == "volume" else {"_size": "2"}
    times = {"from_at": "2025-05-04", "to_at": "2025-05-11"} if name == "volume" else {}
    path = f"/campaigns/{name}.json"
    answer = get(site, f"{path}?{urlencode({**given, **times})}").json()
    good = operations(document)[path]["responses"]["200"]["content"]
    own = good["application/json"]["schema"]["anyOf"][1]
    assert set(own["required"]) <= set(answer)
    kind = dict if shape == "objects" else list
    assert answer["rows"]
    assert all(isinstance(row, kind) for row in answer["rows"])
    if name != "volume":
        assert isinstance(answer["next"], str)


def test_the_next_page_is_in_the_link_header(site: Datasette) -> None:
    first = get(site, "/campaigns/posts.json?_shape=array&_size=2&_sort=id")
    address = re.fullmatch(r'<(.+)>; rel="next"', first.headers["link"])
    assert address
    second = get(site, address[1].removeprefix("http://localhost"))
    ids = [row["id"] for row in first.json() + second.json()]
    assert ids == [1, 2, 3, 4]


@pytest.mark.parametrize("lookup", asked.LOOKUPS)
def test_every_filter_that_is_named_works(site: Datasette, lookup: str) -> None:
    column = "text" if "array" not in lookup else "sensitive"
    answer = get(site, f"/campaigns/posts.json?{column}__{lookup}=a&_shape=array")
    assert answer.status_code == 200, answer.text


# What Datasette would have failed at, or answered wrongly


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("posts.json?nope=1", "nope: there is no column nope; there are: id,"),
        (
            "posts.json?id__nope=1",
            "id__nope: there is no filter nope; there are: exact,",
        ),
        ("posts.json?__x=1", "__x: there is no column ; there are: id,"),
        ("posts.json?id__gt=99999999999999999999", "id__gt: the number is too large"),
        ("posts.json?id__gt=%C2%B2", "id__gt: the number is too large, or not written"),
        ("posts.json?id__in=[", "id__in: write values with commas between, or as JSON"),
        ("posts.json?id__in=[[1]]", "id__in: write values with commas between"),
        (
            "posts.json?id__in=[99999999999999999999]",
            "id__in: write values with commas",
        ),
        ("posts.json?_sort=nope", "_sort: there is no column nope; there are: id,"),
        ("posts.json?_sort_desc=nope", "_sort_desc: there is no column nope"),
        ("posts.json?_sort=id&_sort_desc=id", "_sort: give either _sort or _sort_desc"),
        ("posts.json?_next=1,2,3", "_next: take it from the answer before, not 1,2,3"),
        ("timeline.json?_next=a", "_next: take it from the answer before, not a"),
        ("posts.json?_search=%22", "_search: write words to look for"),
        ("posts.json?_search=a%00b", "_search: write words to look for, without"),
        ("posts.json?_timelimit=x", "_timelimit: write a number, not x"),
        ("posts.json?_through=x", "a parameter cannot be read: Expecting value"),
        ("posts.json?_size=5001", "_size must be <= 5000"),
        ("posts.json?_shape=x", "_shape: write one of array, objects"),
        (
            "volume.json?campaign=labourleaks&_shape=x",
            "_shape: write one of array, obj",
        ),
        (
            "volume.json?campaign=labourleaks&_shape=object",
            "_shape: write one of array",
        ),
        (
            "volume.json?form_at=1",
            "form_at: there is no such parameter; there are: camp",
        ),
        ("search_posts.json?q=a&campaign=nope", "campaign: there is none called nope"),
        ("overview.json?to_at=soon", "to_at: write it as 2026-05-01 or 2026-05-01T09"),
        ("overview.json?to_at=2025-02-31", "to_at: write it as 2026-05-01"),
    ],
)
def test_a_wrong_parameter_is_named(
    site: Datasette, path: str, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = get(site, f"/campaigns/{path}")
    assert answer.status_code == 400, answer.text[:300]
    assert answer.json()["ok"] is False
    assert sentence in answer.json()["error"]
    assert answer.headers["access-control-allow-origin"] == "*"
    for other in (path.replace(".json", ""), path.replace(".json", ".csv")):
        if "_shape" not in other:
            assert get(site, f"/campaigns/{other}").status_code == 400, other
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "path", ["coverage/1.json", "posts/1,2.json", "posts/a/b.json"]
)
def test_no_row_of_that_key_is_404(site: Datasette, path: str) -> None:
    assert get(site, f"/campaigns/{path}").status_code == 404


def test_rows_and_blobs_still_open(site: Datasette) -> None:
    assert get(site, "/campaigns/posts/1.json").json()["rows"][0][0] == 1
    row = get(site, "/campaigns/coverage.json?_size=1&_shape=array").json()[0]
    key = f"{row['source_id']},{row['term_id']},{row['from_at'].replace(':', '~3A')}"
    assert get(site, f"/campaigns/coverage/{key}.json").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
@pytest.mark.parametrize(
    "path",
    [
        "/", "/-/sources", "/-/api", "/-/openapi.json", "/campaigns/posts.json",
        "/campaigns/volume.json", "/-/feed/labourleaks/posts.atom", "/campaigns/posts/1",
    ],
)  # fmt: skip
def test_everything_is_read_only(site: Datasette, path: str, method: str) -> None:
    answer = asyncio.run(site.client.request(method, path))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_and_options_answer(site: Datasette) -> None:
    for path in ("/campaigns/posts.json", "/-/openapi.json", "/-/api"):
        for method in ("HEAD", "OPTIONS"):
            answer = asyncio.run(site.client.request(method, path))
            assert answer.status_code == 200, (method, path)


# The page


def test_the_page_has_every_endpoint_with_all_its_words(
    site: Datasette, document: Json
) -> None:
    answer = get(site, "/-/api")
    assert answer.headers["content-security-policy"] == headers.OURS
    tree = LexborHTMLParser(answer.text)
    assert len(tree.css("h1")) == 1
    assert not tree.css("script, style, [style]")
    for path, operation in operations(document).items():
        section = tree.css_first(f"#{operation['operationId']}")
        shown = section.text(separator=" ")
        assert path in shown
        assert operation["summary"] in shown
        for param in operation["parameters"]:
            assert param["name"] in shown
            assert param["description"] in shown
        if path.endswith(".json"):
            for name, told in row_schema(document, path)["properties"].items():
                assert name in shown
                assert told["description"] in shown
    contents = {a.attributes["href"] for a in tree.css(".api-contents a")}
    assert contents == {"#rules"} | {
        f"#{operation['operationId']}" for operation in operations(document).values()
    }
    assert all(tree.css_first(address or "") for address in contents)


def test_each_link_of_the_page_answers_and_each_curl_is_that_call(
    site: Datasette, document: Json
) -> None:
    tree = LexborHTMLParser(get(site, "/-/api").text)
    sections = tree.css("section.api")
    assert len(sections) == len(document["paths"])
    for section in sections:
        runs, page = (a.attributes["href"] or "" for a in section.css(".links a"))
        assert get(site, runs).status_code == 200, runs
        assert get(site, page).status_code == 200, page
        assert section.css_first("pre").text() == f"curl 'http://localhost{runs}'"


def test_the_header_links_to_the_page(site: Datasette) -> None:
    for path in ("/", "/-/api", "/campaigns/timeline"):
        tree = LexborHTMLParser(get(site, path).text)
        (link,) = [a for a in tree.css(".gs-nav a") if a.text() == "API"]
        assert link.attributes["href"] == "/-/api"


def test_the_document_can_be_written_as_json(document: Json) -> None:
    assert json.loads(json.dumps(document)) == document
