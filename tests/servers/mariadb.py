"""MariaDB, which speaks MySQL's protocol, as the system's package has it."""

import contextlib
import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, free_port, run, scratch, serving
from .programs import find, find_directory

USER = "mariadb-user"
PASSWORD = "mariadb-password-that-must-not-show"
TABLE = "objects"

# Names differ by case and by spaces at their end. A collation by bytes would be better, but the
# client takes such a column for one of bytes, and then cannot list it.
PREPARE = f"""
FLUSH PRIVILEGES;
CREATE DATABASE opendal;
CREATE TABLE opendal.{TABLE} (
    `key` VARCHAR(700) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_cs PRIMARY KEY,
    `value` LONGBLOB NOT NULL
);
CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON opendal.* TO '{USER}'@'127.0.0.1';
"""


@dataclass(frozen=True)
class MariadbServer(Address):
    """A running server with one table."""

    user: str = USER
    password: str = PASSWORD
    table: str = TABLE

    @property
    def connection(self) -> str:
        return f"mysql://{self.user}:{self.password}@{self.host}:{self.port}/opendal"


@contextlib.contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """Start MariaDB on a free loopback port with an empty table."""
    program, share = find("mariadbd"), find_directory("apt", "root/usr/share/mysql")
    server = MariadbServer("127.0.0.1", free_port())
    with scratch("mariadb") as directory:
        data = directory / "data"
        data.mkdir()
        start = [
            *(program, "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={data}"),
            *(f"--lc-messages-dir={share}", f"--character-sets-dir={share / 'charsets'}"),
            *(f"--socket={directory / 'socket'}", f"--pid-file={directory / 'pid'}"),
            # Nothing here has to outlive the machine; values of up to 32 MiB.
            *("--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=64M"),
            "--innodb-log-file-size=256M",
        ]
        _bootstrap(start, share)
        listen = [f"--bind-address={server.host}", f"--port={server.port}", "--skip-name-resolve"]
        with serving([*start, *listen], "ready for connections"):
            yield server


def _bootstrap(start: list[str], share: Path) -> None:
    """Make its own tables, as its installation does, then ours."""
    names = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
    own = "".join((share / name).read_text() for name in names)
    text = f"CREATE DATABASE mysql;\nUSE mysql;\n{own}{PREPARE}"
    run([*start, "--skip-networking", "--bootstrap"], text)
