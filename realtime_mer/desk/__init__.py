"""What a page may set while a run goes on: its input, its routes, and what is kept of both."""
