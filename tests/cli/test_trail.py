"""trail.py: both tables in one list."""

import json

from auditor.cli import main
from auditor.config import Workspace
from auditor.store.store import Store


def test_what_was_done_and_who_looked_are_printed_newest_first(tmp_path, capsys):
    with Store.opened(Workspace(tmp_path / "w")) as store:
        store.trail.add("ada", "login", detail="lead, by the proxy's header x-user")
        store.glances.note("k", "ada", "review", 3600.0)
        store.trail.add("ben", "download", "k", "table")
    assert main(["trail", "--workspace", str(tmp_path / "w")]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[1:4] for line in lines] == [["ben", "download", "k"], ["ada", "login", "-"], ["ada", "looked", "k"]]
    assert main(["trail", "--workspace", str(tmp_path / "w"), "--who", "ada", "--since", "today", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [event["what"] for event in facts["events"]] == ["login"]
    assert facts["looks"] == []
