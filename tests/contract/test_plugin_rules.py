"""Rules that the WordPress plugin directory and our own house set for the plugin's files."""

import re
from pathlib import Path

import pytest

PLUGIN = Path(__file__).resolve().parents[2] / "wp-plugin"
PHP = sorted(PLUGIN.rglob("*.php"))
NAMES = [str(path.relative_to(PLUGIN)) for path in PHP]
MAIN = (PLUGIN / "trading-robot-service.php").read_text()
README = (PLUGIN / "readme.txt").read_text()
DOMAIN = "trading-robot-service"

ESCAPED = r"esc_html|esc_attr|esc_url|esc_html__|esc_attr__|esc_html_e|esc_attr_e|wp_kses"
# What may be echoed without a function at the echo, and where: it was cleaned or escaped before.
ECHOES = {
    ("templates/wrapper.php", "$data['inner']"),
    ("templates/fragment.php", "$data['html']"),
    ("templates/absent.php", "$data['html']"),
    ("src/Admin/Settings.php", "( new Templates() )->render( 'admin-settings', $data )"),
    ("src/Admin/Dashboard.php", "( new Templates() )->render( 'admin-overview', $data )"),
    ("src/Rest/Proxy.php", "is_string( $data ) ? $data : ''"),
}
ONE_OF_TWO_TEXTS = re.compile(r"^'moved' === .+ \? esc_html__\(.+\) : esc_html__\(.+\)$")


def bare(code: str) -> str:
    """Return PHP without its comments and with its strings emptied."""
    pattern = r"/\*.*?\*/|(?<![:'\"])//[^\n]*?(?=\?>|\n)|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
    return re.sub(
        pattern, lambda found: "''" if found[0][0] in "'\"" else " ", code, flags=re.DOTALL
    )


@pytest.fixture(params=PHP, ids=NAMES)
def path(request) -> Path:
    return request.param


@pytest.mark.req("S4-80", "S4-81", "S4-82", "S4-83")
@pytest.mark.parametrize(
    "name",
    [
        "UserManager",
        "PerformanceTracker",
        "SubscriptionManager",
        "ApiClient",
        "Dashboard",
        "Admin/Settings",
        "Admin/Dashboard",
        "Frontend/Shortcodes",
        "Frontend/Assets",
        "Frontend/Templates",
        "Rest/Proxy",
    ],
)
def test_the_plugin_has_the_class(name):
    code = (PLUGIN / "src" / f"{name}.php").read_text()
    *folders, cls = name.split("/")
    namespace = "\\".join(["TradingRobotService", *folders])
    assert f"namespace {namespace};" in code
    assert re.search(rf"^final class {cls}\b", code, re.MULTILINE)


def test_every_file_stops_outside_wordpress(path):
    assert "defined( 'ABSPATH' ) || exit;" in path.read_text()


def test_uninstall_stops_unless_wordpress_uninstalls():
    assert "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;" in (PLUGIN / "uninstall.php").read_text()


def test_every_file_is_small(path):
    assert len(path.read_text().splitlines()) <= 400


def test_every_rest_route_asks_for_permission(path):
    code = path.read_text()
    assert code.count("register_rest_route(") == code.count("'permission_callback' => array(")
    assert "__return_true" not in code


def test_every_echo_is_escaped(path):
    name = str(path.relative_to(PLUGIN))
    code = path.read_text()
    for found in re.finditer(r"\becho\s+(.+?);(?=\s)", code, re.DOTALL):
        text = found[1].strip()
        is_fine = re.match(rf"(?:{ESCAPED})\(", text) or ONE_OF_TWO_TEXTS.match(text)
        assert is_fine or (name, text) in ECHOES, f"{name}: echo {text}"
    assert "<?=" not in code
    assert not re.search(r"\b(print|print_r|var_dump|_e|_ex)\s*\(", bare(code))


def test_every_text_is_translatable_in_our_domain(path):
    code = path.read_text()
    call = r"\b(?:__|_e|_x|_n|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(\s*(?P<text>'(?:\\.|[^'\\])*'|[^']\S*),\s*'(?P<domain>[^']*)'"
    for found in re.finditer(call, code):
        assert found["domain"] == DOMAIN
        assert found["text"].startswith("'"), "a text must be a literal"
        if re.search(r"%\d?\$?[sd]", found["text"]):
            before = code[: found.start()].splitlines()[-3:]
            assert any("translators:" in line for line in before), found["text"]
    assert len(re.findall(call, code)) == len(
        re.findall(r"\b(?:__|_e|_x|_n|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(", code)
    )


def test_every_write_is_behind_capability_and_nonce():
    for path in PHP:
        code = path.read_text()
        for found in re.finditer(r"add_action\( 'admin_post_.*array\( \$this, '(\w+)' \)", code):
            body = code[code.index(f"function {found[1]}(") :]
            assert (
                body.index("current_user_can( 'manage_options' )")
                < body.index("check_admin_referer(")
                < body.index("$_POST")
            )
        assert "admin_post_nopriv" not in code
        assert "wp_ajax_nopriv" not in code


