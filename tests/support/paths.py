"""Where the tests' data lies."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
EVAL = ROOT / "tests" / "eval"
DIALOGS = ROOT / "tests" / "dialogs"
RECORDED = DIALOGS / "recorded"
RAW = ROOT / "tests" / "knowledge" / "raw"
