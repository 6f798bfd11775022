"""Reads PHP as PHP does: the tokens of its own tokenizer, and the calls among them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

TOKENIZER = """
$answer = array();
foreach ( json_decode( stream_get_contents( STDIN ), true ) as $name => $code ) {
	foreach ( PhpToken::tokenize( $code ) as $token ) {
		if ( ! $token->is( T_WHITESPACE ) ) {
			$answer[ $name ][] = array( $token->getTokenName(), $token->text, $token->line );
		}
	}
}
echo json_encode( (object) $answer, JSON_INVALID_UTF8_SUBSTITUTE );
"""
NAMES = frozenset({"T_STRING", "T_NAME_QUALIFIED", "T_NAME_FULLY_QUALIFIED"})
COMMENTS = frozenset({"T_COMMENT", "T_DOC_COMMENT"})
STRING = "T_CONSTANT_ENCAPSED_STRING"
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "$": "$", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Token:
    """One token: PHP's name of its kind, its text and the line that it begins on."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Call:
    """A call: of a function, of a method, of a class' own function, or of a constructor."""

    kind: str
    name: str
    line: int
    arguments: tuple[tuple[Token, ...], ...]
    owner: str = ""
    start: int = 0
    end: int = 0

    def literal(self, index: int) -> str | None:
        """Return the argument's text when it is one literal string."""
        if index >= len(self.arguments) or len(self.arguments[index]) != 1:
            return None
        token = self.arguments[index][0]
        return unquoted(token.text) if token.kind == STRING else None

    def source(self, index: int) -> str:
        """Return the argument as it is written, blanks aside."""
        return text_of(self.arguments[index]) if index < len(self.arguments) else ""


@dataclass
class Source:
    """One file of PHP."""

    name: str
    text: str
    tokens: list[Token] = field(repr=False)
    comments: list[Token] = field(repr=False)

    @cached_property
    def calls(self) -> list[Call]:
        """Return every call, in order."""
        return list(self._calls())

    def called(self, *names: str) -> list[Call]:
        """Return the calls of plain functions with one of `names`."""
        return [call for call in self.calls if call.kind == "function" and call.name in names]

    def _calls(self) -> Iterator[Call]:
        tokens = self.tokens
        for index, token in enumerate(tokens[:-1]):
            if token.kind not in NAMES or tokens[index + 1].text != "(":
                continue
            before = tokens[index - 1].text if index else ""
            if before == "function" or (before == "&" and tokens[index - 2].text == "function"):
                continue
            kind = {"->": "method", "::": "static", "new": "new"}.get(before, "function")
            owner = tokens[index - 2].text.lstrip("\\") if kind in {"static", "method"} else ""
            end = closing(tokens, index + 1)
            arguments = tuple(split(tokens[index + 2 : end]))
            yield Call(kind, token.text.lstrip("\\"), token.line, arguments, owner, index, end)

    @cached_property
    def functions(self) -> dict[str, tuple[int, int]]:
        """Return where the body of each named function begins and ends among the tokens."""
        found = {}
        for index, token in enumerate(self.tokens[:-1]):
            name = self.tokens[index + 1]
            if token.kind != "T_FUNCTION" or name.kind != "T_STRING":
                continue
            opening = index
            while self.tokens[opening].text not in {"{", ";"}:
                opening += 1
            if self.tokens[opening].text == "{":
                found[name.text] = (opening, closing(self.tokens, opening))
        return found


def read(sources: Mapping[str, str]) -> dict[str, Source]:
    """Read many files in one go; PHP does the cutting."""
    done = subprocess.run(
        ["php", "-r", TOKENIZER],
        input=json.dumps(dict(sources)),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = {}
    for name, rows in json.loads(done.stdout).items():
        tokens = [Token(*row) for row in rows]
        code = [token for token in tokens if token.kind not in COMMENTS]
        comments = [token for token in tokens if token.kind in COMMENTS]
        found[name] = Source(name, sources[name], code, comments)
    return found


def closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the index of the bracket that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(tokens)):
        text = tokens[index].text
        if text in OPENING or tokens[index].kind in {"T_CURLY_OPEN", "T_DOLLAR_OPEN_CURLY_BRACES"}:
            depth += 1
        elif text in CLOSING:
            depth -= 1
            if depth == 0:
                return index
    return len(tokens) - 1


def split(tokens: Sequence[Token], by: str = ",") -> Iterator[tuple[Token, ...]]:
    """Split at those `by` that stand in no bracket."""
    depth = 0
    part: list[Token] = []
    for token in tokens:
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text == by:
            yield tuple(part)
            part = []
        else:
            part.append(token)
    if part:
        yield tuple(part)


def text_of(tokens: Sequence[Token]) -> str:
    """Return tokens as text."""
    return " ".join(token.text for token in tokens)


def unquoted(text: str) -> str:
    """Return what a literal string of PHP says."""
    inner = text[1:-1]
    if text[0] == "'":
        return re.sub(r"\\([\\'])", r"\1", inner)
    return re.sub(r"\\([ntr$\"\\])", lambda found: ESCAPES[found[1]], inner)
