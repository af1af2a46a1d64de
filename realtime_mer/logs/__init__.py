"""What the program says while it runs: one line an event, as text or as JSON."""

from realtime_mer.logs.lines import FORMATS, LEVELS
from realtime_mer.logs.setting_up import notice, set_up, show_on

__all__ = ["FORMATS", "LEVELS", "notice", "set_up", "show_on"]
