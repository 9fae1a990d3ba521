"""PostgreSQL, as the system's package has it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, as_another, free_port, run, scratch, serving
from .programs import find

USER = "postgres-user"
PASSWORD = "postgres-password-that-must-not-show"
TABLE = "objects"

# Names sort by their bytes.
CREATE = f'CREATE TABLE {TABLE} (key TEXT COLLATE "C" PRIMARY KEY, value BYTEA NOT NULL)\n'


@dataclass(frozen=True)
class PostgresServer(Address):
    """A running server with one table."""

    user: str = USER
    password: str = PASSWORD
    table: str = TABLE

    @property
    def connection(self) -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/postgres"


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start PostgreSQL on a free loopback port with an empty table."""
    initdb, program = find("initdb"), find("postgres")
    server = PostgresServer("127.0.0.1", free_port())
    with scratch("postgresql") as directory:
        data, password = directory / "data", directory / "password"
        data.mkdir()
        password.write_text(PASSWORD)
        start = as_another(directory)
        options = ["--no-sync", "--no-instructions", "--locale=C", "--encoding=UTF8"]
        login = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={password}"]
        run([*start, initdb, f"--pgdata={data}", *options, *login])
        # The table is made before there is a port.
        run([*start, program, "--single", "-D", str(data), "postgres"], CREATE)
        command = [*start, program, "-D", str(data), "-h", server.host, "-p", str(server.port)]
        with serving([*command, "-k", "", "-F"], "ready to accept connections"):
            yield server
