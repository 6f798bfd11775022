"""How many tokens a request has, counted the way the tokenizers of providers cut text.

An approximation without their vocabularies, and independent of the service's own estimate: text is
cut into words, numbers of up to three digits, marks and blanks as o200k does; a common word is one
token, a longer one breaks after every six letters, letters outside of ASCII after every two. Each
message and each tool costs a few tokens of frame, as the providers document.
"""

from __future__ import annotations

import json
import re
from typing import Any

PIECE = re.compile(r"[A-Za-z]+|\d{1,3}|[^\W\d_]+|_|\s*[^\s\w]+|\s*\n+|\s+(?=\S)|\s+")
LETTERS = 6
FOREIGN = 2
MESSAGE_FRAME = 4
TOOL_FRAME = 8
IMAGE = 1_100


def tokens(text: str) -> int:
    """Return the tokens of a text."""
    found = 0
    for piece in PIECE.findall(text):
        if piece.isspace():
            found += piece.count("\n") > 0  # a single blank belongs to the word after it
        elif piece.isascii():
            found += -(-len(piece) // LETTERS) if piece[0].isalpha() else 1
        else:
            found += -(-len(piece) // FOREIGN)
    return found


def input_tokens(body: dict[str, Any]) -> int:
    """Return the tokens of a whole request in any provider's format."""
    found = 3
    for name, value in body.items():
        if name in {"messages", "contents"}:
            found += sum(MESSAGE_FRAME + _inside(one) for one in value)
        elif name in {"system", "systemInstruction", "system_instruction"}:
            found += MESSAGE_FRAME + _inside(value)
        elif name == "tools":
            found += sum(TOOL_FRAME + tokens(json.dumps(one)) for one in _each_tool(value))
    return found


def holds_tool_result(body: dict[str, Any]) -> bool:
    """Whether a tool has been asked since the member's last words."""
    last = (body.get("messages") or body.get("contents") or [{}])[-1]
    return last.get("role") == "tool" or any(
        mark in json.dumps(last) for mark in ('"tool_result"', '"functionResponse"')
    )


def _each_tool(tools: list[Any]) -> list[Any]:
    return [one for tool in tools for one in tool.get("functionDeclarations", [tool])]


def _inside(value: Any) -> int:
    """Return the tokens of all texts of a message, pictures by their usual price."""
    if isinstance(value, str):
        return tokens(value)
    if isinstance(value, list):
        return sum(_inside(one) for one in value)
    if not isinstance(value, dict):
        return 0 if value is None else tokens(str(value))
    if value.get("type") in {"image", "image_url"} or "inlineData" in value:
        return IMAGE
    skipped = {"role", "type", "id", "tool_call_id", "tool_use_id", "cache_control"}
    return sum(_inside(one) for name, one in value.items() if name not in skipped)
