"""The OpenAPI document as its page shows it: endpoints in groups. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]


def groups(document: Json) -> list[dict[str, Any]]:
    """The document's tags in order, each with its endpoints."""
    every = [
        endpoint(document, path, item["get"])
        for path, item in document["paths"].items()
    ]
    return [
        {
            "name": tag["name"],
            "description": tag["description"],
            "endpoints": [one for one in every if one["tag"] == tag["name"]],
        }
        for tag in document["tags"]
    ]


def endpoint(document: Json, path: str, operation: Json) -> dict[str, Any]:
    """One endpoint: its words, its parameters, its columns, and a call that runs."""
    return {
        "id": operation["operationId"],
        "path": path,
        "title": operation["summary"],
        "description": operation["description"],
        "tag": operation["tags"][0],
        "params": [_param(param) for param in operation["parameters"]],
        "columns": _columns(document, operation),
        "page": operation["x-page"],
        "example": operation["x-example"],
        "url": document["servers"][0]["url"] + operation["x-example"],
    }


def _param(param: Json) -> dict[str, Any]:
    schema = param["schema"]
    default = param.get("x-default", schema.get("default", ""))
    return {
        "name": param["name"],
        "meaning": param["description"],
        "unit": param["x-unit"] or _words(schema),
        "default": "needed" if param["required"] else str(default),
    }


def _words(schema: Json) -> str:
    """What may be written, where there is no unit: one of a few, a number, words."""
    choice: Sequence[object] = schema.get("enum", ())
    if 0 < len(choice) <= 4:
        *others, last = (str(one) for one in choice)
        return f"{', '.join(others)} or {last}" if others else last
    return "a column" if choice else ""


def _columns(document: Json, operation: Json) -> list[dict[str, str]]:
    """The columns of the endpoint's rows; none for a feed."""
    content = operation["responses"]["200"]["content"]
    if "application/json" not in content:
        return []
    of_rows = content["application/json"]["schema"]["anyOf"][0]["items"]
    row = document["components"]["schemas"][of_rows["$ref"].rpartition("/")[2]]
    return [
        {
            "name": name,
            "meaning": schema["description"],
            "unit": schema.get("x-unit", ""),
            "type": _type(schema),
        }
        for name, schema in row["properties"].items()
    ]


def _type(schema: Json) -> str:
    """`integer`, `integer or null`, `any`."""
    kinds = schema.get("type", "any")
    return kinds if isinstance(kinds, str) else " or ".join(kinds)
