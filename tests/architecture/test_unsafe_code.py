"""What must not be written: each rule reads the syntax tree of every module of the service."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "workers")
SECRET_WORDS = ("secret", "token", "digest", "signature", "hash", "password", "hmac")
# Compared with a constant, with itself of before, or where nothing can be learnt of a secret.
NO_SECRETS = {"token_type", "content_hash", "file_hash"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def called(node: ast.AST) -> str:
    """Return the dotted name of what a call calls; empty for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func)


def names(call: ast.Call) -> set[str | None]:
    return {keyword.arg for keyword in call.keywords}


def is_built(node: ast.AST) -> bool:
    """Whether a text is put together while the program runs."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return any(isinstance(side, ast.Constant) for side in (node.left, node.right))
    return called(node).endswith(".format")


def runs_code(node: ast.AST) -> bool:
    return called(node) in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}


def unpickles(node: ast.AST) -> bool:
    return called(node).split(".")[0] in {"pickle", "marshal", "shelve", "dill"} or called(
        node
    ) in {
        "yaml.load",
        "yaml.unsafe_load",
    }


def uses_a_shell(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(
        each.arg == "shell" and getattr(each.value, "value", True) for each in node.keywords
    )


def builds_sql(node: ast.AST) -> bool:
    name = called(node).rpartition(".")[2]
    return bool(
        name in {"text", "exec_driver_sql", "executescript"}
        and node.args
        and is_built(node.args[0])
    )


def trusts_html(node: ast.AST) -> bool:
    is_markup = called(node).rpartition(".")[2] == "Markup"
    return is_markup and bool(node.args) and not isinstance(node.args[0], ast.Constant)


def asks_without_a_limit(node: ast.AST) -> bool:
    head = called(node).split(".")[0]
    if head not in {"requests", "httpx", "urllib"} or called(node).startswith("urllib.parse"):
        return False
    return called(node).rpartition(".")[2] in {
        "get", "post", "put", "request", "urlopen", "Client", "AsyncClient", "stream",
    } and "timeout" not in names(node)  # fmt: skip


def compares_a_secret(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return False
    sides = [node.left, *node.comparators]
    if any(isinstance(side, ast.Constant) for side in sides):
        return False
    for side in sides:
        name = ast.unparse(side).rpartition(".")[2].lower()
        if name not in NO_SECRETS and name.endswith(SECRET_WORDS[:4]):
            return True
    return False


def sends_a_reader_away(node: ast.AST) -> bool:
    name = called(node).rpartition(".")[2]
    if name != "redirect" or not node.args:
        return False
    return not called(node.args[0]).endswith("url_for")


def opens_an_archive(node: ast.AST) -> bool:
    return called(node) in {"tarfile.open", "zipfile.ZipFile", "ZipFile", "shutil.unpack_archive"}


def rolls_dice(node: ast.AST) -> bool:
    return called(node).startswith("random.")


def turns_off_tls(node: ast.AST) -> bool:
    if called(node).endswith("_create_unverified_context"):
        return True
    return isinstance(node, ast.Call) and any(
        each.arg == "verify" and getattr(each.value, "value", True) is False
        for each in node.keywords
    )


def reads_all_algorithms(node: ast.AST) -> bool:
    return called(node).endswith("jwt.decode") and "algorithms" not in names(node)


def hashes_weakly(node: ast.AST) -> bool:
    return called(node) in {"hashlib.md5", "hashlib.sha1"}


def takes_every_field(node: ast.AST) -> bool:
    """Mass assignment: whatever somebody sent becomes the arguments of a call."""
    return isinstance(node, ast.Call) and any(
        each.arg is None and "request." in ast.unparse(each.value) for each in node.keywords
    )


def parses_xml(node: ast.AST) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom)) and any(
        word in ast.unparse(node) for word in ("xml.etree", "xml.dom", "xml.sax", "lxml")
    )


MONEY = re.compile(
    r"(?:^|_)(?:money|prices?|amounts?|fees?|balances?|cash|costs?|pnl|profit|equity|cents)(?:_|$)"
)
# Ratios and counts that carry the word; none of them is money.
NO_MONEY = re.compile(r"(?:^|_)(?:factor|ratios?|rates?|percent|count)(?:_|$)")


def is_money(name: str) -> bool:
    return bool(MONEY.search(name)) and not NO_MONEY.search(name)


def says_money(node: ast.AST) -> bool:
    """Whether a name inside an expression says that it is money."""
    names = [getattr(each, "attr", getattr(each, "id", "")) for each in ast.walk(node)]
    return any(is_money(name) for name in names if isinstance(name, str))


def keeps_money_as_float(node: ast.AST) -> bool:
    """Money is Decimal or a scaled integer: a float loses cents."""
    if called(node) == "float" and node.args:
        return says_money(node.args[0])
    if isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation is not None:
        name = ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else node.arg
        kind = ast.unparse(node.annotation)
        return is_money(name.rpartition(".")[2]) and bool(re.search(r"\bfloat\b", kind))
    if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        named = any(is_money(ast.unparse(each).rpartition(".")[2]) for each in targets)
        is_float = isinstance(node.value, ast.Constant) and isinstance(node.value.value, float)
        return named and is_float
    return False


FROM_OUTSIDE = re.compile(r"\brequest\.|\bfile_?name\b|\bupload(?:ed)?\b")
PATHS = {"open", "Path", "send_file", "send_from_directory", "join", "joinpath", "read_text",
         "read_bytes", "write_text", "write_bytes", "unlink", "rename", "save"}  # fmt: skip


def opens_what_somebody_names(node: ast.AST) -> bool:
    """A file's name that came from outside is a label, never a place."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return bool(FROM_OUTSIDE.search(ast.unparse(node.right)))
    if called(node).rpartition(".")[2] not in PATHS or isinstance(
        getattr(node.func, "value", None), ast.Constant
    ):
        return False
    return bool(FROM_OUTSIDE.search(ast.unparse(node)))


