"""One connection for each process and thread, gone with its thread."""

from __future__ import annotations

import os
import sqlite3
import threading

import pytest

from shared.adapters.embedded.database import Database
from shared.errors import ServiceUnavailable

SCHEMA = "CREATE TABLE IF NOT EXISTS things (name TEXT);"


def open_files(path):
    return sum(os.path.realpath(f"/proc/self/fd/{fd}") == str(path) for fd in os.listdir("/proc/self/fd"))


def in_a_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def test_a_thread_has_a_connection_of_its_own_until_it_ends(tmp_path):
    database = Database(tmp_path / "one.sqlite", SCHEMA)
    mine = database.connection()
    assert database.connection() is mine
    assert in_a_thread(lambda: database.connection() is mine) is False
    for _ in range(20):  # a page's script runs in a new thread each time
        in_a_thread(lambda: database.connection().execute("SELECT 1").fetchone()[0])
    # SQLite keeps a closed connection's descriptor for the next one while another connection is open
    assert open_files(tmp_path / "one.sqlite") <= 3
    database.close()
    assert open_files(tmp_path / "one.sqlite") == 0


def test_a_block_that_raises_is_rolled_back(tmp_path):
    database = Database(tmp_path / "one.sqlite", SCHEMA)

    def interrupted():
        with database.immediate() as connection:
            connection.execute("INSERT INTO things VALUES ('a')")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert database.connection().execute("SELECT COUNT(*) FROM things").fetchone()[0] == 0
    database.close()


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path):
    (tmp_path / "one.sqlite").write_bytes(b"no database" * 100)
    database = Database(tmp_path / "one.sqlite", SCHEMA)
    with pytest.raises(ServiceUnavailable, match=r"file is not a database\)\. Restore .*one\.sqlite from a copy"):
        database.connection()
    assert open_files(tmp_path / "one.sqlite") == 0


def test_a_database_that_is_damaged_while_it_is_open_is_unavailable(tmp_path):
    database = Database(tmp_path / "one.sqlite", SCHEMA)
    with database.immediate() as connection:
        connection.executemany("INSERT INTO things VALUES (?)", [("x" * 1000,)] * 100)
    database.close()
    with (tmp_path / "one.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(ServiceUnavailable, match="malformed"), database.translated():
        database.connection().execute("SELECT count(name) FROM things").fetchall()
    database.close()


def test_a_wrong_query_is_no_outage(tmp_path):
    database = Database(tmp_path / "one.sqlite", SCHEMA + "CREATE UNIQUE INDEX IF NOT EXISTS one ON things (name);")

    def twice():
        with database.immediate() as connection:
            connection.executemany("INSERT INTO things VALUES (?)", [("a",), ("a",)])

    with pytest.raises(sqlite3.IntegrityError):
        twice()
    database.close()


def test_a_place_that_cannot_be_written_names_itself(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceUnavailable, match="writable"):
        Database(tmp_path / "file" / "one.sqlite", SCHEMA).connection()
