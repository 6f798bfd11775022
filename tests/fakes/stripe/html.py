"""How the hosted pages look: plain, without scripts, with the banner of the test till."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from .money import moment

STYLE = """
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1c1d22;background:#f4f4f6}
.banner{background:#ffd75e;color:#1c1d22;padding:.6rem 1rem;text-align:center;font-weight:600}
main{max-width:40rem;margin:1.5rem auto;padding:1.25rem;background:#fff;border:1px solid #c9cad1}
h1{font-size:1.4rem;margin:0 0 1rem}
h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;padding:.5rem .25rem;border-bottom:1px solid #dcdde2;vertical-align:top}
td{overflow-wrap:anywhere}
caption{text-align:left;font-weight:600}
.amount{text-align:right}
fieldset{border:1px solid #c9cad1;margin:1rem 0;padding:.75rem}
fieldset label{display:block;padding:.6rem 0}
label.text{display:block;margin:1rem 0}
input[type=text],input[type=email],select{display:block;width:100%;padding:.6rem;font:inherit;border:1px solid #6b6d78}
input[type=radio],input[type=checkbox]{width:1.2rem;height:1.2rem;margin-right:.5rem;vertical-align:middle}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.1rem;margin:.25rem .5rem .25rem 0;border:1px solid #1c1d22;background:#1c1d22;color:#fff;cursor:pointer}
button.plain{background:#fff;color:#1c1d22}
a{color:#0b4fb3}
a,button,input,select{outline-offset:2px}
:focus-visible{outline:3px solid #0b4fb3}
.error{border-left:4px solid #b3261e;background:#fbe9e7;padding:.75rem;margin:1rem 0}
.note{border-left:4px solid #0b4fb3;background:#e8f0fb;padding:.75rem;margin:1rem 0}
@media(max-width:30rem){main{padding:1rem .75rem}th,td{padding:.5rem .2rem}}
@media print{.banner,form,nav{display:none}body{background:#fff}main{border:0}}
"""
MARK = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing but the page and its style. `form-action` is left open: the answer to a form leads back
# to the site that sent the person here.
POLICY = f"default-src 'none'; style-src 'sha256-{MARK}'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Page:
    """What a browser gets: HTML, a file, or the address it has to go to."""

    content: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    to: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of the answer."""
        if self.to is not None:
            return {"Location": self.to, "Cache-Control": "no-store"}
        return {
            "Content-Type": self.kind,
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }


def go(url) -> Page:
    """Send the browser on."""
    return Page(status=303, to=url)


def page(title, body, status=200) -> Page:
    """Return a page with the banner."""
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - Test till</title>
<style>{STYLE}</style>
</head>
<body>
<header class="banner">Test till: no money moves</header>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
    return Page(text.encode(), status)


def message(title, text, *, back=None, status=200) -> Page:
    """Return a page that only says something."""
    link = f'<p><a href="{escape(back)}">Back</a></p>' if back else ""
    return page(title, f"<p>{escape(text)}</p>{link}", status)


def not_found() -> Page:
    """There is no such page."""
    return message("Not found", "There is nothing at this address.", status=404)


def day(seconds) -> str:
    """Return a date."""
    return f"{moment(seconds):%d %B %Y}" if seconds else "-"


def error(text) -> str:
    """Return a message that screen readers announce."""
    return f'<p class="error" role="alert">{escape(text)}</p>' if text else ""


CHOICES = (
    ("pm_card_visa", "4242 4242 4242 4242: works"),
    ("pm_card_chargeCustomerFail", "4000 0000 0000 0341: is declined"),
    ("pm_card_chargeDeclinedInsufficientFunds", "4000 0000 0000 9995: has too little money"),
    ("pm_card_authenticationRequired", "4000 0027 6000 3184: asks for authentication"),
)


def cards(chosen="pm_card_visa") -> str:
    """Return the choice of test cards."""
    rows = "".join(
        f'<label><input type="radio" name="card" value="{key}"{" checked" if key == chosen else ""}>'
        f"{escape(label)}</label>"
        for key, label in CHOICES
    )
    return f"<fieldset><legend>Test card</legend>{rows}</fieldset>"


def rows(lines) -> str:
    """Return a table's rows: a text and an amount each."""
    return "".join(
        f'<tr><td>{escape(text)}</td><td class="amount">{escape(amount)}</td></tr>'
        for text, amount in lines
    )
