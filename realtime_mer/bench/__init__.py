"""What this machine needs for the work: the measurements behind ``realtime-mer bench``."""
