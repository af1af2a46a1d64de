"""The configuration: files, tables, presets, and what is said about their mistakes."""
