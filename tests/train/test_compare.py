"""Comparing: no fold sees what it is judged on, pieces are kept, and time can run out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from train import results
from train.compare import Comparison, Standing, over_folds
from train.datasets.base import Ratings, Recording
from train.pieces import piece, piece_path
from train.predict import Series
from train.results import OURS, UNKNOWN, Results, marks_table
from train.systems.base import Lesson, System
from train.systems.constant import SYSTEMS as CONSTANT
from train.systems.linear import ridge
from train.systems.spans import SpanFit, count_values, in_spans


def songs(count: int, dataset: str = "emotify") -> list[Recording]:
    """Return songs whose arousal is their number's sine."""
    return [
        Recording(
            dataset, str(i), None, str(i), Ratings.static(0.5 * np.sin(i), 0.1 * (i % 3)), "none"
        )
        for i in range(count)
    ]


def echo(calls: list[str], *, effort: int = 1) -> System:
    """Return a system that hears the ratings themselves."""

    def hear(recording: Recording) -> np.ndarray:
        calls.append(recording.key)
        return recording.ratings.mean

    return System("echo", "none", SpanFit(hear, ridge), effort=effort)


def test_spans_hold_mean_and_spread() -> None:
    """Each span's row is the mean, then the standard deviation, of what lies inside."""
    ratings = Ratings.dynamic(
        np.array([[0, 2], [2, 4.0], [4, 4.1]]), np.zeros((3, 2)), np.ones((3, 2))
    )
    recording = Recording("vgmidi", "x", None, "g", ratings, "none")
    values = np.arange(8, dtype=np.float32)[:, None]
    rows = in_spans(recording, values, np.arange(0.25, 4.0, 0.5))
    np.testing.assert_allclose(rows[:, 0], [1.5, 5.5, 7.0])
    np.testing.assert_allclose(rows[0, 1], np.std([0, 1, 2, 3]))
    alone = in_spans(recording, values, np.arange(0.25, 4.0, 0.5), spread=False)
    np.testing.assert_array_equal(alone, rows[:, :1])


def test_constant_is_the_mean_of_the_other_folds(tmp_path) -> None:
    """The floor estimates each recording by the mean rating of the folds that lack it."""
    members = songs(30)
    comparison = Comparison(members, {}, 5, tmp_path)
    pieces = comparison._folds(CONSTANT[0], "emotify")
    assert pieces is not None
    for recording in members:
        fold = comparison.fold_of[recording.key]
        others = [r.ratings.mean[0, 0] for r in members if comparison.fold_of[r.key] != fold]
        given = pieces[fold].series[recording.key].mean[0, 0]
        assert given == pytest.approx(np.mean(others), abs=1e-6)


def test_finished_pieces_are_not_fitted_again(tmp_path) -> None:
    """A second comparison takes every fold from the disk and gives the same."""
    calls: list[str] = []
    first = Comparison(songs(30), {}, 5, tmp_path).run([echo(calls)])["echo"]
    heard = len(calls)
    second = Comparison(songs(30), {}, 5, tmp_path).run([echo(calls)])["echo"]
    assert heard > 0
    assert len(calls) == heard
    assert first.scores == second.scores
    # What it hears is the rating itself, so linear regression finds it.
    assert first.scores["emotify"]["arousal_r"] > 0.99
    assert first.parameters == second.parameters > 0


def test_a_piece_belongs_to_all_it_depends_on(tmp_path) -> None:
    """Another system, version, seed, scale, lesson or question is another piece."""
    members = songs(6)
    system = echo([])
    lesson = Lesson(members[:4])
    base = piece_path(system, lesson, members[4:], tmp_path)
    others = [
        piece_path(System("echo", "", system.fit, version=2), lesson, members[4:], tmp_path),
        piece_path(system, Lesson(members[:4], seed=1), members[4:], tmp_path),
        piece_path(system, Lesson(members[:4], {"emotify": 2.0}), members[4:], tmp_path),
        piece_path(system, Lesson(members[:3]), members[4:], tmp_path),
        piece_path(system, lesson, members[5:], tmp_path),
    ]
    assert len({base, *others}) == 6
    music = Lesson(members[:4], unlabelled=members)
    assert piece_path(system, music, members[4:], tmp_path) == base
    taught = System("echo", "", system.fit, pretrained=True)
    assert piece_path(taught, music, members[4:], tmp_path) != base


def test_time_that_runs_out_leaves_what_is_done(tmp_path) -> None:
    """After the deadline nothing is begun, and what was not measured is a dash."""
    standings = Comparison(songs(30), {}, 5, tmp_path, deadline_s=-1.0).run([echo([])])
    assert standings["echo"].scores == {}
    page = Results([echo([])], standings, None, {})
    assert results.unmeasured(page) == "- on emotify, panda4q, grekow, vgmidi, emopia: echo"
    done = Comparison(songs(30), {}, 5, tmp_path).run([echo([])])
    late = Comparison(songs(30), {}, 5, tmp_path, deadline_s=-1.0).run([echo([])])
    assert late["echo"].scores == done["echo"].scores


