"""What the plugin prints: escaped at the echo, translatable, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scripts.phpcode import STRING, Call, Source, Token, closing, split, text_of
from scripts.translations.extract import PHP_FUNCTIONS, translators_comment
from tests.contract.rules.base import SLUG, Plugin, Rule, many, one

ESCAPERS = {
    *("esc_html", "esc_attr", "esc_url", "esc_textarea", "esc_js", "esc_xml"),
    *("esc_html__", "esc_attr__", "esc_html_x", "esc_attr_x"),
    *("wp_kses", "wp_kses_post", "wp_kses_data", "tag_escape", "sanitize_html_class"),
    *("absint", "intval", "floatval", "number_format", "rawurlencode", "wp_json_encode"),
    "get_block_wrapper_attributes",
}
NUMBERS = {"T_LNUMBER", "T_DNUMBER"}
CASTS = {"T_INT_CAST", "T_DOUBLE_CAST"}
# Cleaned or escaped before, each said in a comment beside it: our own templates, which are held
# to this rule themselves, and fragments, which went through Html::clean().
CLEAN_BEFORE = (
    (r"^src/", r"-> render \( '[\w/-]+'(?: , .*)? \)$"),
    (r"^src/Rest/Proxy\.php$", r"^is_string \( \$data \) \? \$data : ''$"),
    (r"^templates/(?:wrapper|admin-screen|sample)\.php$", r"^\$data \[ 'inner' \]$"),
    (r"^templates/(?:fragment|absent|admin-member-view)\.php$", r"^\$data \[ 'html' \]$"),
)
DUMPS = ("print_r", "var_dump", "var_export", "debug_print_backtrace", "debug_zval_refcount")
PLACEHOLDER = re.compile(r"%(?:(\d+)\$)?[-+0]?\d*(?:\.\d+)?[sdfFeg]")


def printed(source: Source) -> Iterator[tuple[int, Sequence[Token]]]:
    """Yield what each echo, print and short tag prints, with its line."""
    for index, token in enumerate(source.tokens):
        if token.kind not in {"T_ECHO", "T_PRINT", "T_OPEN_TAG_WITH_ECHO"}:
            continue
        if source.tokens[index - 1].kind in {"T_FUNCTION", "T_OBJECT_OPERATOR", "T_DOUBLE_COLON"}:
            continue
        end = index + 1
        while end < len(source.tokens):
            if source.tokens[end].text == ";" or source.tokens[end].kind == "T_CLOSE_TAG":
                break
            brackets = source.tokens[end].text in {"(", "["}
            end = closing(source.tokens, end) + 1 if brackets else end + 1
        for part in split(source.tokens[index + 1 : end]):
            yield token.line, part


def is_escaped(tokens: Sequence[Token]) -> bool:
    """Tell whether an expression is safe in HTML by how it is written."""
    tokens = bare(tokens)
    branches = list(split(tokens, "?"))
    if len(branches) > 1:
        return all(is_escaped(part) for part in split(text_after(tokens, "?"), ":"))
    pieces = list(split(tokens, "."))
    if len(pieces) > 1:
        return all(is_escaped(piece) for piece in pieces)
    if len(tokens) == 1:
        return tokens[0].kind in {STRING, *NUMBERS}
    if not tokens:
        return False
    if tokens[0].kind in CASTS:
        return True
    name = tokens[0].text.lstrip("\\")
    is_call = tokens[1].text == "(" and closing(tokens, 1) == len(tokens) - 1
    return is_call and name in ESCAPERS


def bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return an expression without the brackets around the whole of it."""
    while tokens and tokens[0].text == "(" and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def text_after(tokens: Sequence[Token], mark: str) -> Sequence[Token]:
    """Return what stands after the first `mark` that is in no bracket."""
    first = next(split(tokens, mark))
    return tokens[len(first) + 1 :]


def escaping(plugin: Plugin) -> Iterator[str]:
    """Everything that is printed is escaped where it is printed."""
    for source in plugin.sources:
        for line, tokens in printed(source):
            said = text_of(tokens)
            known = any(
                re.search(where, source.name) and re.search(what, said)
                for where, what in CLEAN_BEFORE
            )
            if not known and not is_escaped(tokens):
                yield f"{source.name}:{line}: echo {said}"
        for call in source.called("printf", "vprintf", "wp_die"):
            parts = call.arguments[:1] if call.name == "wp_die" else call.arguments
            if not all(is_escaped(part) for part in parts):
                yield f"{source.name}:{call.line}: {call.name}( {call.source(0)} )"
        for call in source.called("_e", "_ex", *DUMPS):
            yield f"{source.name}:{call.line}: {call.name}()"


def texts(plugin: Plugin) -> Iterator[str]:
    """Every text is literal, in our domain, and explained where it has a placeholder."""
    for source in plugin.sources:
        for call in source.called(*PHP_FUNCTIONS):
            for problem in problems_of(call, source):
                yield f"{source.name}:{call.line}: {problem}: {call.source(0)}"
        for call in source.called("load_plugin_textdomain", "wp_set_script_translations"):
            at = 0 if call.name == "load_plugin_textdomain" else 1
            if plugin.resolve((call.arguments + ((),) * 2)[at], source) != SLUG:
                yield f"{source.name}:{call.line}: {call.name}() of another domain"


