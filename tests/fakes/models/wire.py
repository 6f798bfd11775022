"""How each provider writes an answer: as events of a stream, as one document, and what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.models.replies import Reply

CHUNK = 12


def _pieces(words: str) -> list[str]:
    return [words[at : at + CHUNK] for at in range(0, len(words), CHUNK)]


def _arguments(reply: Reply, arguments: dict[str, Any]) -> str:
    return '{"symbol": "SP' if reply.bad_json else json.dumps(arguments)


def _event(data: Any, name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n"


# --- OpenAI: POST /v1/chat/completions ---


def openai_stream(reply: Reply, model: str) -> Iterator[str]:
    """Yield the chunks of a chat completion, usage last."""
    base = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": f"{model}-2026-01-01",
    }

    def chunk(delta: dict[str, Any], reason: str | None = None) -> str:
        return _event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(reply.words):
        yield chunk({"content": piece})
    for at, (name, arguments) in enumerate(reply.tools):
        function = {"name": name, "arguments": _arguments(reply, arguments)}
        number = 0 if reply.one_id else at
        call = {"index": at, "id": f"call_{number}", "type": "function", "function": function}
        yield chunk({"tool_calls": [call]})
    yield chunk({}, _finish(reply, "tool_calls" if reply.tools else "stop"))
    if reply.input_tokens is not None:
        yield _event({**base, "choices": [], "usage": _openai_usage(reply)})
    yield "data: [DONE]\n\n"


def _finish(reply: Reply, usual: str) -> str | None:
    return None if reply.finish == "-" else reply.finish or usual


def _openai_usage(reply: Reply) -> dict[str, Any]:
    assert reply.input_tokens is not None
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
    }


# --- Anthropic: POST /v1/messages ---


def anthropic_stream(reply: Reply, model: str) -> Iterator[str]:
    """Yield the events of a message: blocks of text and of tool use, usage at both ends."""
    usage: dict[str, Any] = {}
    if reply.input_tokens is not None:
        usage = {
            "input_tokens": reply.input_tokens - reply.cached_tokens,
            "cache_read_input_tokens": reply.cached_tokens,
            "cache_creation_input_tokens": 0,
            "output_tokens": 1,
        }
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    yield _event({"type": "message_start", "message": message}, "message_start")
    at = 0
    if reply.words:
        yield from _anthropic_block(at, {"type": "text", "text": ""}, [
            {"type": "text_delta", "text": piece} for piece in _pieces(reply.words)
        ])  # fmt: skip
        at += 1
    for name, arguments in reply.tools:
        number = 0 if reply.one_id else at
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        part = {"type": "input_json_delta", "partial_json": _arguments(reply, arguments)}
        yield from _anthropic_block(at, block, [part])
        at += 1
    reason = _finish(reply, "tool_use" if reply.tools else "end_turn")
    end = {"stop_reason": reason, "stop_sequence": None}
    spent = {} if reply.input_tokens is None else {"output_tokens": reply.output_tokens}
    told = {"type": "message_delta", "delta": end, "usage": spent}
    yield _event(told, "message_delta")
    yield _event({"type": "message_stop"}, "message_stop")


def _anthropic_block(at: int, block: dict[str, Any], deltas: list[dict[str, Any]]) -> Iterator[str]:
    yield _event(
        {"type": "content_block_start", "index": at, "content_block": block}, "content_block_start"
    )
    for delta in deltas:
        yield _event(
            {"type": "content_block_delta", "index": at, "delta": delta}, "content_block_delta"
        )
    yield _event({"type": "content_block_stop", "index": at}, "content_block_stop")


# --- Google: POST /v1beta/models/NAME:streamGenerateContent?alt=sse ---


def google_stream(reply: Reply, model: str) -> Iterator[str]:
    """Yield the parts of a candidate, usage with the last."""
    for piece in _pieces(reply.words):
        yield _event(_candidate([{"text": piece}], model))
    parts = [
        {"functionCall": {"name": name, "args": "no object" if reply.bad_json else arguments}}
        for name, arguments in reply.tools
    ]
    last = _candidate(parts or [{"text": ""}], model)
    if _finish(reply, "STOP"):
        last["candidates"][0]["finishReason"] = _finish(reply, "STOP")
    if reply.input_tokens is not None:
        last["usageMetadata"] = _google_usage(reply)
    yield _event(last)


def _google_usage(reply: Reply) -> dict[str, Any]:
    assert reply.input_tokens is not None
    return {
        "promptTokenCount": reply.input_tokens,
        "cachedContentTokenCount": reply.cached_tokens,
        "candidatesTokenCount": reply.output_tokens,
        "totalTokenCount": reply.input_tokens + reply.output_tokens,
    }


def _candidate(parts: list[dict[str, Any]], model: str) -> dict[str, Any]:
    content = {"role": "model", "parts": parts}
    return {"candidates": [{"content": content, "index": 0}], "modelVersion": f"{model}-001"}
