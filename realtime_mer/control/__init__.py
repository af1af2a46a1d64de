"""What a person changes while the tracker runs: the levers, and who may pull them how."""
