"""Reading one table of a configuration so that everything wrong with it is said at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from realtime_mer.errors import UserError

Value = TypeVar("Value")


class TableError(UserError):
    """What is wrong with a table.

    Attributes:
        problems: pairs of the key where it stands ("" for the table as a whole) and a
            sentence with the remedy.
    """

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(sentence for _, sentence in self.problems))


class Table:
    """Takes keys out of a table and collects what is wrong with them.

    Args:
        values: the table as TOML gives it.
        known: every key it may have.
    """

    def __init__(self, values: Mapping[str, object], known: Iterable[str]) -> None:
        self._values = values
        known = tuple(known)
        meant = {key: nearest(key, known) for key in values if key not in known}
        self._meant = set(meant.values())
        self._problems = [
            (key, f"there is no key '{key}'; did you mean '{word}'?") for key, word in meant.items()
        ]

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def lacks(self, key: str) -> bool:
        """Whether a key is not there, not even misspelt."""
        return key not in self._values and key not in self._meant

    def take(self, key: str, parse: Callable[[object], Value], default: Value) -> Value:
        """Parse one key; the default where it is absent, or wrong, which is then noted.

        Args:
            key: name in the table.
            parse: from a value of TOML; raises UserError with a sentence.
            default: for a key that is not there.
        """
        if key not in self._values:
            return default
        try:
            return parse(self._values[key])
        except UserError as error:
            self.complain(key, f"{key}: {error}")
            return default

    def complain(self, key: str, sentence: str) -> None:
        """Note something wrong."""
        self._problems.append((key, sentence))

    def check(self) -> None:
        """Raise what was noted.

        Raises:
            TableError: if anything was.
        """
        if self._problems:
            raise TableError(self._problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like one that is not.

    >>> nearest("adress", ("address", "source"))
    'address'
    """
    return difflib.get_close_matches(word, tuple(known), n=1, cutoff=0.0)[0]


def number(value: object) -> float:
    """Take a number of TOML, whole or not, of at most a thousand million.

    Raises:
        UserError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UserError(f"{value!r} is not a number; write one, such as 0.5.")
    if not abs(value) <= 1e9:  # also refuses nan
        raise UserError(f"{value!r} is not a number to work with; write one, such as 0.5.")
    return float(value)


def switch(value: object) -> bool:
    """Take true or false.

    Raises:
        UserError: for anything else.
    """
    if not isinstance(value, bool):
        raise UserError(f"{value!r} is neither true nor false; write one of these.")
    return value


def text(value: object) -> str:
    """Take a text.

    Raises:
        UserError: for anything else.
    """
    if not isinstance(value, str):
        raise UserError(f'{value!r} is not a text; put it in quotes, as in "{value}".')
    return value
