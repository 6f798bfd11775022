"""What the plugin calls its things: our prefix on whatever others could also name so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.phpcode import Source
from tests.contract.rules.base import PREFIX, SLUG, Plugin, Rule, many, one

# Where the name stands among the arguments, and how it must begin.
NAMED: dict[str, tuple[int, tuple[str, ...]]] = {
    **{
        f"{verb}_{thing}": (0, (PREFIX,))
        for verb in ("get", "add", "update", "delete", "set")
        for thing in ("option", "site_option", "transient", "site_transient", "network_option")
    },
    **{
        f"{verb}_{thing}_meta": (1, (PREFIX, f"_{PREFIX}"))
        for verb in ("get", "add", "update", "delete")
        for thing in ("user", "post", "term", "comment")
    },
    **dict.fromkeys(("do_action", "apply_filters", "do_action_ref_array"), (0, (PREFIX,))),
    **dict.fromkeys(("wp_schedule_event",), (2, (PREFIX,))),
    **dict.fromkeys(("wp_schedule_single_event",), (1, (PREFIX,))),
    **dict.fromkeys(
        (
            *("wp_enqueue_script", "wp_register_script", "wp_enqueue_style", "wp_register_style"),
            *("wp_enqueue_script_module", "wp_register_script_module"),
        ),
        (0, (SLUG,)),
    ),
    "register_setting": (1, (PREFIX,)),
    "add_shortcode": (0, ("trading_robot_",)),
    "register_block_pattern": (0, (f"{SLUG}/",)),
    "register_block_pattern_category": (0, (SLUG,)),
    "add_role": (0, (PREFIX,)),
    "add_menu_page": (3, (SLUG,)),
    "add_submenu_page": (4, (SLUG, "options-general.php?page=")),
    "add_options_page": (3, (SLUG,)),
    "define": (0, (PREFIX.upper(),)),
}
# WordPress' own, which we read.
CORE = {
    *("time_format", "date_format", "users_can_register", "show_on_front", "page_on_front"),
    *("permalink_structure", "timezone_string", "blogname", "stylesheet", "sidebars_widgets"),
    *("DONOTCACHEPAGE", "locale", "session_tokens", "wp_page_for_privacy_policy", "admin_email"),
    *(
        "active_sitewide_plugins",
        "https_local_ssl_verify",
        "active_plugins",
        "home",
        "siteurl",
        "wp-api-fetch",
        "the_content",
    ),
}
OURS = r"\.trp\b|\.trp-|\.trading-robot-service|\[data-trp|\.wp-block-trading-robot-service"
HOOKS = ("admin_post_", "wp_ajax_", "admin_action_")


def prefixed(plugin: Plugin) -> Iterator[str]:
    """Options, hooks, handles, shortcodes and the like carry our prefix."""
    for source in plugin.sources:
        for call in source.called(*NAMED):
            at, prefixes = NAMED[call.name]
            if at >= len(call.arguments):
                continue
            name = plugin.resolve(call.arguments[at], source)
            if name is not None and name not in CORE and not name.startswith(prefixes):
                yield f"{source.name}:{call.line}: {call.name}( {name} )"
        for call in source.called("add_action"):
            name = plugin.resolve(call.arguments[0], source) or ""
            rest = call.source(0)
            for start in HOOKS:
                if name.startswith(start) and name != start and PREFIX[:-1] not in name:
                    yield f"{source.name}:{call.line}: {rest}"


def declared(source: Source) -> Iterator[tuple[int, str, str]]:
    """Yield line, kind and name of what a file declares outside classes."""
    tokens, depth, inside = source.tokens, 0, []
    for index, token in enumerate(tokens[:-1]):
        depth += (token.text == "{") - (token.text == "}")
        inside = [level for level in inside if level < depth or tokens[index].text == "{"]
        following = tokens[index + 1]
        is_name = following.kind == "T_STRING"
        is_kind = token.kind in {"T_CLASS", "T_INTERFACE", "T_TRAIT"}
        if is_kind and is_name and tokens[index - 1].text != "::":
            yield token.line, "class", following.text
            inside.append(depth)
        if token.kind == "T_FUNCTION" and is_name and not inside:
            yield token.line, "function", following.text
        if token.kind == "T_CONST" and is_name and not inside:
            yield token.line, "constant", following.text


def spaced(plugin: Plugin) -> Iterator[str]:
    """Classes live in our namespace, functions outside one carry our prefix."""
    for source in plugin.sources:
        found = re.search(r"^namespace\s+([\w\\]+);", source.text, re.MULTILINE)
        if found and found[1].split("\\")[0] != "TradingRobotService":
            yield f"{source.name}: namespace {found[1]}"
        if found:
            continue
        for line, kind, name in declared(source):
            if not name.lower().startswith(PREFIX):
                yield f"{source.name}:{line}: {kind} {name}"


def variables(plugin: Plugin) -> Iterator[str]:
    """Files without a namespace leave no variable of a common name behind."""
    for source in plugin.sources:
        if re.search(r"^namespace ", source.text, re.MULTILINE):
            continue
        depth, functions = 0, []
        for index, token in enumerate(source.tokens[:-1]):
            if token.kind in {"T_FUNCTION", "T_FN", "T_CLASS"}:
                functions.append(depth)
            depth += (token.text in {"{", "("}) - (token.text in {"}", ")"})
            if functions and token.text in {"}", ";"} and depth <= functions[-1]:
                functions.pop()
            after = source.tokens[index + 1].text
            before = source.tokens[index - 1].kind
            is_set = after == "=" or (before in {"T_AS", "T_DOUBLE_ARROW"} and after == ")")
            is_ours = token.text.startswith((f"${PREFIX}", "$data"))
            if token.kind == "T_VARIABLE" and is_set and not functions and not is_ours:
                yield f"{source.name}:{token.line}: {token.text}"


def outermost(css: str) -> Iterator[str]:
    """Yield the selectors that stand in no other: what is nested is about what is around it."""
    above: list[bool] = []
    for found in re.finditer(r"([^{};]*)([{};])", css):
        head, mark = found[1].strip(), found[2]
        if mark == "{":
            is_scope = bool(re.match(r"@scope\b.*" + OURS, head)) or "@keyframes" in head
            is_selector = not head.startswith("@")
            if is_selector and not any(above):
                yield from re.split(r",(?![^(]*\))", head)
            above.append(is_selector or is_scope)
        elif mark == "}" and above:
            above.pop()


def styles(plugin: Plugin) -> Iterator[str]:
    """Every rule of a stylesheet is about our classes, or about what stands inside them."""
    for name, text in plugin.matching(r"^(assets|blocks)/(?!vendor/).*\.css$").items():
        code = re.sub(r"/\*.*?\*/|\"[^\"]*\"|url\([^)]*\)", "", text, flags=re.DOTALL)
        for part in outermost(code):
            if not re.search(OURS, part):
                yield f"{name}: {part.strip()}"


def scripts(plugin: Plugin) -> Iterator[str]:
    """Scripts put only our names on window."""
    for name, text in plugin.matching(r"^(assets|blocks)/(?!vendor/).*\.js$").items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        for found in re.findall(r"\bwindow\.([A-Za-z_$][\w$]*)\s*=(?!=)", code):
            if not found.startswith(("tradingRobot", "trp")):
                yield f"{name}: window.{found}"
        for found in re.findall(r"^(?:var|let|const|function|class)\s+(\w+)", code, re.MULTILINE):
            yield f"{name}: global {found}"


def blocks(plugin: Plugin) -> Iterator[str]:
    """Blocks carry our name and domain, and the newest way of the editor."""
    import json

    for name, text in plugin.matching(r"block\.json$").items():
        block = json.loads(text)
        if not str(block.get("name", "")).startswith(f"{SLUG}/"):
            yield f"{name}: {block.get('name')}"
        if block.get("textdomain") != SLUG:
            yield f"{name}: text domain {block.get('textdomain')}"
        if block.get("apiVersion") != 3:
            yield f"{name}: apiVersion {block.get('apiVersion')}"


RULES = (
    Rule(
        "names in WordPress carry our prefix",
        prefixed,
        bad=many(
            "update_option( 'connection', 1 );",
            "set_transient( 'trs_x', 1 );",
            "update_user_meta( $id, 'theme', 1 );",
            "apply_filters( 'robot_ttl', 30 );",
            "do_action( 'connected' );",
            "wp_enqueue_script( 'htmx', 'x.js' );",
            "wp_register_style( 'trp', 'x.css' );",
            "add_shortcode( 'performance', 'f' );",
            "wp_schedule_event( 1, 'daily', 'clean_up' );",
            "define( 'ROBOTS', 1 );",
            "class A { const KEY = 'breaker'; function f() { delete_transient( self::KEY ); } }",
            "add_action( 'admin_post_save', 'f' );",
            "add_menu_page( 'a', 'b', 'c', 'robots', 'f' );",
            "register_block_pattern( 'robots/home', array() );",
        ),
        good=many(
            "update_option( 'trading_robot_service_x', get_option( 'date_format' ) );",
            "class A { const KEY = 'trading_robot_service_x'; function f() { delete_transient( self::KEY ); } }",
            "add_action( 'admin_post_trading_robot_service', 'f' );",
        ),
    ),
    Rule(
        "code lives in our namespace",
        spaced,
        bad=many(
            "function remove_all() {}",
            "class Robots {}",
            "interface Screen { public function f(); }",
            "const VERSION = '1';",
            "namespace Robots;\nclass A {}",
        ),
        good=many(
            "namespace TradingRobotService\\Rest;\nclass A { function f() {} }",
            "function trading_robot_service_f() {}",
        ),
    ),
    Rule(
        "templates leave no common variable",
        variables,
        bad=many(
            "$rows = array();",
            "foreach ( $data['x'] as $row ) { f(); }",
            "foreach ( $data['x'] as $name => $trading_robot_service_y ) { $url = 1; }",
            name="templates/a.php",
        ),
        good=many(
            "$trading_robot_service_rows = array_map( static function ( $row ) { $x = $row; return $x; }, array() );",
            "foreach ( $data['x'] as $trading_robot_service_row ) { f(); }",
            name="templates/a.php",
        ),
    ),
    Rule(
        "styles touch our classes only",
        styles,
        bad=(
            one(".card { color: red }", "assets/a.css"),
            one("body { margin: 0 }", "assets/a.css"),
            one("@media print { .entry { color: red } }", "assets/a.css"),
            one("a { color: red }", "assets/a.css"),
        ),
        good=(
            one(
                ".trp a, :where(.trp) .up { top: 0 } @keyframes trp-a { 50% { top: 0 } }",
                "assets/a.css",
            ),
        ),
    ),
    Rule(
        "scripts put our names on window only",
        scripts,
        bad=(
            one("window.app = 1;", "assets/a.js"),
            one("var robots = [];", "assets/a.js"),
            one("function start() {}", "assets/a.js"),
        ),
        good=(
            one("( function () { var a = 1; window.tradingRobotService = a; } )();", "assets/a.js"),
        ),
    ),
    Rule(
        "blocks carry our name",
        blocks,
        bad=(
            one(
                '{"apiVersion":3,"name":"robots/x","textdomain":"trading-robot-service"}',
                "blocks/x/block.json",
            ),
            one('{"apiVersion":3,"name":"trading-robot-service/x"}', "blocks/x/block.json"),
            one(
                '{"apiVersion":2,"name":"trading-robot-service/x","textdomain":"trading-robot-service"}',
                "blocks/x/block.json",
            ),
        ),
    ),
)