def test_across_sets_nothing_of_the_set_is_learned(tmp_path) -> None:
    """A system of little effort is judged on each set by a fit to the others alone."""
    learned: list[set[str]] = []

    class Spy:
        def hear(self, recording):
            return recording.ratings.mean

        def __call__(self, lesson):
            learned.append({r.dataset for r in lesson.recordings})
            return SpanFit(self.hear, ridge)(lesson)

    both = [*songs(30), *songs(20, "vgmidi")]
    comparison = Comparison(both, {}, 5, tmp_path)
    system = System("spy", "none", Spy(), effort=0)
    standing = comparison.run([system])[system.name]
    assert set(standing.across) == {"emotify", "vgmidi"}
    assert learned == [{"emotify"}] * 5 + [{"vgmidi"}] * 5 + [{"vgmidi"}, {"emotify"}]
    assert len(learned) == comparison.pieces([system])


def test_folds_have_mean_and_deviation() -> None:
    """Beside the pooled score stand mean and deviation of the folds; one without is no zero."""
    scores = over_folds([{"r": 0.4}, {"r": 0.6}, {"r": float("nan")}], {"r": 0.55})
    assert scores == pytest.approx({"r": 0.55, "r_mean": 0.5, "r_sd": 0.1})
    assert over_folds([{"r": 0.4}, {"r": 0.6}], None)["r"] == pytest.approx(0.5)


def test_signs_are_fitted_as_moderate_numbers() -> None:
    """A quadrant is no claim of an extreme, whatever the scale of its set."""
    recording = Recording("panda4q", "x", None, "g", Ratings.quadrant("Q2"), "none")
    np.testing.assert_allclose(Lesson([], {"panda4q": 3.0}).wanted(recording), [[0.25, -0.25]])


def test_parameters_are_counted() -> None:
    """A line through three features has their means, widths, slopes and one offset."""
    x = np.random.default_rng(0).normal(size=(20, 3))
    assert count_values(ridge(0).fit(x, x @ [1.0, 2.0, 3.0])) == 3 + 3 + 3 + 1


def test_table_says_what_is_not_known() -> None:
    """A score that a system lacks is a dash, never a number."""
    table = marks_table({"ours": {"emotify": {"arousal_r": 0.5, "valence_r": float("nan")}}})
    row = next(line for line in table.splitlines() if line.startswith("| ours"))
    assert row.split(" | ")[1:3] == ["0.50", UNKNOWN]
    assert table.splitlines()[-1].startswith("| raters themselves")


@pytest.mark.e2e
def test_page_holds_every_system_and_its_picture(tmp_path) -> None:
    """The page is written with the tables, and a picture that is not empty lies beside it."""
    system = echo([], effort=0)
    comparison = Comparison([*songs(30), *songs(20, "vgmidi")], {}, 5, tmp_path / "pieces")
    standing = comparison.run([system])[system.name]
    ours = (Standing(standing.scores, seeds=3, reactions_s=[4.0]), Standing(standing.scores))
    page = Results([system], {"echo": standing}, ours, {"log-mel": 130.0}, 180.0)
    results.write_page(tmp_path / "results.md", page)
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert text.count("| echo |") == 5
    assert text.count(f"| {OURS} |") == 4
    assert "mean of 3 seeds" in text
    assert "- on panda4q, grekow, emopia: echo" in text
    assert (tmp_path / "img" / "results.png").stat().st_size > 10_000


def test_estimates_come_back_as_they_were(tmp_path) -> None:
    """A piece read from disk has the estimates of its recordings, each under its own key."""
    members = songs(12)
    system, lesson = echo([]), Lesson(members[:8])
    first = piece(system, lesson, members[8:], tmp_path)
    again = piece(system, lesson, members[8:], tmp_path)
    assert set(again.series) == {r.key for r in members[8:]}
    for key, series in first.series.items():
        assert isinstance(series, Series)
        for name in ("time_s", "mean", "std"):
            np.testing.assert_array_equal(getattr(series, name), getattr(again.series[key], name))


def test_sets_come_before_systems_of_great_effort() -> None:
    """What is stopped has whole columns: all systems on a set, then the next set."""
    light, network = echo([], effort=0), echo([])
    many = echo([], effort=2)
    comparison = Comparison([*songs(30), *songs(20, "vgmidi")], {}, 5, Path("unused"))
    order = [
        (s.effort, name, across) for s, name, across in comparison.tasks([many, network, light])
    ]
    assert order == [
        (0, "emotify", False), (1, "emotify", False), (0, "vgmidi", False), (1, "vgmidi", False),
        (0, "emotify", True), (0, "vgmidi", True), (2, "emotify", False), (2, "vgmidi", False),
    ]  # fmt: skip
