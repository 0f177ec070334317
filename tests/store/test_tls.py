"""The database address of docs/team.md against a real PostgreSQL with TLS: encrypted, and only to the right server."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from auditor.errors import UnavailableError
from auditor.store.database import Database
from tests.e2e.test_team import documented

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/nowhere"))
USER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root


def run(*command, **more):
    subprocess.run(command, check=True, capture_output=True, timeout=120, **more)


def certificate(folder, name):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName=DNS:{name}", "-keyout", f"{folder}/{name}.key",
        "-out", f"{folder}/{name}.pem")  # fmt: skip


@pytest.fixture
def server():
    """PostgreSQL on a port and a folder of its own, with a certificate for the name localhost."""
    if not (BIN / "initdb").exists() or shutil.which("openssl") is None:
        pytest.skip("no PostgreSQL programs or no openssl")
    folder = Path(tempfile.mkdtemp(prefix="tls-"))  # pytest's own folders are closed to other users
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in ("localhost", "another"):
        certificate(folder, name)
    if USER:
        folder.chmod(0o755)
        for place in (folder, *folder.iterdir()):
            shutil.chown(place, USER)
    control = (str(BIN / "pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log")
    files = f"-c ssl_cert_file={folder}/localhost.pem -c ssl_key_file={folder}/localhost.key"
    options = f"-p {port} -k {folder} -c ssl=on {files}"
    try:
        run(str(BIN / "initdb"), "-D", f"{folder}/data", "-U", "auditor", "-A", "trust", "-N", user=USER, cwd=folder)
        (folder / "data" / "pg_hba.conf").write_text("hostssl all all all trust\n")
        run(*control, "-o", options, "start", user=USER, cwd=folder)
        yield folder, port
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], user=USER, cwd=folder, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_the_documented_address_connects_encrypted_and_to_nobody_else(server):
    folder, port = server
    address = urlsplit(documented()[1]["AUDITOR_DATABASE_URL"])
    mode = parse_qs(address.query)
    assert mode["sslmode"] == ["verify-full"] and "sslrootcert" in mode
    where = f"postgresql://{address.username}@localhost:{port}/postgres?sslmode=verify-full"
    database = Database.open(f"{where}&sslrootcert={folder}/localhost.pem")
    with database.read() as connection:
        assert connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar_one()
    database.close()
    for wrong in (
        f"{where}&sslrootcert={folder}/another.pem",  # a server that somebody else vouches for
        f"{where.replace('@localhost', '@127.0.0.1')}&sslrootcert={folder}/localhost.pem",  # not its name
        f"{where.replace('verify-full', 'disable')}",  # in the clear: this server refuses
    ):
        with pytest.raises(UnavailableError, match="cannot be opened"):
            Database.open(wrong)
