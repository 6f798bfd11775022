"""The colours, spaces and letters of the stylesheet, computed from the stylesheet itself."""

import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[3] / "wp-plugin/assets"
SHEET = re.sub(r"/\*.*?\*/", "", (ASSETS / "trp.css").read_text(), flags=re.DOTALL)
LIGHT, DARK = 0, 1
GROUNDS = ("bg", "surface", "raised")
TEXT, MARK = 4.5, 3.0
TINT = 0.11
TEXTS = ("text", "soft", "mute", "profit", "loss", "accent", "warn", "ai")
MARKS = ("control", "live", "paper", "fill", "mute")
TINTED = ("soft", "profit", "loss", "accent", "warn", "ai")
# Steps of the monthly heat map: how much of the tone lies on the surface.
HEAT = re.findall(r'td\[data-v\$="\d"\] \{ --k: (\d+)%; \}', SHEET)


def declared(name):
    return re.search(rf"--trp-{name}: (.*?);", SHEET)[1]


def colour(name, theme):
    """Return the red, green and blue of a token, 0 to 255."""
    value = declared(name)
    found = re.search(r"light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)", value)
    digits = (found[theme + 1] if found else value).lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))


def mixed(top, share, ground):
    return tuple(share * a + (1 - share) * b for a, b in zip(top, ground, strict=True))


def luminance(rgb):
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself_agrees_with_the_definition():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    # 4.54 is the published ratio of #767676 on white.
    assert contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.req("S3-75")
@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_text_can_be_read_on_every_ground(theme, ground):
    for name in TEXTS:
        assert contrast(colour(name, theme), colour(ground, theme)) >= TEXT, name


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_mark_can_be_seen_on_every_ground(theme, ground):
    for name in MARKS:
        assert contrast(colour(name, theme), colour(ground, theme)) >= MARK, name


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("ground", ["bg", "surface"])
def test_a_tag_can_be_read_on_its_own_tint(theme, ground):
    for name in TINTED:
        ink = colour(name, theme)
        assert contrast(ink, mixed(ink, TINT, colour(ground, theme))) >= TEXT, name


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_buttons_can_be_read_at_rest_and_under_the_pointer(theme):
    for fill in ("fill", "fill-hover"):
        assert contrast(colour("on-fill", theme), colour(fill, theme)) >= TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("tone", ["profit", "loss"])
def test_the_strongest_month_can_still_be_read(theme, tone):
    assert len(HEAT) == 3
    cell = mixed(colour(tone, theme), max(map(int, HEAT)) / 100, colour("surface", theme))
    assert contrast(colour("text", theme), cell) >= TEXT


@pytest.mark.req("S3-75")
def test_the_seeds_stand_where_they_can_be_read_and_are_moved_where_not():
    """#00D97E, #0A0E27 and #060818 are used as given; the others keep their hue."""
    assert "#00d97e" in declared("profit")
    assert declared("bg") == "light-dark(#fff, #060818)"
    assert "#0a0e27" in declared("surface")
    white, raised = (255, 255, 255), colour("raised", DARK)
    assert contrast((0x00, 0xD9, 0x7E), white) < TEXT
    assert contrast((0xFF, 0x3B, 0x30), white) < TEXT
    assert contrast((0xFF, 0x3B, 0x30), mixed((0xFF, 0x3B, 0x30), TINT, raised)) < TEXT
    assert contrast((0x00, 0x7A, 0xFF), white) < TEXT


@pytest.mark.req("S3-76")
def test_spaces_are_steps_of_eight_with_one_half_step():
    steps = [int(re.fullmatch(r"(\d+)px", declared(f"s{n}"))[1]) for n in range(5)]
    assert steps == [4, 8, 16, 24, 32]
    assert declared("r") == "var(--wp--custom--trp--radius, 6px)"


@pytest.mark.req("S3-77")
def test_inter_for_text_and_jetbrains_mono_for_prices_from_the_plugin_itself():
    assert re.search(r'trp-text, Inter, "Inter like"', declared("font"))
    assert re.search(r'trp-price, "JetBrains Mono"', declared("mono"))
    fonts = (ASSETS / "trp-fonts.css").read_text()
    files = re.findall(r'url\("([^"]+)"\)', fonts)
    assert len(files) == 2
    assert all((ASSETS / name).exists() for name in files)
    assert fonts.count("font-display: optional") == 2
    assert fonts.count("size-adjust") == 2


def test_a_site_may_override_every_token_and_nothing_needs_force():
    assert SHEET.index("@layer trp-tokens") < SHEET.index(".trp.trp {")
    assert "!important" not in SHEET
    assert "http://" not in SHEET.replace("http://www.w3.org/2000/svg", "")
    for slug in ("color--trp-accent", "color--trp-fill", "font-family--trp-text",
                 "font-family--trp-price", "color--base", "color--contrast"):  # fmt: skip
        assert f"--wp--preset--{slug}" in SHEET


def test_every_rule_stays_below_the_root():
    """No selector can touch what is not ours, whatever the site around it looks like."""
    depth, top = 0, ""
    heads = []
    for sign in SHEET:
        if sign == "{":
            if depth == 0:
                heads.append(top.strip())
            depth, top = depth + 1, ""
        elif sign == "}":
            depth, top = depth - 1, ""
        else:
            top += sign
    allowed = re.compile(r"\.trp\b|@layer trp-tokens|@keyframes trp-")
    assert [head for head in heads if not allowed.match(head)] == []


def test_lengths_that_must_mirror_have_no_left_and_no_right():
    body = re.sub(r"--trp-[az]: (?:left|right);", "", SHEET)
    body = re.sub(r"background-position: left", "", body)
    assert re.findall(r"(?:margin|padding|border|text-align)\S*(?:left|right)", body) == []
