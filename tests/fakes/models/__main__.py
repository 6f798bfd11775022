"""`python -m tests.fakes.models`: the fake providers in a process of their own, for benchmarks.

Prints its address and answers until its input is closed. Every question is answered at once (with
`PAUSE`: so many seconds before each event): where `TOOL` names a tool that is offered, by a call of
it first, and then in `WORDS`.
"""

from __future__ import annotations

import json
import os
import sys

from tests.fakes.models import ModelServer, Reply, counting
from tests.fakes.models.server import Asked

WORDS = (
    "The levels that you ask for come from the session before, and each of them is cited where it "
    "stands. Levels are where many traders look at once; that is all that makes them matter. A "
    "touch proves nothing, and neither does a break: look at what happens after it, and at how "
    "much of your account is at risk when it goes the other way. What you hold now is small beside "
    "what you have lost on such days before. The record that this rests on is short: a handful of "
    "trades is an anecdote, and the interval around its win rate is wide. Wait for more of them "
    "before you make the size of a position depend on it, and write down why you take each one. "
)
"""Of the usual length of the coach's answers: some 140 tokens."""


def script(asked: Asked) -> Reply:
    """Return the answer to a question, its tokens counted as a provider would."""
    tool = os.environ.get("TOOL", "")
    body = json.dumps(asked.body, ensure_ascii=False)
    used = counting.input_tokens(asked.body)
    if tool and tool in body and not counting.holds_tool_result(asked.body):
        arguments = json.loads(os.environ.get("TOOL_ARGUMENTS", "{}"))
        spent = counting.tokens(tool + json.dumps(arguments)) + 8
        return Reply(tools=((tool, arguments),), input_tokens=used, output_tokens=spent)
    words = os.environ.get("WORDS", WORDS)
    pause = float(os.environ.get("PAUSE", "0"))
    return Reply(words, input_tokens=used, output_tokens=counting.tokens(words), pause=pause)


def main() -> None:
    """Serve until the input ends."""
    server = ModelServer()
    server.script = script
    server.keeps_asked = False
    print(server.address, flush=True)
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    main()
