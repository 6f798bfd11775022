"""The plugin's code is read by PHP 7.4, the oldest that a site may run: asked of PHP 7.4 itself."""

from pathlib import Path

import pytest

from scripts import php74

PLUGIN = Path(__file__).resolve().parents[2] / "wp-plugin"

# One line each of what came with 8.0 to 8.4.
NEWER = {
    "match": "function f( $a ) { return match ( $a ) { 1 => 2 }; }",
    "nullsafe operator": "function f( $a ) { return $a?->b; }",
    "named argument": "function f() { return strlen( string: 'a' ); }",
    "enum": "enum Side: string { case Buy = 'buy'; }",
    "readonly property": "class C { public readonly int $a; }",
    "readonly class": "readonly class C {}",
    "union type": "function f( int|string $a ) {}",
    "union of a property": "class C { public int|null $a; }",
    "promoted constructor": "class C { public function __construct( private $a ) {} }",
    "trailing comma in parameters": "function f( $a, ) {}",
    "static as a return type": "class C { public function f(): static { return $this; } }",
    "catch without a variable": "function f() { try { g(); } catch ( Error ) { return 1; } }",
    "throw as an expression": "function f( $a ) { return $a ?? throw new Error(); }",
    "attribute on a line of its own": "#[Pure]\nfunction f() {}",
    "attribute on the line of its function": "#[Pure] function f() {}",
    "new in an initialiser": "function f( $a = new ArrayObject() ) {}",
    "first-class callable": "function f() { return strlen( ... ); }",
    "intersection type": "function f( Countable&Iterator $a ) {}",
    "class of an object": "function f( $a ) { return $a::class; }",
    "unpacking of string keys into a constant": "const A = array( ...array( 'a' => 1 ) );",
    "constant with a type": "class C { const int A = 1; }",
    "octal with a letter": "const A = 0o17;",
    "trailing comma in use": "$f = function () use ( $a, ) {};",
}
OLD = """namespace A\\B;
use ArrayObject;
class C { private ?int $a = 1; const B = array( 'x' => 1 ); public function f( ?string ...$b ): ?self { return fn( $c ) => $c ?? null; } }
function f( array $a ): iterable { [ 'x' => $y ] = $a; $a['z'] ??= 1; yield from [ ...$a, 1 ]; }"""


def test_it_refuses_each_syntax_that_is_newer_and_takes_what_is_old():
    sources = {what: f"<?php\n{line}\n" for what, line in NEWER.items()} | {"old": f"<?php\n{OLD}"}

    said = php74.complaints(sources)

    assert sorted(said) == sorted(NEWER)


def test_it_takes_the_plugin():
    files = sorted(PLUGIN.rglob("*.php"))
    assert len(files) > 40

    said = php74.complaints({str(path.relative_to(PLUGIN)): path.read_text() for path in files})

    assert said == {}


@pytest.mark.parametrize(("name", "known"), [("str_contains", False), ("array_key_last", True)])
def test_it_knows_its_functions(name, known):
    assert (php74.missing_functions([name]) == []) is known
