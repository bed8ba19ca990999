"""Makes the trials in faults.py importable, here and in the processes of trials."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
