"""Secrets: read from the environment, refused in the file, shown nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from collectors.base import Collector, Secret, SecretSpec
from groundswell.config.keys import looks_secret, show_key
from groundswell.config.problems import ConfigError, Problem
from groundswell.config.records import Notify, Person, Source, Token

Find = Callable[[str], Collector]
_LARGEST = 65_536


def secrets_for(
    collector: Collector, source: Source, env: Mapping[str, str]
) -> dict[str, Secret]:
    """A source's secrets by their names, from X or from the file that X_FILE names.

    Those that are not set are left out; `missing_keys` names the required ones. Raises
    ConfigError naming each variable that cannot be used; never its content.
    """
    specs = {spec.name: spec.variable(source.slug) for spec in collector.secrets}
    return _each(specs, env)


def addresses_for(
    channels: Sequence[Notify], env: Mapping[str, str]
) -> dict[str, Secret]:
    """Where each channel's notices go, by its name, from its variable or the file that
    its variable with _FILE names; those that are not set are left out.

    Raises ConfigError naming each variable that cannot be used; never its content.
    """
    return _each({channel.name: channel.variable for channel in channels}, env)


_HASH = re.compile(r"pbkdf2_sha256\$[1-9]\d{4,7}\$[^$]{8,200}\$[A-Za-z0-9+/=]{40,90}")


def passwords_for(
    people: Sequence[Person], env: Mapping[str, str]
) -> dict[str, Secret]:
    """The hash of each person's password, by their name; those that are not set are left
    out: whoever has none cannot sign in. Raises ConfigError as `addresses_for`."""
    variables = {person.name: person.variable for person in people}
    found = _each(variables, env)
    strange = [
        Problem(
            variables[name],
            "is no hash of a password; groundswell password makes one",
        )
        for name, secret in found.items()
        if not _HASH.fullmatch(secret.reveal())
    ]
    if strange:
        raise ConfigError(strange)
    return found


_TOKEN_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def tokens_for(tokens: Sequence[Token], env: Mapping[str, str]) -> dict[str, Secret]:
    """The hash of each token, by its name; those that are not set are left out: nobody
    can use them. Raises ConfigError as `addresses_for`, and where two are the same."""
    variables = {token.name: token.variable for token in tokens}
    found = _each(variables, env)
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for name, secret in found.items():
        if not _TOKEN_HASH.fullmatch(secret.reveal()):
            message = "is no hash of a token; groundswell token makes one"
            problems.append(Problem(variables[name], message))
            continue
        other = first.setdefault(secret.reveal(), name)
        if other != name:
            message = f"is the same as {variables[other]}; make a token for each"
            problems.append(Problem(variables[name], message))
    if problems:
        raise ConfigError(problems)
    return found


def _each(variables: Mapping[str, str], env: Mapping[str, str]) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    problems: list[Problem] = []
    for name, variable in variables.items():
        try:
            secret = _read(variable, env)
        except _Unusable as error:
            problems.append(error.problem)
            continue
        if secret is not None:
            found[name] = secret
    if problems:
        raise ConfigError(problems)
    return found


def missing_keys(
    collector: Collector, source_slug: str, held: Mapping[str, Secret]
) -> str | None:
    """What must be set before a source can be read: "set YOUTUBE_API_KEY; free; how".

    None where nothing is missing. A source without its keys waits; it is no mistake in
    the configuration, and the others go on.
    """
    wanted = [s for s in collector.secrets if s.required and s.name not in held]
    if not wanted:
        return None
    names = " and ".join(spec.variable(source_slug) for spec in wanted)
    return "; ".join([f"set {names}", *dict.fromkeys(spec.how for spec in wanted)])


class _Unusable(Exception):
    def __init__(self, variable: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(variable, message)


def _read(variable: str, env: Mapping[str, str]) -> Secret | None:
    """An empty variable counts as not set: that is how containers pass "none"."""
    direct, file = env.get(variable), env.get(f"{variable}_FILE")
    if direct and file:
        raise _Unusable(variable, f"{variable}_FILE is set too; unset one of them")
    if file:
        return Secret(_sound(f"{variable}_FILE", _from_file(f"{variable}_FILE", file)))
    return Secret(_sound(variable, direct)) if direct else None


def _from_file(variable: str, path: str) -> str:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            content = file.read(_LARGEST + 1)
    except UnicodeDecodeError:
        content = "\0"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise _Unusable(variable, f"names a file that cannot be read: {why}") from None
    if len(content) > _LARGEST:
        raise _Unusable(variable, "names a file too large to be a secret")
    return content.removesuffix("\n").removesuffix("\r")


def _sound(variable: str, content: str) -> str:
    """Refuses what a request header could not carry, without showing it."""
    if not content:
        raise _Unusable(variable, "names an empty file")
    if not content.isprintable():
        raise _Unusable(variable, "holds a line break or a control character")
    return content


def take_secrets(tree: Mapping[str, Any], find: Find) -> tuple[Any, list[Problem]]:
    """The document without keys that are named like secrets, and a problem for each."""
    problems: list[Problem] = []

    def strip(value: object, path: str, source: Mapping[str, Any] | None) -> object:
        if isinstance(value, list):
            return [
                strip(one, f"{path}[{index}]", one if path == "source" else source)
                for index, one in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        kept = {}
        for key, inner in value.items():
            at = f"{path}.{show_key(key)}" if path else show_key(key)
            if looks_secret(key) and not _is_section(at, inner):
                problems.append(Problem(at, _where_to_set(source, find)))
            else:
                kept[key] = strip(inner, at, source)
        return kept

    return strip(tree, "", None), problems


def _is_section(path: str, value: object) -> bool:
    """Whether it is the [[token]] sections, or what was meant to be: tables, no secret."""
    if path not in {"token", "tokens"}:
        return False
    tables = value if isinstance(value, list) else [value]
    return all(isinstance(one, dict) for one in tables)


def _where_to_set(source: object, find: Find) -> str:
    names = " or ".join(_variables(source, find))
    place = f"set {names}" if names else "set an environment variable"
    return (
        f"secrets never stand in this file; remove it and {place} (or …_FILE) instead"
    )


def _variables(source: object, find: Find) -> list[str]:
    if not isinstance(source, dict) or not isinstance(source.get("platform"), str):
        return []
    try:
        specs: tuple[SecretSpec, ...] = find(source["platform"]).secrets
    except LookupError:
        return []
    slug = source.get("slug")
    return [spec.variable(slug if isinstance(slug, str) else "slug") for spec in specs]
