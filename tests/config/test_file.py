"""Configuration files, right and wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.merge import read_settings_file
from realtime_mer.errors import UserError
from realtime_mer.settings import setting_fields

GOOD = """\
device = "mic"

[[route]]
address = "/a"
source = "arousal"
"""


def problems(folder: Path, text: str) -> list[tuple[int, str]]:
    """Line and sentence of everything wrong with a file."""
    path = folder / "show.toml"
    path.write_text(text, encoding="utf-8")
    return [(each.line, each.sentence) for each in read_settings_file(path).problems]


def test_a_good_file_has_no_problem(tmp_path: Path) -> None:
    """Settings and routes are both taken; the mark some editors write in front is no trouble."""
    assert problems(tmp_path, GOOD) == []
    assert problems(tmp_path, "\ufeff" + GOOD) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("divice = 1", 1, "no setting 'divice': did you mean 'device'?"),
        ("\nosc-rte = 60", 2, "no setting 'osc-rte': did you mean 'osc_rate'?"),
        ("osc-rate = 600", 1, "osc-rate: '600' is no rate from 2 to 240"),
        ('osc_range = "0..2"', 1, "osc_range: '0..2' is not one of -1..1, 0..1"),
        ('preset = "resolum"', 1, "preset: there is no preset 'resolum': did you mean 'resolume'?"),
        ("standard = 2", 1, "standard: '2' is neither on nor off"),
        ("[route]\naddress = 1", 1, "'route' is not a list of tables: write [[route]]"),
        ("route = 3", 1, "'route' is not a list of tables"),
        ("[[rout]]\nx = 1", 1, "no setting 'rout': did you mean 'route'?"),
        (GOOD + "rise = -1", 6, "route 1 (/a): rise: -1 is no time"),
        (GOOD + "osc_rate = 60", 6, "route 1 (/a): 'osc_rate' is a setting of the whole run: move"),
        (GOOD + "\n[[route]]\nsource = 'level'", 7, "route 2: it has no address"),
        (GOOD + "\n[[route]]\naddress='/b'\nsource='levl'", 9, "route 2 (/b): source: there is"),
        (GOOD + "midi = { port = 'x' }", 6, "route 1 (/a): midi: it has no cc"),
        ("device = mic", 1, "not valid TOML"),
        (
            "[[cue]]\nmood = 'tens'\naddress = '/go'",
            2,
            "cue 1 (/go): mood: there is no mood 'tens'",
        ),
        ("when = 'mood is tens, send /x'", 1, "when: there is no mood 'tens'"),
    ],
)
def test_a_mistake_is_found_on_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """One mistake is one problem, with the line it stands on and a remedy."""
    ((found, sentence),) = problems(tmp_path, text)
    assert found == line
    assert said in sentence


def test_all_mistakes_are_found_in_order(tmp_path: Path) -> None:
    """Settings and routes, by line."""
    text = "speed = 0\ngate = 1\n" + GOOD + "rise = -1\ncurve = 'bent'\n"
    assert [line for line, _ in problems(tmp_path, text)] == [1, 2, 8, 9]


def test_what_is_right_is_taken_beside_what_is_wrong(tmp_path: Path) -> None:
    """Problems leave out what they are about, and nothing else."""
    path = tmp_path / "show.toml"
    path.write_text(GOOD + "[[route]]\naddress = 1\n", encoding="utf-8")
    config = read_settings_file(path)
    assert config.settings == {"device": "mic"}
    assert [route.name for route in config.tables["route"]] == ["/a"]


def test_a_file_that_is_no_text_gets_a_sentence(tmp_path: Path) -> None:
    """Neither a folder nor a picture is a configuration."""
    with pytest.raises(UserError, match="cannot be read"):
        read_settings_file(tmp_path)
    path = tmp_path / "x.toml"
    path.write_bytes(b"\x89PNG\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        read_settings_file(path)


@given(st.lists(st.sampled_from([*GOOD.splitlines(), "in = 1", "x", "[[cue]]", "web = {}", "="])))
def test_any_file_is_read_or_gets_sentences(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    """Nothing a file can hold makes the reader fall over."""
    path = tmp_path_factory.mktemp("any") / "show.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    for problem in read_settings_file(path).problems:
        assert 1 <= problem.line <= max(len(lines), 1)
        assert problem.sentence


ANY_TEXT = {
    "device",
    "channels",
    "format",
    "token",
    "mqtt_password",
    "tls_cert",
    "tls_key",
    "record",
    "record_audio",
    "model",
    "calibration",
}
"""Settings whose text is judged later, against what is there, or that take any."""


@pytest.mark.parametrize("name", sorted(set(setting_fields()) - ANY_TEXT))
def test_every_setting_refuses_nonsense_with_a_remedy(tmp_path: Path, name: str) -> None:
    """Whatever is set to what it cannot be gets its line, what is wrong, and what to write."""
    ((line, sentence),) = problems(tmp_path, f'\n{name} = "§"')
    assert line == 2
    assert sentence.startswith(f"{name}: ")
    assert "§" in sentence
    assert re.search(r"write|choose|did you mean", sentence)
    assert sentence.endswith(".")
