"""What the pages say about the project holds."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path

import pytest

from realtime_mer.cli import build_parser

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "models" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project finds it."""
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_index() -> None:
    """No page of docs/ is missing from its index."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def all_flags() -> set[str]:
    """Return the flags of the program and of every command."""
    parser = build_parser()
    commands = [
        command
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for command in action.choices.values()
    ]
    return {flag for one in [parser, *commands] for flag in FLAG.findall(one.format_help())}


def test_flags_of_the_readme_exist() -> None:
    """The README names no flag that the program and its commands lack."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {flag for code in CODE.findall(readme) for flag in FLAG.findall(code)}
    assert named <= all_flags()
    assert {"--device", "--osc", "--web"} <= named


def test_scores_of_the_readme_are_those_of_the_card() -> None:
    """The README quotes the card of the model that is shipped: else run scripts/quote_scores.py."""
    script = ROOT / "scripts" / "quote_scores.py"
    spec = importlib.util.spec_from_file_location("quote_scores", script)
    assert spec is not None
    assert spec.loader is not None
    quote = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(quote)
    readme, card = (path.read_text(encoding="utf-8") for path in (quote.README, quote.CARD))
    assert len(quote.scores(card)) >= 4
    assert readme == quote.with_quotation(readme, card)
