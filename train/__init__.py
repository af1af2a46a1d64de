"""Fitting, judging and exporting the live model; the runtime never imports this package."""