# Where a rule is broken on purpose, with what makes it safe there.
ALLOWED = {
    # The code of a robot, inside the walls of its child process.
    runs_code: {"app/robots/host/child/loading.py"},
    unpickles: set(),
    uses_a_shell: set(),
    # A PRAGMA with a number of ours, and a table's name from the database's own catalogue.
    builds_sql: {"app/core/logbook.py", "app/admin/service/backup/engines.py"},
    # A picture that the library draws from numbers; texts whose arguments, or all, are escaped before.
    trusts_html: {
        "app/accounts/views/second_factor.py",
        "app/core/i18n.py",
        "app/embed/service/words.py",
    },
    asks_without_a_limit: set(),
    compares_a_secret: set(),
    # Only an address that we have written and signed into a mail.
    sends_a_reader_away: {"app/notifications/views/choices.py"},
    # The operator's own backup, member by member by name; and a copy that is written, never read.
    opens_an_archive: {"app/admin/service/backup/archive.py", "app/privacy/service/takeout.py"},
    # Pseudonyms from a secret seed, how long to wait before the next try, and where a test cuts us.
    rolls_dice: {
        # Seeded by its parameters and the bar, in the open.
        "app/robots/plugins/random_null/robot.py",
        # Combinations of a search, drawn anew by the seed that is told with them.
        "app/quant/search.py",
        "app/accounts/rules/__init__.py",
        "app/core/failpoints.py",
        "app/edge/service.py",
        "app/notifications/service/webhook_sending.py",
    },
    turns_off_tls: set(),
    reads_all_algorithms: set(),
    hashes_weakly: set(),
    takes_every_field: set(),
    parses_xml: set(),
    # Places of lines and bars in a picture; the figures beside them are decimals. And bars on their
    # way from a provider's JSON to a page's: what is kept of them is scaled integers.
    keeps_money_as_float: {
        "app/charts/rules/levels.py",
        "app/charts/rules/picture/drawings.py",
        "app/charts/rules/picture/labels.py",
        "app/charts/rules/picture/scales.py",
        "app/charts/rules/picture/scene.py",
        "app/market/rules/heard.py",
        # Prices of a tool's arguments, which the API reads as decimals.
        "app/edge/mcp/schemas.py",
        # Results of trades as a sample: statistics are told of them, nothing is booked.
        "app/coach/service/pattern_tools.py",
        "app/embed/rules/candles.py",
        "app/embed/rules/charts.py",
        "app/embed/service/backtests.py",
        "app/embed/service/cards.py",
        "app/embed/service/member.py",
        "app/embed/service/robot.py",
        # Prices of the market on their way from arrays into JSON; nothing is booked by them.
        "app/market/rules/live.py",
        "app/market/schemas/levels.py",
        "app/market/schemas/reading.py",
        "app/market/service/prices.py",
        "app/analysis/rules/market.py",
        "app/analysis/rules/proposing.py",
        "app/analysis/service/following.py",
        "app/embed/service/desk_orders.py",
        # What options are worth is a model's figure: computed in arrays, told, never booked.
        "app/admin/service/demo_options.py",
        "app/market/rules/options.py",
        "app/market/rules/simulated_options.py",
        "app/market/schemas/options.py",
        "app/market/service/analysis.py",
        "app/trading/rules/valuing.py",
        "app/trading/schemas/portfolio.py",
        "app/trading/service/combos.py",
        "app/trading/service/leaps.py",
        "app/trading/service/portfolio.py",
        "app/embed/service/options/chain.py",
    },
    opens_what_somebody_names: set(),
}
Rule = Callable[[ast.AST], bool]


