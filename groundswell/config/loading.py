"""The configuration: one TOML file, or the built-in default; secrets from the environment.

`load` finds every mistake before it complains, each with its path and what to write
instead. docs/configuration.md lists the keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collectors.base import Collector
from groundswell.config.default import SOURCES, default_config
from groundswell.config.keys import show_line
from groundswell.config.lines import line_of
from groundswell.config.problems import ConfigError, Problem
from groundswell.config.read import (
    Document,
    Draft,
    check_source_names,
    read_document,
    refuse_doubles,
    unknown_options,
)
from groundswell.config.records import (
    AlertRule,
    Campaign,
    Config,
    Monitor,
    Notify,
    OptOut,
    Person,
    Report,
    Source,
    Token,
)
from groundswell.config.reports import may_have, not_for, page_url
from groundswell.config.reports import zone as time_zone
from groundswell.config.secrets import (
    Find,
    addresses_for,
    missing_keys,
    passwords_for,
    secrets_for,
    take_secrets,
    tokens_for,
)
from groundswell.config.values import (
    Wrong,
    format_duration,
    hashtag,
    parse_duration,
    slugify,
)
from groundswell.config.values import base_url as read_base_url

__all__ = [
    "AlertRule",
    "Campaign",
    "Config",
    "ConfigError",
    "Find",
    "Monitor",
    "Notify",
    "OptOut",
    "Person",
    "Problem",
    "Report",
    "Source",
    "Token",
    "Wrong",
    "ad_hoc_source",
    "addresses_for",
    "check_platforms",
    "default_config",
    "find_platform",
    "format_duration",
    "hashtag",
    "load",
    "may_have",
    "missing_keys",
    "not_for",
    "page_url",
    "parse",
    "parse_duration",
    "passwords_for",
    "secrets_for",
    "slugify",
    "time_zone",
    "tokens_for",
]  # fmt: skip

VARIABLE = "GROUNDSWELL_CONFIG"
USUAL = Path("groundswell.toml")
_LARGEST = 1_000_000


def find_platform(slug: str) -> Collector:
    """A platform's collector. Raises LookupError, naming those there are."""
    from collectors import (
        load as load_collector,
    )  # platforms are imported when asked for

    return load_collector(slug)


def load(
    path: Path | None, env: Mapping[str, str], *, find: Find | None = None
) -> Config:
    """The configuration: `path`, else the file that GROUNDSWELL_CONFIG names, else
    ./groundswell.toml, else the built-in default.

    find: how a platform's collector is found by its slug; collectors.load unless a test
    says otherwise. Raises ConfigError with every mistake.
    """
    file = _which(path, env)
    if file is None:
        return default_config()
    return parse(_read(file), env, path=file, find=find)


