"""``realtime-mer config``: write, check and show settings."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from realtime_mer.config.merge import Merged, merge_settings, read_settings_file
from realtime_mer.config.where import find_config
from realtime_mer.errors import UserError
from realtime_mer.settings import setting_fields, table_fields

DEFAULT_FILE = Path("realtime-mer.toml")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "config",
        help="write, check and show settings",
        description="Writes a file of settings to start from, says what is wrong with one, "
        "and shows what a run would use.",
    )
    actions = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    init = actions.add_parser(
        "init",
        help="write a commented file with every setting",
        description="Writes a file with every setting, its meaning and its default, and "
        "examples of routes. A file that is there already is left alone.",
    )
    init.add_argument(
        "file", nargs="?", type=Path, default=DEFAULT_FILE, metavar="FILE",
        help=f"where to write, - for standard output (default: {DEFAULT_FILE})",
    )  # fmt: skip
    init.set_defaults(run=_init)
    check = actions.add_parser(
        "check",
        help="say what is wrong with a file",
        description="Says everything that is wrong with a file, with line and remedy. "
        "The exit code is 0 where nothing is, else 2.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="the file")
    check.set_defaults(run=_check)
    show = actions.add_parser(
        "show",
        help="show the settings a run would use, and where each comes from",
        description="Shows the settings a run would use as a file of its own: put the flags "
        "of the run, such as --config show.toml, before the word config.",
    )
    show.set_defaults(run=_show)


def _init(arguments: argparse.Namespace) -> int:
    from realtime_mer.config.template import template

    file: Path = arguments.file
    if str(file) == "-":
        sys.stdout.write(template(setting_fields(), "FILE.toml"))
        return 0
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(template(setting_fields(), str(file)))
    except FileExistsError:
        raise UserError(
            f"{file} is there already and stays as it is: name another file, or remove it."
        ) from None
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}): name another.") from error
    print(f"Wrote {file}. Edit it, then run:  realtime-mer --config {file}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    file: Path = arguments.file
    config = read_settings_file(file)
    for problem in config.problems:
        print(f"{file}, line {problem.line}: {problem.sentence}")
    if config.problems:
        return 2
    counts = [_count(len(config.settings), "setting")]
    counts += [_count(len(found), table) for table, found in config.tables.items()]
    print(f"{file} is right: {', '.join(counts)}.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    flags = {name: getattr(arguments, name) for name in setting_fields() if name in arguments}
    merged = merge_settings(flags, os.environ, find_config(getattr(arguments, "config", None)).read)
    print(describe(merged))
    return 0


def describe(merged: Merged) -> str:
    """Return settings as the text of a file that gives them again."""
    from realtime_mer.config.toml import toml_table, toml_value

    lines = []
    for name, entry in setting_fields().items():
        value = getattr(merged.settings, name)
        origin = merged.origins.get(name)
        if name == "preset" and value is not None:
            lines.append(f"# preset = {toml_value(value)}  # {origin}; what it sets is below")
        elif name == "when":
            continue  # as tables, below
        elif value is None and entry.default is None:
            lines.append(f"# {name} is not set")
        else:
            text = f"{name} = {toml_value(value)}"
            lines.append(f"{text}  # {origin}" if origin else text)
    for table, entry in table_fields().items():
        name = "all_cues" if table == "cue" else entry.name
        for value in getattr(merged.settings, name):
            lines.append("\n" + toml_table(table, entry.metadata["as_table"](value)))
    return "\n".join(lines)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
