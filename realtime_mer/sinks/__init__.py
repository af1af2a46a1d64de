"""Where the estimates go."""
