"""Run every benchmark and print one table: ours, the peer's, the ratio. `make bench`."""

import os
import sys
import tempfile
from importlib import import_module

BENCHES = ("scoping", "laws", "letters", "sending", "web", "kills")


def prepare() -> None:
    """Give the run a data folder of its own and a migrated database."""
    folder = tempfile.mkdtemp(prefix="forthwith-bench-")
    os.environ.update(FORTHWITH_HOME=folder, XDG_RUNTIME_DIR=folder)
    from forthwith import db

    db.migrate()


def main() -> int:
    """Print a line a measure."""
    prepare()
    from forthwith import db

    try:
        for name in sys.argv[1:] or BENCHES:
            for measure, figures in import_module(f"bench.{name}").run().items():
                print(f"{measure:<52} {figures}")
    finally:
        db.engine().dispose()
        db.stop_embedded()
    return 0


if __name__ == "__main__":
    sys.exit(main())
