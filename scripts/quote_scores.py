"""Copies the scores that matter most from the model's card into the README.

``python scripts/quote_scores.py`` after a model was exported; a test sees to it that it is done.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
CARD = ROOT / "models" / "README.md"
BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"

# Set, what it is to a reader, and the scores of the card for arousal and valence.
QUOTED = [
    ("emotify", "songs of four genres, correlation with listeners", "arousal_r", "valence_r"),
    ("grekow", "6 s of ten genres, correlation with experts", "arousal_r", "valence_r"),
    ("vgmidi", "piano, measure by measure, correlation", "arousal_r", "valence_r"),
    ("panda4q", "all genres, share of signs that are right", "arousal_sign", "valence_sign"),
    ("emopia", "piano, share of signs that are right", "arousal_sign", "valence_sign"),
]


def scores(card: str) -> dict[tuple[str, str], str]:
    """Return the values of the card's table of scores by set and score."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in card.splitlines()]
    return {(row[0], row[1]): row[2] for row in rows if len(row) == 5}


def quotation(card: str) -> str:
    """Return the table for the README."""
    found = scores(card)
    name = card.partition(":")[0].removeprefix("# ")
    lines = [
        f"Held-out recordings of artists the network never heard (model {name}; 1 is perfect, 0 is",
        "what a constant gets in a correlation, 0.5 what a coin gets in signs):",
        "",
        "| recordings | arousal | valence |",
        "| --- | --- | --- |",
    ]
    for dataset, meaning, arousal, valence in QUOTED:
        if (dataset, arousal) in found:
            pair = f"{found[dataset, arousal]} | {found[dataset, valence]}"
            lines.append(f"| {dataset}: {meaning} | {pair} |")
    lines += [
        "",
        "Valence is the harder one, for people as well. How it was judged, and what it cannot do,",
        "stands in the [model card](models/README.md).",
    ]
    return "\n".join(lines)


def with_quotation(readme: str, card: str) -> str:
    """Return the README with the card's scores in it."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{quotation(card)}\n{END}{after}"


def main() -> int:
    """Write the README."""
    readme = with_quotation(README.read_text(encoding="utf-8"), CARD.read_text(encoding="utf-8"))
    README.write_text(readme, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
