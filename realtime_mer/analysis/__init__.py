"""Whole files through the engine: what ``realtime-mer analyze`` is made of."""
