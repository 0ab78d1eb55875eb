"""Secrets that are made at first use: whole or not at all, once, whoever comes at the same moment."""

import os
import uuid
from pathlib import Path

from forthwith.durable import write_new


def first_use(path: Path, make: bytes) -> tuple[bytes, bool]:
    """Return the secret in `path`, and whether it was made now, of `make`: with mode 600, in a folder of its owner's.

    It gets its name only when it stands whole on the disk: who comes in the middle never reads half a secret.
    """
    if path.exists():
        return path.read_bytes(), False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_new(partial, make)
        os.link(partial, path)  # unlike a renaming, it never takes the place of one that stands
    except FileExistsError:
        return path.read_bytes(), False
    finally:
        partial.unlink(missing_ok=True)
    return make, True
