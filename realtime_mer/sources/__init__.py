"""Where the sound comes from."""
