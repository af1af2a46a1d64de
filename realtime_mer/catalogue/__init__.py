"""Whole catalogues: walk, hand out one file a task, keep what comes; ``docs/catalogues.md``."""
