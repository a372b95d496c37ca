"""What several kinds of test use."""

from pathlib import Path

#: of the project
ROOT = Path(__file__).resolve().parents[2]
