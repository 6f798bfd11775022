"""What the plugin takes in and what it changes: capability, nonce, cleaning, prepared statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.phpcode import STRING, Call, Source, closing, text_of
from tests.contract.rules.base import PREFIX, Plugin, Rule, many

SUPERGLOBALS = {"$_GET", "$_POST", "$_REQUEST", "$_COOKIE", "$_SERVER", "$_FILES", "$_ENV"}
FORMS = {"$_POST", "$_REQUEST", "$_FILES"}
# Functions through which a value of a request may pass, or which only ask about it.
CLEANERS = re.compile(
    r"^(?:sanitize_\w+|absint|intval|floatval|esc_url_raw|is_(?:string|array|numeric|scalar)"
    r"|isset|empty|array_keys|wp_verify_nonce|hash_equals|in_array|array_key_exists|wp_validate_redirect"
    r"|rest_sanitize_\w+|wp_kses\w*|preg_match|clean|map_deep|filters_of)$"
)
CASTS = {"T_INT_CAST", "T_DOUBLE_CAST", "T_BOOL_CAST"}
NONCE = ("check_admin_referer", "check_ajax_referer", "wp_verify_nonce")
READS = {"query", "get_var", "get_col", "get_row", "get_results"}


def handlers(source: Source) -> Iterator[tuple[str, str]]:
    """Yield hook and method of what answers a form."""
    for call in source.called("add_action"):
        hook = call.literal(0) or call.source(0).strip("'")
        if not re.match(r"'?(?:admin_post|wp_ajax|admin_action)", hook):
            continue
        names = re.findall(r"'(\w+)' (?:\)|\])$", call.source(1))
        yield hook, names[0] if names else ""


def guarded(plugin: Plugin) -> Iterator[str]:
    """What answers a form asks for a capability and a nonce before it reads the form."""
    for source in plugin.sources:
        checked = False
        for hook, method in handlers(source):
            if "nopriv" in hook:
                yield f"{source.name}: {hook} answers people who are not signed in"
            body = source.functions.get(method)
            calls = [c for c in source.calls if body and body[0] < c.start < body[1]]
            asked = next((c.start for c in calls if c.name == "current_user_can"), None)
            nonce = next((c.start for c in calls if c.name in NONCE), None)
            if asked is None or nonce is None:
                yield f"{source.name}: {method}() of {hook} lacks capability or nonce"
                continue
            checked = True
            first = next(
                (i for i in range(*body) if source.tokens[i].text in FORMS and i not in own(calls)),
                body[1],
            )
            if max(asked, nonce) > first:
                yield f"{source.name}: {method}() reads the form before it asks"
        forms = any(token.text in FORMS for token in source.tokens)
        inside = {c.name for c in source.calls if c.kind == "function"}
        if forms and not checked and not ("current_user_can" in inside and inside & set(NONCE)):
            yield f"{source.name}: reads a form without capability and nonce"


def own(calls: list[Call]) -> set[int]:
    """Return the places inside the checks themselves, which may read the nonce."""
    return {i for c in calls if c.name in NONCE for i in range(c.start, c.end)}


def enclosing(source: Source, place: int) -> Iterator[str]:
    """Yield the names of the functions around a place, from the inside."""
    depth = 0
    for index in range(place - 1, 0, -1):
        text = source.tokens[index].text
        if text in {";", "{", "}"}:
            return
        depth += (text == ")") - (text == "(")
        if text == "(" and depth < 0:
            depth = 0
            yield source.tokens[index - 1].text
            # array_map( 'sanitize_key', … ) cleans by name.
            if source.tokens[index - 1].text == "array_map":
                yield source.tokens[index + 1].text.strip("'")


def cleaned(plugin: Plugin) -> Iterator[str]:
    """Every value of a request is cleaned where it is read."""
    for source in plugin.sources:
        for index, token in enumerate(source.tokens):
            if token.kind != "T_VARIABLE" or token.text not in SUPERGLOBALS:
                continue
            around = list(enclosing(source, index))
            is_cast = source.tokens[index - 1].kind in CASTS
            end = (
                closing(source.tokens, index + 1) if source.tokens[index + 1].text == "[" else index
            )
            beside = {source.tokens[index - 1].kind, source.tokens[end + 1].kind}
            is_compared = "T_IS_IDENTICAL" in beside
            if not is_cast and not is_compared and not any(CLEANERS.match(name) for name in around):
                yield f"{source.name}:{token.line}: {text_of(source.tokens[index : index + 4])}"


def nonces(plugin: Plugin) -> Iterator[str]:
    """The answer of wp_verify_nonce() decides something."""
    for source in plugin.sources:
        for call in source.called("wp_verify_nonce"):
            before = source.tokens[call.start - 1]
            if before.text in {";", "{", "}"} or before.kind == "T_OPEN_TAG":
                yield f"{source.name}:{call.line}: nobody reads the answer of wp_verify_nonce()"
            if len(call.arguments) < 2:
                yield f"{source.name}:{call.line}: wp_verify_nonce() without an action"
        for call in source.called("check_admin_referer", "check_ajax_referer", "wp_nonce_field"):
            if not call.arguments or call.source(0) in {"-1", "''"}:
                yield f"{source.name}:{call.line}: {call.name}() without an action"


def redirects(plugin: Plugin) -> Iterator[str]:
    """Redirects stay on the site, and nothing runs after them."""
    for source in plugin.sources:
        for call in source.called("wp_redirect"):
            yield f"{source.name}:{call.line}: wp_redirect()"
        for call in source.called("wp_safe_redirect"):
            if [t.kind for t in source.tokens[call.end + 2 : call.end + 3]] != ["T_EXIT"]:
                yield f"{source.name}:{call.line}: no exit after wp_safe_redirect()"


def statements(plugin: Plugin) -> Iterator[str]:
    """Statements with values are prepared."""
    for source in plugin.sources:
        for call in source.calls:
            if call.kind != "method" or call.owner != "$wpdb" or call.name not in READS:
                continue
            first = call.arguments[0] if call.arguments else ()
            said = text_of(first)
            if len(first) == 1 and (
                prepared_before(source, call) or prepared_by_callers(source, call)
            ):
                continue
            is_plain = len(first) == 1 and first[0].kind == STRING
            own_table = re.fullmatch(r'" [^"$]*(?:\{? ?\$wpdb -> \w+ ?\}?[^"$]*)+ ?"', said)
            if not is_plain and not own_table and not said.startswith("$wpdb -> prepare ("):
                yield f"{source.name}:{call.line}: {said[:60]}"
            if own_table and call.name == "query" and re.search(r"\$(?!wpdb)", said):
                yield f"{source.name}:{call.line}: {said[:60]}"


def prepared_before(source: Source, call: Call) -> bool:
    """Tell whether a call passes on what its function prepared."""
    around = [span for span in source.functions.values() if span[0] < call.start < span[1]]
    name = call.arguments[0][0].text
    said = text_of(source.tokens[slice(*around[-1])]) if around else ""
    return f"{name} =" in said and said.count(f"{name} =") == said.count(
        f"{name} = $wpdb -> prepare ("
    )


def prepared_by_callers(source: Source, call: Call) -> bool:
    """Tell whether a call passes on what every caller of its function prepared."""
    around = [n for n, (first, last) in source.functions.items() if first < call.start < last]
    callers = [c for c in source.calls if c.kind == "method" and c.name in around]
    is_variable = call.arguments[0][0].kind == "T_VARIABLE"
    prepared = [c.source(0).startswith("$wpdb -> prepare (") for c in callers]
    return is_variable and bool(prepared) and all(prepared)


def routes(plugin: Plugin) -> Iterator[str]:
    """Every REST route asks who may, and says what its arguments look like."""
    for source in plugin.sources:
        for call in source.called("register_rest_route"):
            said = call.source(2)
            count = max(1, said.count("'callback'"))
            if said.count("'permission_callback' =>") < count and said:
                yield f"{source.name}:{call.line}: a route without permission_callback"
            if re.search(r"'permission_callback' => '__return_true'", said) or re.search(
                r"'permission_callback' => (?:static )?(?:function|fn) \( \) (?:=>|\{ return) true",
                said,
            ):
                yield f"{source.name}:{call.line}: a route that lets everybody in"
            for name in unchecked(call):
                yield f"{source.name}:{call.line}: argument {name} is not checked"
            if not (plugin.resolve(call.arguments[0], source) or "").startswith(
                PREFIX.replace("_", "-").rstrip("-") + "/v"
            ):
                yield f"{source.name}:{call.line}: a route outside our space"


def unchecked(call: Call) -> Iterator[str]:
    """Yield the arguments of a route that have neither type nor callback."""
    tokens = call.arguments[2] if len(call.arguments) > 2 else ()
    for index, token in enumerate(tokens):
        if token.text != "'args'" or tokens[index + 2].text != "array":
            continue
        end = closing(tokens, index + 3)
        place = index + 4
        while place < end:
            if tokens[place].kind == STRING and tokens[place + 1].text == "=>":
                opening = place + 3 if tokens[place + 2].text == "array" else place + 2
                if tokens[opening].text not in {"(", "["}:
                    place += 3
                    continue
                shut = closing(tokens, opening)
                said = text_of(tokens[opening:shut])
                if not re.search(r"'(?:type|enum|validate_callback|sanitize_callback)'", said):
                    yield tokens[place].text
                place = shut
            place += 1


HOOK = "add_action( 'admin_post_trading_robot_service', array( $this, 'save' ) );"
GUARD = "current_user_can( 'manage_options' ) || exit; check_admin_referer( 'a' );"
ROUTE = "register_rest_route( 'trading-robot-service/v1', '/x', array( 'callback' => 'f', "

RULES = (
    Rule(
        "writes are behind capability and nonce",
        guarded,
        bad=many(
            f"{HOOK} function save() {{ update_option( 'x', sanitize_key( $_POST['x'] ) ); }}",
            f"{HOOK} function save() {{ current_user_can( 'x' ); $a = $_POST['x']; }}",
            f"{HOOK} function save() {{ $a = $_POST['x']; {GUARD} }}",
            f"add_action( 'wp_ajax_nopriv_x', array( $this, 'save' ) ); function save() {{ {GUARD} }}",
            "function save() { update_option( 'x', sanitize_key( $_REQUEST['x'] ) ); }",
        ),
        good=many(f"{HOOK} function save() {{ {GUARD} $a = sanitize_key( $_POST['x'] ); }}"),
    ),
    Rule(
        "input is cleaned where it is read",
        cleaned,
        bad=many(
            "$a = $_GET['x'];",
            "$a = wp_unslash( $_POST['x'] );",
            "$a = array_map( 'trim', $_POST['x'] );",
            "foreach ( $_POST as $name => $value ) { f( $value ); }",
            "$a = $_SERVER['HTTP_HOST'] . '/';",
        ),
        good=many(
            "$a = isset( $_GET['x'] ) ? sanitize_key( wp_unslash( $_GET['x'] ) ) : '';",
            "$a = (int) $_GET['page'];",
            "$a = array_map( 'sanitize_key', array_filter( wp_unslash( $_POST['x'] ), 'f' ) );",
            "$a = isset( $_POST['step'] ) && 'off' === $_POST['step'];",
        ),
    ),
    Rule(
        "nonces decide",
        nonces,
        bad=many(
            "wp_verify_nonce( $a, 'b' );",
            "if ( ! wp_verify_nonce( $a ) ) { exit; }",
            "check_admin_referer();",
            "wp_nonce_field();",
        ),
        good=many("if ( ! wp_verify_nonce( $a, 'b' ) ) { exit; }"),
    ),
    Rule(
        "redirects are safe and end",
        redirects,
        bad=many("wp_redirect( $a ); exit;", "wp_safe_redirect( $a ); f();"),
        good=many("wp_safe_redirect( $a ); exit;"),
    ),
    Rule(
        "statements are prepared",
        statements,
        bad=many(
            "$wpdb->query( \"DELETE FROM {$wpdb->options} WHERE option_name = '$name'\" );",
            "$wpdb->get_var( 'SELECT 1 FROM x WHERE y = ' . $id );",
            "$wpdb->get_results( $sql );",
            "function f( $id ) { $sql = 'x = ' . $id; $wpdb->query( $sql ); }",
            "function f( $s ) { $wpdb->query( $s ); } function g() { $this->f( $sql ); }",
        ),
        good=many(
            '$wpdb->get_col( $wpdb->prepare( "SELECT a FROM {$wpdb->options} WHERE b = %s", $b ) );',
            "$wpdb->get_var( 'SELECT 1' );",
            "function f() { $sql = $wpdb->prepare( 'x = %d', 1 ); $wpdb->query( $sql ); }",
            "function f( $s ) { $wpdb->query( $s ); } function g() { $this->f( $wpdb->prepare( 'x', 1 ) ); }",
            '$wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->options}" );',
        ),
    ),
    Rule(
        "routes ask who may",
        routes,
        bad=many(
            ROUTE + ") );",
            ROUTE + "'permission_callback' => '__return_true' ) );",
            ROUTE + "'permission_callback' => static function () { return true; } ) );",
            ROUTE
            + "'permission_callback' => 'f', 'args' => array( 'id' => array( 'required' => true ) ) ) );",
            "register_rest_route( 'other/v1', '/x', array( 'callback' => 'f', 'permission_callback' => 'g' ) );",
        ),
        good=many(
            ROUTE
            + "'permission_callback' => array( $this, 'may' ), 'args' => array( 'id' => array( 'type' => 'integer' ) ) ) );"
        ),
    ),
)
