"""``python -m train compare`` and ``system``: the literature's systems, judged and exported."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime_mer.errors import UserError
from train.datasets.base import Recording

UNLABELLED = 24  # recordings of the folder, over an hour: enough for machines of 50 units


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``compare``."""
    parser.add_argument(
        "--run", type=Path, nargs="+", default=[], help="folders of our cross-validations, by seed"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/results.md"), help="the page")
    parser.add_argument("--only", nargs="+", default=[], metavar="TEXT", help="systems so named")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin no piece after this"
    )
    parser.add_argument("--model", type=Path, help="our exported model, to be timed")
    _add_unlabelled(parser)


def add_system(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``system``."""
    parser.add_argument("name", help="of the system, as it stands in docs/results.md")
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file")
    parser.add_argument("--seed", type=int, default=0, help="of weights and order")
    _add_unlabelled(parser)


def _add_unlabelled(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unlabelled", type=Path, help="folder of music for pre-training (default: .cache/music)"
    )


def unlabelled_music(folder: Path | None) -> list[Recording]:
    """Return recordings of a folder for pre-training, always the same ones.

    Without a folder those of ``.cache/music``, or none if that is not there: systems are then
    pre-trained on the sound they are fitted to.
    """
    from train.cache import CACHE
    from train.datasets import unlabelled

    if folder is None and not (CACHE / "music").is_dir():
        return []
    found = unlabelled.load(folder or CACHE / "music")
    chosen = np.random.default_rng(0).permutation(len(found))[:UNLABELLED]
    return [found[i] for i in sorted(chosen)]


def compare(arguments: argparse.Namespace, recordings: list[Recording]) -> None:
    """Judge the systems and write the page."""
    from rich.progress import Progress, TextColumn

    from realtime_mer.model import shipped_model
    from train import ours
    from train.cache import CACHE
    from train.compare import Comparison
    from train.ear_costs import ear_microseconds, step_microseconds
    from train.results import Results, write_page
    from train.settings import Settings
    from train.systems import SYSTEMS, cnn, lstm

    settings = Settings()
    every = (*SYSTEMS, *cnn.on_vggish(), *lstm.on_vggish())
    chosen = [s for s in every if not arguments.only or _named(s.name, arguments.only)]
    if not chosen:
        raise UserError(f"No system is called {arguments.only[0]}; {_names(every)}.")
    standing = ours.stand(arguments.run, recordings) if arguments.run else None
    with Progress(*Progress.get_default_columns(), TextColumn("{task.fields[doing]}")) as bar:
        task = bar.add_task("Pieces", doing="")
        comparison = Comparison(
            recordings,
            settings.scales,
            settings.folds,
            CACHE / "compare",
            unlabelled=unlabelled_music(arguments.unlabelled),
            deadline_s=time.monotonic() + 60.0 * arguments.minutes,
            report=lambda text: bar.update(task, advance=1, doing=text),
        )
        bar.update(task, total=comparison.pieces(chosen))
        standings = comparison.run(chosen)
    model = arguments.model or shipped_model()
    results = Results(chosen, standings, standing, ear_microseconds(), step_microseconds(model))
    write_page(arguments.out, results)
    print(f"{arguments.out} is written.")


def export(arguments: argparse.Namespace, recordings: list[Recording]) -> None:
    """Fit a causal system to all recordings and write it as a live model."""
    from train.settings import Settings
    from train.systems import SYSTEMS, dominance
    from train.systems.base import Lesson
    from train.systems.live import export_system

    all_systems = (*SYSTEMS, *dominance.SYSTEMS)
    system = next((s for s in all_systems if s.name == arguments.name), None)
    if system is None:
        live = [s for s in all_systems if s.live]
        raise UserError(f"No system is called '{arguments.name}'; {_names(live)} can run live.")
    unlabelled = unlabelled_music(arguments.unlabelled) if system.pretrained else []
    rated = [r for r in recordings if r.path is not None]
    if system in dominance.SYSTEMS and all(r.ratings.dominance is None for r in rated):
        raise UserError(
            f"None of {', '.join(arguments.sets)} rates dominance; give --sets vad with a table "
            "that does."
        )
    lesson = Lesson(rated, Settings().scales, arguments.seed, unlabelled)
    # 0.25 and 0.22 are the spread of emotify's ratings.
    export_system(system, lesson, arguments.out, prior_std=(0.25, 0.22))
    print(f"{arguments.out} is written; listen with realtime-mer --model {arguments.out}")


def _named(name: str, parts: Sequence[str]) -> bool:
    return any(part.lower() in name.lower() for part in parts)


def _names(systems: Sequence[Any]) -> str:
    return "; ".join(system.name for system in systems)
