"""``python -m realtime_mer`` is the command ``realtime-mer``."""

import sys

from realtime_mer.cli import main

sys.exit(main())
