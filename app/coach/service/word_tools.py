"""Tools that look words up: what a term means, and what the documentation says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service import library
from app.coach.service.evidence import Evidence

MOST_TERMS = 3


class TermAsked(BaseModel):
    """Which word."""

    model_config = ConfigDict(extra="forbid")

    term: str = Field(
        min_length=1, max_length=200, description="Such as delta, profit factor or VWAP."
    )


class DocsAsked(BaseModel):
    """Which words to look for."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=200, description="A few words.")


def word_tools(evidence: Evidence) -> list[Tool]:
    """Return the tools; what they find goes into the evidence."""
    return [
        evidence.tool(
            "explain_term",
            "What a term means here: Greeks, levels, indicators, figures. Tell its statements word "
            "for word, each as a sentence of its own: then their numbers may stand.",
            TermAsked,
            _explain,
        ),
        evidence.tool(
            "search_docs",
            "Passages of the site's documentation: glossary, how each figure is computed, the coach.",
            DocsAsked,
            _search,
        ),
    ]


def _explain(asked: TermAsked) -> list[Fact]:
    return [
        Fact(f"{at}.{number}", term.name, said, "statement", source=f"What {term.name} means here")
        for at, term in enumerate(library.find_terms(asked.term)[:MOST_TERMS], start=1)
        for number, said in enumerate(term.statements, start=1)
    ]


def _search(asked: DocsAsked) -> list[Fact]:
    return [
        Fact(
            str(number), passage.heading, passage.text, "statement",
            source=f"Documentation, {passage.document.removesuffix('.md')}: {passage.heading}",
        )
        for number, passage in enumerate(library.search(asked.query), start=1)
    ]  # fmt: skip
