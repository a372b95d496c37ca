"""Makes the product in a folder its own next version: its messages and its store are one version further."""

import re
import sys
from pathlib import Path


def change(file: Path, pattern: str, replacement: str) -> None:
    """Change the one place that the pattern names."""
    text, changes = re.subn(pattern, replacement, file.read_text(), flags=re.MULTILINE)
    if changes != 1:
        raise SystemExit(f"{file}: {pattern} is there {changes} times")
    file.write_text(text)


def main(root: Path) -> None:
    """Change the code below ``root``."""
    version = r"^TASK_SCHEMA_VERSION = (\d+)$"
    change(root / "shared/domain/task.py", version, r"TASK_SCHEMA_VERSION = \1 + 1")
    change(
        root / "shared/adapters/mongodb/versions.py",
        r"^MIGRATIONS: .* = \(\)$",
        "def _note(database, keep_lease):\n"
        '    database.outcomes.update_many({}, {"$set": {"note": ""}})\n\n\n'
        'MIGRATIONS = (Migration(FIRST_VERSION + 1, "a note on each outcome", _note),)',
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
