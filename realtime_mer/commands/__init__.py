"""One module for each command of ``realtime-mer``."""
