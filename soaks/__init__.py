"""Long runs against real sound servers, browsers' connections and disks; see docs/reliability.md.

Run by hand (``make soak``); their short forms are tests.
"""
