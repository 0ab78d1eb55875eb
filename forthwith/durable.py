"""Files that the disk has for certain before anybody relies on them."""

import os
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Write a new file, for its owner alone, and wait until the disk has it. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
