"""Fit, judge and export the live model: ``python -m train COMMAND --help``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from realtime_mer.errors import UserError
from train import compare_command

SETS = ("emotify", "panda4q", "vgmidi", "emopia", "emomusic", "grekow")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="python -m train", description=__doc__.splitlines()[0])
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    prepare = commands.add_parser("prepare", help="compute the frames of all recordings")
    fit = commands.add_parser("fit", help="fit one model")
    fit.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    evaluate = commands.add_parser("evaluate", help="cross-validate; stops and goes on anywhere")
    compare = commands.add_parser("compare", help="judge every system; write docs/results.md")
    compare_command.add_compare(compare)
    system = commands.add_parser("system", help="export a system of the literature as a live model")
    compare_command.add_system(system)
    for command in (fit, evaluate):
        command.add_argument("--run", type=Path, required=True, help="folder of the run")
        command.add_argument("--settings", type=Path, help="JSON of settings that differ")
        command.add_argument(
            "--unlabelled", type=Path, help="folder of music for the teacher's task alone"
        )
        command.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="one setting, as JSON"
        )
    for command in (prepare, fit, evaluate, compare, system):
        command.add_argument("--sets", nargs="+", default=SETS, help="datasets (default: all)")
        command.add_argument(
            "--renderings", type=int, default=3, help="renderings of MIDI to learn from, 1 to 5"
        )
    export = commands.add_parser("export", help="write a fitted model and its card")
    export.add_argument("--run", type=Path, required=True, help="folder of the fit or evaluation")
    export.add_argument("--out", type=Path, required=True, help="the .onnx file")
    export.add_argument("--name", default="mer", help="what people call the model")
    return top


def settings_of(arguments: argparse.Namespace) -> Any:
    """Return the settings a command line asks for."""
    from train.settings import Settings

    settings = Settings.load(arguments.settings) if arguments.settings else Settings()
    for text in arguments.set:
        name, _, value = text.partition("=")
        if name not in {f.name for f in fields(Settings)}:
            raise UserError(f"'{name}' is no setting; train/settings.py lists them.")
        try:
            settings = Settings.from_dict(asdict(settings) | {name: json.loads(value)})
        except json.JSONDecodeError:
            raise UserError(f"'{value}' is not JSON; write --set {name}=VALUE.") from None
    return settings


def run(arguments: argparse.Namespace) -> None:
    """Do what a parsed command line says."""
    if arguments.command == "export":
        _export(arguments)
        return
    from train.datasets import load

    recordings = [r for name in arguments.sets for r in load(name)]
    if arguments.command == "prepare":
        from train.audio import INSTRUMENTS
        from train.features import prepare

        prepare(recordings, INSTRUMENTS[: arguments.renderings])
        return
    if arguments.command == "compare":
        compare_command.compare(arguments, recordings)
        return
    if arguments.command == "system":
        compare_command.export(arguments, recordings)
        return
    from train import crew
    from train.datasets import unlabelled
    from train.evaluate import cross_validate
    from train.examples import load_examples
    from train.fit import fit
    from train.folds import hold_out
    from train.pooling import marks_table
    from train.pretraining import pretrain_all

    settings = settings_of(arguments)
    if arguments.unlabelled:
        recordings += unlabelled.load(arguments.unlabelled)
    fold_of, held_out = hold_out(recordings, settings.folds)
    if arguments.command == "fit":
        held_out = held_out[-1:]
    taught = settings.teacher_weight > 0 or settings.answer_weight > 0
    examples = load_examples(recordings, arguments.renderings, held_out if taught else [], fold_of)
    pretrained = pretrain_all([e.recording for e in examples], settings, held_out)
    with crew.together():
        if arguments.command == "fit":
            fit(examples, settings, arguments.run, pretrained=pretrained, resume=arguments.resume)
            return
        scores = cross_validate(examples, settings, arguments.run, pretrained=pretrained)
    if scores:
        print(marks_table(scores))


def _export(arguments: argparse.Namespace) -> None:
    import torch

    from train.cache import load_arrays
    from train.card import write_card
    from train.checkpoint import CHECKPOINT, load_network
    from train.evaluate import WIDENING
    from train.export import export
    from train.golden import write_golden
    from train.network import count_parameters

    # The last network of a run is the one that heard everything.
    network, settings = load_network(arguments.run / CHECKPOINT, -1)
    network.teacher = None
    widening = load_arrays(arguments.run / WIDENING)
    if widening is not None:
        network.widening.copy_(torch.from_numpy(widening["factor"]))
    training: dict[str, Any] = {"settings": asdict(settings)}
    scores = arguments.run / "scores.json"
    if scores.is_file():
        judged = json.loads(scores.read_text(encoding="utf-8"))
        training["cross_validation"] = judged
        card = arguments.out.parent / "README.md"
        write_card(card, arguments.name, count_parameters(network), settings, judged)
    # 0.25 and 0.22 are the spread of emotify's ratings.
    export(network, arguments.out, name=arguments.name, prior_std=(0.25, 0.22), training=training)
    write_golden(arguments.out)


def main() -> int:
    """Run the command line; a person's error is one sentence and exit code 2."""
    try:
        run(parser().parse_args())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("train", "realtime_mer"):
            raise
        print(
            f"The package {error.name} is missing: pip install 'realtime-mer[train]' brings all "
            "that training needs.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("Stopped; what is done stays done.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
