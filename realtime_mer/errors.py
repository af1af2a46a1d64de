"""Errors a person can cause, told apart from errors in the program."""

from __future__ import annotations


class UserError(Exception):
    """Something a person can put right: one sentence that says what and how.

    The command line prints the sentence alone, without a traceback, and ends with
    exit code 2. Programming errors must not be dressed up as this.
    """