def test_it_calls_nobody_but_the_service():
    calls = [
        name for name, path in zip(NAMES, PHP, strict=True) if "wp_remote_" in path.read_text()
    ]
    assert calls == ["src/ApiClient.php", "src/Reply.php"]
    for path in PHP:
        code = bare(path.read_text())
        assert not re.search(
            r"\b(curl_init|fsockopen|stream_socket_client|eval|unserialize|extract|create_function)\s*\(",
            code,
        )


def test_pages_load_nothing_from_elsewhere():
    for path in (*PLUGIN.glob("assets/*.css"), *PLUGIN.glob("assets/*.js")):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(
            r"url\(\s*[\"']?(?:https?:)?//|@import|[\"'`](?:https?:)?//\w", text
        ), path
    for path in PHP:
        for url in re.findall(r"https?://[\w.-]+", bare(path.read_text())):
            pytest.fail(f"{path}: {url}")
    assets = (PLUGIN / "src/Frontend/Assets.php").read_text()
    assert not re.search(r"https?://", assets)


def test_no_address_of_a_service_is_built_in():
    for path in PHP:
        assert not re.search(r"(127\.0\.0\.1|localhost):\d", path.read_text()), path


def test_every_name_in_the_database_has_our_prefix(path):
    code = path.read_text()
    for name in re.findall(
        r"\b(?:get|add|update|delete)_(?:option|transient)\(\s*'([a-z_]+)'", code
    ):
        core = {
            "time_format",
            "date_format",
            "users_can_register",
            "show_on_front",
            "page_on_front",
        }
        assert name in core or name.startswith("trading_robot_service_"), name


def test_fragments_of_the_service_are_cleaned_where_they_come_in():
    assert "Html::clean( $reply->body )" in (PLUGIN / "src/Fragments.php").read_text()
    assert "Html::clean( $reply->body )" in (PLUGIN / "src/Rest/Proxy.php").read_text()
    bodies = {str(path.relative_to(PLUGIN)) for path in PHP if "->body" in path.read_text()}
    assert bodies == {"src/Fragments.php", "src/Rest/Proxy.php", "src/Reply.php"}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("match", r"\bmatch\s*\("),
        ("nullsafe operator", r"\?->"),
        ("attribute", r"#\["),
        ("enum", r"^\s*enum\s+\w+"),
        ("readonly", r"\breadonly\b"),
        ("union type", r"(?:\(|,|:)\s*\??\w+\|\w+\s*(?:\$|\{|;)"),
        (
            "mixed, never, static or false as a return type",
            r"function[^{;=]*\)\s*:\s*\??(mixed|never|static|false|null)\b",
        ),
        ("promoted constructor", r"__construct\([^)]*\b(public|private|protected)\b"),
        ("throw as an expression", r"(\?\?|\?|:|=>)\s*throw\b"),
        ("catch without a variable", r"catch\s*\(\s*[\w\\|]+\s*\)"),
        ("trailing comma in parameters", r"function\s*\w*\s*\([^()]*,\s*\)\s*[:{]"),
        ("first-class callable", r"\(\s*\.\.\.\s*\)"),
        ("named argument", r"[(,]\s*[a-z_]+:\s+[^:]"),
    ],
)
def test_the_syntax_is_that_of_php_7_4(what, pattern):
    for path in PHP:
        assert not re.search(pattern, bare(path.read_text()), re.MULTILINE), f"{path}: {what}"


@pytest.mark.parametrize(
    "field",
    [
        "Plugin Name",
        "Description",
        "Version",
        "Requires at least",
        "Requires PHP",
        "Author",
        "License",
        "License URI",
        "Text Domain",
        "Domain Path",
    ],
)
def test_the_header_has_the_field(field):
    assert re.search(rf"^ \* {field}: +\S", MAIN, re.MULTILINE)


def test_header_and_readme_agree():
    def header(field: str) -> str:
        return re.search(rf"^ \* {field}: +(.+)$", MAIN, re.MULTILINE)[1]

    def readme(field: str) -> str:
        return re.search(rf"^{field}: (.+)$", README, re.MULTILINE)[1]

    assert header("Text Domain") == DOMAIN
    assert header("License") == readme("License") == "GPL-3.0-or-later"
    assert header("Version") == readme("Stable tag")
    assert f"VERSION     = '{header('Version')}'" in MAIN
    for field in ("Requires at least", "Requires PHP"):
        assert header(field) == readme(field)
    assert len(readme("Tags").split(",")) <= 5
    short = README.split("\n\n")[1]
    assert len(short) <= 150
    for section in (
        "External services",
        "Frequently Asked Questions",
        "Changelog",
        "Upgrade Notice",
    ):
        assert f"== {section} ==" in README


def test_parts_of_others_are_listed_with_their_licence():
    listed = (PLUGIN / "THIRD_PARTY.txt").read_text()
    for path in (*PLUGIN.glob("assets/vendor/*"), *PLUGIN.glob("assets/fonts/*")):
        assert str(path.relative_to(PLUGIN)) in listed
    for licence in ("Zero-Clause BSD", "Apache License", "SIL OPEN FONT LICENSE"):
        assert licence in listed


def test_the_scripts_stay_small():
    assert (PLUGIN / "assets/trp.js").stat().st_size < 8192
    assert (PLUGIN / "assets/trp-charts.js").stat().st_size < 8192
    page = ("trp.js", "vendor/htmx.min.js")
    assert sum((PLUGIN / "assets" / name).stat().st_size for name in page) < 293 * 1024
