"""What the OpenAPI document says where only people who sign in, and tokens, may read.
Pure."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# In place of the rules of these names.
RULES = {
    "Reading": (
        "Everything is read-only, and for people who sign in and scripts with a token. "
        "Always send _shape=array: the answer is then a list of objects. CORS is off: "
        "pages on other hosts cannot read it. .csv instead of .json is a spreadsheet; "
        "with neither, the address is a page for people."
    ),
    "Tokens": (
        "Send yours with each request, in the header Authorization: Bearer gsw_... It "
        "ends at a time that staff set, and only reads; with the scope staff also what "
        "staff write (labels, notes, the inbox). One that is wrong or has ended is HTTP "
        "401, and error says which; without one the answer is 403."
    ),
}
_TOKEN: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "gsw_ and 64 digits 0-9 and a-f",
    "description": "A token of this server, which ends at a time that its staff set.",
}
_TEXT = {"type": "string"}
_REFUSED: Json = {
    "description": "The token is unknown, has ended or is badly written; error says which.",
    "headers": {
        "WWW-Authenticate": {
            "schema": _TEXT,
            "description": "Bearer, with the same sentence",
        }
    },
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}},
}


def with_token(document: Json) -> Json:
    """The document with a token for every call, and the answer to a wrong one."""
    parts = document["components"]
    refused = {"401": {"$ref": "#/components/responses/refused"}}
    paths = {
        path: {
            "get": {**one["get"], "responses": {**one["get"]["responses"], **refused}}
        }
        for path, one in document["paths"].items()
    }
    return {
        **document,
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            **parts,
            "responses": {**parts["responses"], "refused": _REFUSED},
            "securitySchemes": {"token": _TOKEN},
        },
    }