def problems_of(call: Call, source: Source) -> Iterator[str]:
    """Yield what is wrong with one text."""
    text_at, plural_at, context_at, domain_at = PHP_FUNCTIONS[call.name]
    wanted = [at for at in (text_at, plural_at, context_at) if at is not None]
    literals = [call.literal(at) for at in wanted]
    if None in literals:
        yield "not one literal text"
        return
    if call.literal(domain_at) != SLUG:
        yield "not in our domain"
    if not literals[0].strip():
        yield "empty"
    found = [match[1] for match in PLACEHOLDER.finditer(literals[0].replace("%%", ""))]
    if found and translators_comment(source.comments, call.line) is None:
        yield "a placeholder without a comment for translators"
    if len(found) > 1 and None in found:
        yield "several placeholders without numbers"


def joined(plugin: Plugin) -> Iterator[str]:
    """No sentence is put together from translated halves."""
    plain = {"__", "_x", "_n", "_nx", "esc_html__", "esc_attr__"}
    for source in plugin.sources:
        for call in source.called(*plain):
            after = source.tokens[call.end + 1 : call.end + 3]
            before = source.tokens[max(0, call.start - 2) : call.start]
            for dot, part in ((after[:1], after[1:]), (before[1:], before[:1])):
                is_words = part and part[0].kind == STRING and re.search(r"[a-z]{3}", part[0].text)
                if dot and dot[0].text == "." and is_words and "<" not in part[0].text:
                    yield f"{source.name}:{call.line}: {call.source(0)} . {part[0].text}"


def elsewhere(plugin: Plugin) -> Iterator[str]:
    """Pages load nothing from other servers, and no frame."""
    for name, text in plugin.matching(r"^(assets|blocks)/(?!vendor/).*\.(css|js)$").items():
        code = re.sub(r"/\*.*?\*/|http://www\.w3\.org/", "", text, flags=re.DOTALL)
        for found in re.finditer(
            r"url\(\s*[\"']?(?:https?:)?//|@import|[\"'`](?:https?:)?//\w", code
        ):
            yield f"{name}: {found[0]}"
    for source in plugin.sources:
        for token in source.tokens:
            if token.kind in {STRING, "T_ENCAPSED_AND_WHITESPACE", "T_INLINE_HTML"}:
                text = token.text.replace("http://www.w3.org/", "")
                for found in re.finditer(
                    r"(?:https?:)?//[a-z][\w-]+\.[\w.]+|<iframe|<script|<style", text
                ):
                    yield f"{source.name}:{token.line}: {found[0]}"


ESCAPED = Rule(
    "output is escaped at the echo",
    escaping,
    bad=many(
        "echo $name;",
        "echo 'a' . $name;",
        "echo get_option( 'x' );",
        "echo esc_html( $a ) . $b;",
        "echo $a ? esc_html( $b ) : $c;",
        "echo esc_html( $a ), $b;",
        "print $name;",
        "?><b><?= $name ?></b>",
        "printf( '<b>%s</b>', $name );",
        "wp_die( $error->get_error_message() );",
        "_e( 'Hello', 'trading-robot-service' );",
        "var_dump( $name );",
        "echo __( 'Hello', 'trading-robot-service' );",
        'echo "<b>{$name}</b>";',
        "echo strtoupper( esc_html( $a ) ) . esc_html( $b );",
    )
    + many("echo $data['html'];", name="templates/other.php"),
    good=many(
        "echo esc_html( $name );",
        "echo 'a' . esc_attr( $name ) . 'b', (int) $count;",
        "echo 'x' === $a ? esc_html__( 'A', 'trading-robot-service' ) : esc_html( $b );",
        "printf( '<b>%s</b>', esc_html( $name ) );",
        "echo ( new Templates() )->render( 'page', $data );",
        "?><b><?php echo esc_html( $a['x'] ?? '' ); ?></b>",
    ),
)
TRANSLATABLE = Rule(
    "texts are literal, in our domain, with comments for placeholders",
    texts,
    bad=many(
        "__( $text, 'trading-robot-service' );",
        "__( 'Hello' . $name, 'trading-robot-service' );",
        "__( 'Hello' );",
        "__( 'Hello', 'another-plugin' );",
        "esc_html_e( '', 'trading-robot-service' );",
        "sprintf( __( 'Up to %s', 'trading-robot-service' ), $a );",
        "/* translators: two sizes. */\n__( '%s of %s', 'trading-robot-service' );",
        "_n( 'One', $many, $n, 'trading-robot-service' );",
        "wp_set_script_translations( 'trading-robot-service-blocks', 'default' );",
    ),
    good=many(
        "/* translators: %s: a size. */\n$a = sprintf( __( 'Up to %s', 'trading-robot-service' ), $b );",
        "_n( 'One robot', 'Robots', $n, 'trading-robot-service' );",
    ),
)
WHOLE = Rule(
    "sentences are whole",
    joined,
    bad=many(
        "$a = __( 'You have', 'trading-robot-service' ) . ' robots';",
        "$a = 'Last test: ' . __( 'never', 'trading-robot-service' );",
    ),
    good=many("$a = '<b>' . esc_html__( 'You have robots', 'trading-robot-service' ) . '</b>';"),
)
OWN = Rule(
    "nothing is loaded from elsewhere",
    elsewhere,
    bad=(
        one("@import 'https://fonts.example/x.css';", "assets/a.css"),
        one("a { background: url(//cdn.example/x.png) }", "assets/a.css"),
        one("fetch( 'https://api.example/x' );", "assets/a.js"),
        one("wp_enqueue_script( 'x', 'https://cdn.example/x.js' );"),
        one("?><iframe src='x'></iframe>"),
        one("?><script>alert( 1 )</script>"),
        one("echo 'See //cdn.example.com/x';"),
    ),
    good=(one("a { background: url(x.png) }", "assets/a.css"), one("$x = 'https://';")),
)

RULES = (ESCAPED, TRANSLATABLE, WHOLE, OWN)
