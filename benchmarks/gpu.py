"""The model's step for 1 to 65,536 streams, on the processor and on a GPU.

``python -m benchmarks.gpu`` writes the table into ``docs/benchmarks.md``; ``--dry`` prints it. On
a GPU the state stays on the device (IO binding), frames go there and estimates come back. Where
CUDA does not work its columns say "not measured".
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from benchmarks.timing import milliseconds, table, write_between_markers
from realtime_mer.bench.report import processor
from realtime_mer.errors import UserError
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.model.contest import first_win
from realtime_mer.model.session import step_s

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BATCHES = (1, 16, 64, 256, 1024, 4096, 16_384, 65_536)
NOT_MEASURED = "not measured"


def card() -> str:
    """Return the GPU's name, as its driver says it."""
    try:
        said = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "GPU"
    return said.stdout.splitlines()[0].strip()


def describe() -> str:
    """Measure, and write the table with a sentence about where the GPU begins to win."""
    on_cpu = load_model(provider="cpu")
    on_gpu: EmotionModel | None
    try:
        on_gpu = load_model(provider="cuda")
    except UserError:
        on_gpu = None
    cpu = {batch: step_s(on_cpu, batch) for batch in BATCHES}
    gpu = {batch: step_s(on_gpu, batch) for batch in BATCHES} if on_gpu else {}
    name = card() if on_gpu else "GPU"
    head = ["streams in a step", f"{processor()}, all cores, ms", "µs a stream",
            f"{name}, ms", "µs a stream"]  # fmt: skip
    rows = []
    for batch in BATCHES:
        cells = [f"{batch:,}", milliseconds(1e3 * cpu[batch]), f"{1e6 * cpu[batch] / batch:.2f}"]
        if batch in gpu:
            cells += [milliseconds(1e3 * gpu[batch]), f"{1e6 * gpu[batch] / batch:.2f}"]
        else:
            cells += [NOT_MEASURED, NOT_MEASURED]
        rows.append(cells)
    if not gpu:
        after = "There was no GPU at hand that CUDA can use: its columns are not measured."
    else:
        win = first_win(lambda batch: step_s(on_cpu, batch), lambda batch: step_s(on_gpu, batch),
                        BATCHES[-1]) if on_gpu else None  # fmt: skip
        after = (
            f"The GPU begins to win at {win:,} streams." if win
            else "The GPU does not win at any of these."
        )  # fmt: skip
    return f"{table(head, rows)}\n\n{after}"


def main() -> None:
    """Measure, then write the table or print it."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.gpu")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    arguments = parser.parse_args()
    text = describe()
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "gpu", text)


if __name__ == "__main__":
    main()
