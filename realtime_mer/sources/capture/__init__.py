"""Capture in a process of its own: a driver that hangs or aborts takes nothing with it."""