@pytest.mark.req("S4-109", "S4-110", "S4-111")
@pytest.mark.parametrize("rule", ALLOWED, ids=lambda rule: rule.__name__)
def test_nothing_unsafe_is_written(rule: Rule):
    # The simulation and its compiled sums count in floats and in scaled integers, by design.
    skipped = "app/quant/" if rule is keeps_money_as_float else "-"
    found = {
        path: node.lineno
        for path, tree in modules()
        if not path.startswith(skipped)
        for node in ast.walk(tree)
        if rule(node)
    }
    assert set(found) == ALLOWED[rule], found


BAD = {
    runs_code: "eval(x)",
    unpickles: "pickle.loads(x)",
    uses_a_shell: "subprocess.run(x, shell=True)",
    builds_sql: "db.session.execute(text(f'SELECT {x}'))",
    trusts_html: "Markup(x)",
    asks_without_a_limit: "httpx.get(x)",
    compares_a_secret: "a.secret == given",
    sends_a_reader_away: "redirect(request.args['next'])",
    opens_an_archive: "tarfile.open(x)",
    rolls_dice: "random.choice(x)",
    turns_off_tls: "httpx.get(x, timeout=1, verify=False)",
    reads_all_algorithms: "jwt.decode(x, key)",
    hashes_weakly: "hashlib.md5(x)",
    takes_every_field: "User(**request.form)",
    parses_xml: "import xml.etree.ElementTree",
    keeps_money_as_float: "def pay(total_amount: float): ...",
    opens_what_somebody_names: "Path(folder) / request.files['x'].filename",
}


@pytest.mark.parametrize("rule", ALLOWED, ids=lambda rule: rule.__name__)
def test_each_rule_finds_what_it_is_for(rule: Rule):
    assert any(rule(node) for node in ast.walk(ast.parse(BAD[rule])))
    assert not any(rule(node) for node in ast.walk(ast.parse("redirect(url_for('x'))\nx == 'a'")))


def test_every_csv_that_goes_out_is_guarded_against_formulas():
    """Whoever writes CSV makes its cells safe (core/cells.py)."""
    writers = {
        path
        for path, tree in modules()
        if any(called(node) in {"csv.writer", "csv.DictWriter"} for node in ast.walk(tree))
    }
    assert writers, "there is one at least"
    for path in writers:
        text = (ROOT / path).read_text()
        assert "safe_row(" in text or "safe_cell(" in text, path
