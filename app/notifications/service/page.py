"""One definition of a mail, as HTML and as text."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from app.notifications.service.words import Words


@dataclass(frozen=True)
class Footer:
    """Why a member gets a mail, and where mails like it end."""

    why: str
    links: tuple[tuple[str, str], ...] = ()
    """What a link does, and its address."""


@dataclass(frozen=True)
class Page:
    """What a mail says, with the address of the service that says it."""

    words: Words
    base: str
    footer: Footer | None = None

    def html(self) -> str:
        """Return it as HTML without script, picture or anything that is fetched from elsewhere."""
        return render_template(
            "notifications/mail.html", words=self.words, base=self.base, footer=self.footer
        )

    def text(self) -> str:
        """Return it as text."""
        words = self.words
        rows = "\n".join(f"{name}: {value}" for name, value in words.rows)
        act = f"{words.action}:\n{words.link}" if words.link and words.action else words.link
        parts = [*words.paragraphs, rows, *words.close, act, *self._end()]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _end(self) -> list[str]:
        if self.footer is None:
            return [self.base]
        links = [f"{name}: {address}" for name, address in self.footer.links]
        return ["--", "\n".join([self.footer.why, *links, self.base])]
