"""The shape of the templates: each compiles, names match, nothing in a fragment can run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FRAGMENTS = sorted((ROOT / "templates" / "embed").glob("_*.html"))
# The last stands beside the plans on a page that a cache may hold: a member's own part of it.
PUBLIC_ROOTS = {"performance", "marketplace", "pricing", "dashboard", "desk", "coach", "plan-now"}
FORBIDDEN = {
    "a script": re.compile(r"<\s*script", re.IGNORECASE),
    "a style": re.compile(r"<\s*style|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=|hx-on", re.IGNORECASE),
    "an address that runs code": re.compile(r"javascript:", re.IGNORECASE),
    "text that is not escaped": re.compile(r"\|\s*safe\b"),
    "an evaluated trigger": re.compile(r'hx-trigger="[^"]*[\[\]]'),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Return one application for all: nothing here changes it or asks its database."""
    from tests.conftest import make_app

    return make_app(tmp_path_factory.mktemp("templates"))


def name(path):
    return path.relative_to(ROOT / "templates").as_posix()


def element_id(path):
    return path.stem.removeprefix("_").replace("_", "-")


def root_tag(path):
    """Return the first tag of a template, comments, imports and macros left out."""
    text = re.sub(r"{#.*?#}|{%-?\s*macro.*?endmacro\s*-?%}", "", path.read_text(), flags=re.DOTALL)
    return re.search(r"<[a-z]+\b[^>]*", re.sub(r"{%.*?%}", "", text, flags=re.DOTALL))[0]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_template_compiles_and_uses_what_it_imports(app, path):
    app.jinja_env.get_template(name(path))
    text = path.read_text()
    for names in re.findall(r'{% from "[^"]+" import ([^%]+?)(?: with context)?\s*%}', text):
        for imported in names.split(","):
            assert len(re.findall(rf"\b{imported.strip()}\b", text)) > 1, imported


@pytest.mark.parametrize("path", FRAGMENTS, ids=name)
def test_every_fragment_has_its_name_as_the_id_of_its_root(path):
    # Of what a page shows several times, each has its number behind the name.
    assert re.search(rf'\bid="{element_id(path)}(-{{{{[^}}]+}}}})?"', root_tag(path))


@pytest.mark.parametrize("path", FRAGMENTS, ids=name)
def test_only_the_screens_are_a_root_of_the_stylesheet(path):
    is_root = re.search(r'class="trp[ "]', root_tag(path)) is not None
    assert is_root == (element_id(path) in PUBLIC_ROOTS)


@pytest.mark.parametrize("path", FRAGMENTS, ids=name)
def test_every_fragment_has_an_endpoint_of_its_name(app, path):
    endpoint = f"embed.{path.stem.removeprefix('_')}"
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    assert len(rules) == 1
    assert "GET" in rules[0].methods


def test_every_reading_endpoint_has_a_fragment_of_its_name(app):
    reading = {
        rule.endpoint.removeprefix("embed.")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("embed.") and "GET" in rule.methods
    }
    assert reading == {path.stem.removeprefix("_") for path in FRAGMENTS}


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_in_a_template_can_run_code(path):
    text = path.read_text()
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_address_in_a_template_exists(app, path):
    text = path.read_text()
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(re.findall(r"url_for\(\s*['\"]([^'\"]+)", text)) <= endpoints
    adapter = app.url_map.bind("localhost")
    for verb, target in re.findall(r'hx-(get|post)="(/embed/[^"]*)"', text):
        first = re.sub(r"{% if .*?%}(.*?){% else %}.*?{% endif %}", r"\1", target)
        concrete = re.sub(r"{{.*?}}", "1", first).partition("?")[0]
        assert adapter.match(concrete, method=verb.upper())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_labels_belong_to_fields_and_ids_are_unique(path):
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    ids = re.findall(r'\sid="([^"{]+)"', text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'<label[^>]*\sfor="([^"{]+)"', text):
        assert target in ids