def _which(path: Path | None, env: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if env.get(VARIABLE):
        return Path(env[VARIABLE])
    # A dangling link is a mistake to report, not a file that is not there.
    return USUAL if USUAL.exists() or USUAL.is_symlink() else None


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        hint = f"there is no such file; groundswell init {file} writes one"
        raise ConfigError([Problem("", hint)], file) from None
    except IsADirectoryError:
        hint = "is a folder; name the file in it"
        raise ConfigError([Problem("", hint)], file) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise ConfigError([Problem("", f"cannot be read: {why}")], file) from None
    if len(content) > _LARGEST:
        raise ConfigError([Problem("", "is larger than 1 MB")], file)
    return _decode(content, file)


def _decode(content: bytes, file: Path) -> str:
    """UTF-8, with or without the mark that Windows editors put at its start."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            problem = Problem("", "is UTF-16; save it as UTF-8")
        else:
            line = content.count(b"\n", 0, error.start) + 1
            problem = Problem("", f"line {line} is not UTF-8; save it as UTF-8", line)
        raise ConfigError([problem], file) from None


def parse(
    text: str,
    env: Mapping[str, str],
    *,
    path: Path | None = None,
    find: Find | None = None,
) -> Config:
    """A configuration from TOML text. path: the file it came from; a relative database
    path starts from its folder. Raises ConfigError with every mistake."""
    find = find or find_platform
    tree, problems = _toml(text, path, find)
    document = read_document(tree, path.parent if path else Path())
    if document.drafts is not None:
        document.drafts = [
            _with_address(draft, find, document.problems) for draft in document.drafts
        ]
    refuse_doubles(document)
    problems += document.problems
    problems += _check_sources(document, env, find)
    if problems:
        raise ConfigError(_in_order(text, problems), path)
    return Config(
        monitor=document.monitor,
        campaigns=tuple(document.campaigns),
        sources=_sources(document),
        notify=tuple(document.notify),
        people=tuple(document.people),
        tokens=tuple(document.tokens),
        alerts=tuple(document.alerts),
        reports=tuple(document.reports),
        path=path,
    )


def _with_address(draft: Draft, find: Find, problems: list[Problem]) -> Draft:
    """A source without base_url gets its platform's, where there is only one."""
    if draft.addressed:
        return draft
    try:
        address = find(draft.source.platform).card.base_url
    except LookupError:
        address = None
    if address is None:
        hint = 'missing; write base_url = "https://mastodon.social"'
        problems.append(Problem(f"{draft.path}.base_url", hint))
        return replace(draft, complete=False)
    return replace(draft, source=replace(draft.source, base_url=address))


def ad_hoc_source(
    platform: str, base_url: str, *, allow_private: bool, find: Find = find_platform
) -> Source:
    """A source that stands in no file. Raises ConfigError like `parse`."""
    try:
        address = read_base_url(base_url)
    except Wrong as error:
        raise ConfigError([Problem("address", str(error))]) from None
    source = Source(
        slug=slugify(address.partition("//")[2].partition("/")[0]) or "source",
        platform=platform,
        base_url=address,
        allow_private=allow_private,
    )
    problems = check_platforms([Draft("source", source, True)], {}, find=find)
    if problems:
        raise ConfigError(problems)
    return source


def _sources(document: Document) -> tuple[Source, ...]:
    """A file without any [[source]] watches the built-in ones."""
    if document.drafts is None:
        return SOURCES
    return tuple(draft.source for draft in document.drafts)


def _check_sources(
    document: Document, env: Mapping[str, str], find: Find
) -> list[Problem]:
    slugs = [source.slug for source in _sources(document) if source.slug]
    return [
        *check_source_names(document, slugs),
        *check_platforms(document.drafts or (), env, find=find),
    ]


def check_platforms(
    drafts: Sequence[Draft], env: Mapping[str, str], *, find: Find = find_platform
) -> list[Problem]:
    """What the platforms have to say about their sources, secrets included."""
    return [problem for draft in drafts for problem in _check_one(draft, env, find)]


def _check_one(draft: Draft, env: Mapping[str, str], find: Find) -> list[Problem]:
    source = draft.source
    try:
        collector = find(source.platform)
    except LookupError as error:
        strange = Problem(f"{draft.path}.platform", str(error.args[0]))
        slips = unknown_options(draft, None)
        return [strange, *slips] if source.platform else slips
    problems = unknown_options(draft, collector.settings)
    if not draft.complete:
        return problems
    try:
        settings = source.settings(secrets_for(collector, source, env))
    except ConfigError as error:
        problems += error.problems
        settings = source.settings()
    return problems + _said(draft, collector, settings)


def _said(
    draft: Draft, collector: Collector, settings: Mapping[str, Any]
) -> list[Problem]:
    return [Problem(draft.path, sentence) for sentence in collector.check(settings)]


def _toml(text: str, path: Path | None, find: Find) -> tuple[Any, list[Problem]]:
    """The document without its secrets, which are mistakes."""
    try:
        return take_secrets(tomllib.loads(text), find)
    except RecursionError:
        problem = Problem("", "brackets or dotted keys are nested too deeply")
    except ValueError as error:
        problem = _syntax(text, str(error))
    raise ConfigError([problem], path)


def _syntax(text: str, message: str) -> Problem:
    """tomllib ends its messages with "(at line 3, column 5)" or "(at end of document)"."""
    lines = text.splitlines() or [""]
    place = re.search(r"\(at line (\d+), column (\d+)\)$", message)
    line = min(int(place[1]) if place else len(lines), len(lines))
    column = int(place[2]) if place else len(lines[line - 1]) + 1
    what = message.partition(" (at ")[0]
    # Some of tomllib's messages quote a key or a value: the line below shows it safely.
    plain = (
        what
        if re.fullmatch(r"[\w ,.=\"'()\[\]{}/\\-]{1,80}", what, re.ASCII)
        else "not TOML"
    )
    shown = show_line(lines[line - 1])
    return Problem("", f"line {line}, column {column}: {plain}\n    {shown}", line)


def _in_order(text: str, problems: Iterable[Problem]) -> list[Problem]:
    """Problems with their lines, in the order of the file; the environment's last."""
    placed = [
        Problem(found.path, found.message, line_of(text, found.path))
        for found in dict.fromkeys(problems)
    ]
    return sorted(placed, key=lambda found: found.line or len(text) + 1)
