"""The model card: what the weights learned from, how well they do, what they cannot do."""

from __future__ import annotations

from pathlib import Path

from train.judge import Scores
from train.pooling import marks_table
from train.settings import Settings

SOURCES = {
    "emotify": "347 recordings, 60 s, arousal and valence from feelings picked by 11 to 59 "
    "listeners each (Aljanaki, Wiering, Veltkamp 2016)",
    "panda4q": "773 clips of 30 s of all genres, one of four quadrants "
    "(Panda, Malheiro, Paiva 2018)",
    "vgmidi": "163 piano arrangements of game music, rated measure by measure by about 30 people "
    "(Ferreira, Whitehead 2019), rendered with FluidSynth",
    "emopia": "969 piano clips of pop songs, one of four quadrants (Hung et al. 2021), rendered "
    "with FluidSynth",
    "emomusic": "5 songs of MediaEval 2013 with ratings twice a second (Soleymani et al. 2013)",
    "grekow": "259 excerpts of 6 s of ten genres, experts' arousal and valence (Grekow)",
}

CARD = """# {name}: the shipped model

Half a second of level-normalised log-mel frames in; arousal and valence, each with a standard
deviation, and the memory for the next half second out. {parameters:,} parameters, a causal GRU;
`docs/model.md` says how it came about. This page is written by `python -m train export`.

## Licence

The code that made it is MIT. **The weights are for research use**: several of the recordings and
ratings they learned from are licensed for research or non-commercial use only.

## Data

{sources}

The exported network heard all of them. The scores below are of sister networks, each blind to
the recordings it is judged on.

## Scores

Cross-validation in {folds} folds, grouped by artist (emotify, panda4q), series (vgmidi) or song
(emopia); no group stands on both sides. `grekow` is judged by networks that heard no recording
of it. A song's value is the mean of the causal estimates after the first 5 s (grekow: after
3 s); a measure's is the mean of those inside it. "Value" is of all held-out recordings
together, "± folds" the standard deviation between folds, "mark" what the project aims at.

{marks}

### Against a constant

On held-out artists of emotify. The model's scale is one for all sets, so a straight line brings
it to emotify's; line and constant (the mean rating) are both fitted to the other folds. R² is
what the model takes away of the constant's squared error.

{constant}

### Is the spread honest?

Share of held-out ratings inside the predicted bands (68 % and 95 % would be right):

{coverage}

### How soon does it follow?

{reaction}

## What it cannot do

- It says how music is *perceived* by the mean of Western, mostly online listeners; not what a
  given person feels.
- Valence is much harder than arousal, as the table shows, and lyrics are not understood.
- Dynamic ratings come from piano music alone; on other music, how it follows changes within a
  song was not measured.
- The first seconds after a start rest on little; the first 5 s were not judged.
- Speech, noise and applause are not told from music.
"""


def write_card(
    path: Path, name: str, parameters: int, settings: Settings, scores: dict[str, Scores]
) -> None:
    """Write the card of a model.

    Args:
        path: of the Markdown file.
        name: of the model.
        parameters: number of trained values in the exported graph.
        settings: of its run.
        scores: of its cross-validation, as :func:`train.evaluate.cross_validate` gives them.
    """
    used = [name for name in settings.shares if name in SOURCES and name in (*scores, "emomusic")]
    text = CARD.format(
        name=name,
        parameters=parameters,
        folds=settings.folds,
        sources="\n".join(f"- **{name}**: {SOURCES[name]}" for name in used),
        marks=marks_table(scores),
        constant=_constant(scores["emotify"]),
        coverage=_coverage(scores),
        reaction=_reaction(scores),
    )
    path.write_text(text, encoding="utf-8")


def _constant(s: Scores) -> str:
    lines = ["| | r | R² | RMSE | RMSE of the constant |", "| --- | --- | --- | --- | --- |"]
    for name in ("arousal", "valence"):
        lines.append(
            f"| {name} | {s[f'{name}_r']:.3f} | {s[f'{name}_calibrated_r2']:.3f} "
            f"| {s[f'{name}_calibrated_rmse']:.3f} | {s[f'{name}_constant_rmse']:.3f} |"
        )
    return "\n".join(lines)


def _reaction(scores: dict[str, Scores]) -> str:
    s = scores.get("panda4q", {})
    if "reaction_s" not in s:
        return "Not measured."
    return (
        "Half of the jumps from a calm recording of panda4q to an excited one, both held out, are "
        f"followed within {s['reaction_s']:.1f} s (63 % of the way in arousal, as a first-order\n"
        "lag's time constant)."
    )


def _coverage(scores: dict[str, Scores]) -> str:
    lines = ["| set | arousal 68 | arousal 95 | valence 68 | valence 95 |", "|" + " --- |" * 5]
    for name, s in scores.items():
        if "arousal_coverage_68" in s:
            cells = [
                f"{s[f'{d}_coverage_{band}']:.3f}"
                for d in ("arousal", "valence")
                for band in (68, 95)
            ]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
