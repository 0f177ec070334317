"""Acts are refused by role, where they are done. Mirrors auditor/ui/state: access.py, acts.py, decide.py."""

import ast

import pytest

from auditor.config import RunConfig
from auditor.custody import login
from auditor.custody.access import Person
from auditor.errors import ForbiddenError, UnidentifiedError
from auditor.exports.preview import preview
from auditor.store.operations import FINAL
from auditor.store.undoing import Pass
from auditor.ui.state import access, acts, decide
from tests.conftest import REPOSITORY

LEAD, ANNOTATOR, VIEWER = Person("lea", "lead"), Person("ada", "annotator"), Person("vic", "viewer")


@pytest.fixture(autouse=True)
def no_real_process(monkeypatch):
    """A refusal that came too late would begin a training."""
    monkeypatch.setattr(acts.manager, "_spawn", lambda *_: None)


def on_row(store, dataset, person, action="keep", **more):
    with access.requesting(person):
        return decide.on_rows(store, dataset, [0], action, annotator=person.name, **more)


def turn(how, store, dataset, op_id, person):
    with access.requesting(person):
        how(store, dataset, op_id, annotator=person.name)


def test_a_viewer_decides_nothing(dataset, store):
    with pytest.raises(ForbiddenError, match="vic is viewer"):
        on_row(store, dataset, VIEWER)
    with access.requesting(VIEWER), pytest.raises(ForbiddenError, match="vic is viewer"):
        decide.on_rows_as_seen(store, dataset, [0], "keep", annotator="vic", seen=0)
    assert not store.decisions.state(dataset.key).records


def test_only_leads_decide_finally(dataset, store):
    with pytest.raises(ForbiddenError, match="make a decision final"):
        on_row(store, dataset, ANNOTATOR, mode=FINAL)
    on_row(store, dataset, LEAD, mode=FINAL)


def test_one_undoes_one_s_own_and_a_lead_anybody_s(dataset, store):
    mine, others = on_row(store, dataset, ANNOTATOR), on_row(store, dataset, LEAD)
    turn(decide.undo, store, dataset, mine, ANNOTATOR)
    turn(decide.redo, store, dataset, mine, ANNOTATOR)
    with pytest.raises(ForbiddenError, match="what others decided"):
        turn(decide.undo, store, dataset, others, ANNOTATOR)
    turn(decide.undo, store, dataset, mine, LEAD)
    with pytest.raises(ForbiddenError, match="what others decided"):  # a lead has judged it
        turn(decide.redo, store, dataset, mine, ANNOTATOR)


def test_a_pass_with_one_decision_of_somebody_else_is_refused_whole(dataset, store):
    on_row(store, dataset, ANNOTATOR), on_row(store, dataset, LEAD)
    records = tuple(store.decisions.state(dataset.key).records.values())
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError):
        decide.run_pass(store, dataset, Pass("undo", records), annotator="ada")
    assert all(record.active for record in store.decisions.state(dataset.key).records.values())


def test_only_leads_start_runs_and_the_run_records_who(dataset, store, workspace):
    config = RunConfig(dataset=dataset.reference, methods=("man",))
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError, match="start, stop or resume"):
        acts.start_run(workspace, config, store=store)
    assert not store.runs.list()
    with access.requesting(LEAD):
        run_id = acts.start_run(workspace, config, store=store)
    assert store.runs.get(run_id).started_by == "lea"
    for act in (acts.cancel_run, acts.resume_run):
        with access.requesting(VIEWER), pytest.raises(ForbiddenError):
            act(workspace, run_id, store)


@pytest.mark.parametrize(
    ("act", "more"),
    [("delete_run", ("r1",)), ("delete_version", ("k", "v0001"))],
)
def test_only_leads_delete(store, workspace, act, more):
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError):
        getattr(acts, act)(workspace, store, *more)


@pytest.mark.parametrize("act", ["use_evidence", "keep_evidence", "rename", "open_data", "align", "train_demo"])
def test_only_leads_choose_for_everybody(dataset, store, workspace, act):
    what = {"use_evidence": ("k", "v1"), "keep_evidence": ("k",), "rename": ("k", "v1", "new"), "open_data": (dataset,)}
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError):
        getattr(acts, act)(workspace, *what.get(act, (dataset, store)))


def test_only_leads_export_and_the_export_records_who(dataset, store, workspace):
    out = workspace.path / "exports" / "names.txt"
    what = (dataset, preview(dataset, store.decisions.state(dataset.key)), out, "excluded")
    leave = catalogue_leave(workspace)
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError, match="to export"):
        acts.export(leave, *what)
    assert not out.exists()
    with access.requesting(LEAD):
        acts.export(catalogue_leave(workspace), *what)
    assert '"by": "lea"' in (workspace.path / "written.jsonl").read_text()


def catalogue_leave(workspace):
    from auditor.exports import places

    workspace.make()
    return places.writing(workspace, below=(workspace.path / "exports",))


def test_a_download_checks_the_role_again_when_it_is_fetched(dataset, store, monkeypatch):
    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", "10.0.0.5")
    store.roles.give("lea", "lead", by="operator")
    access.forget_roles()
    with access.requesting(LEAD):
        work = access.guarded("export", lambda: b"names")
    assert work() == b"names"
    store.roles.give("lea", "viewer", by="operator", keep_a_lead=False)
    access.forget_roles()
    with pytest.raises(ForbiddenError):
        work()


def test_roles_come_from_the_operator_then_the_login_then_the_table(store):
    access.forget_roles()
    store.roles.give("ada", "annotator", by="lea", keep_a_lead=False)
    groups = {"viewer": "viewer", "staff": "lead"}
    table = login.Login(login.HEADER, "x", leads=frozenset(["lea"]), groups=groups)
    claimed = login.Login(login.HEADER, "x", "groups", leads=frozenset(["lea"]), groups=groups)
    assert [access.with_role(table, name, ["staff"]).role for name in ("lea", "ada", "eve")] == [
        "lead", "annotator", "none",
    ]  # fmt: skip
    assert access.with_role(claimed, "ada", ["viewer"]).role == "viewer"
    assert access.with_role(claimed, "ada", []).role == "none"  # the table does not count beside the login
    assert access.with_role(claimed, "lea", []).role == "lead"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"is_logged_in": True, "email": "ada@x.org"}, "ada@x.org"),
        ({"is_logged_in": True, "email": "ada@x.org", "email_verified": False}, None),
        ({"is_logged_in": False, "email": "ada@x.org"}, None),
        ({"email": "ada@x.org"}, None),
        ({"is_logged_in": True, "email": ""}, None),
        ({"is_logged_in": True, "email": ["ada@x.org"]}, None),
    ],
)
def test_the_claims_of_a_login_name_somebody_or_nobody(claims, name):
    found = access.from_claims(login.Login(login.OIDC, "email", "groups"), {**claims, "groups": ["a", "b"]})
    assert found == (None if name is None else (name, ["a", "b"]))


def test_only_leads_give_roles(store, monkeypatch):
    with access.requesting(ANNOTATOR), pytest.raises(ForbiddenError, match="give roles"):
        acts.give_role(store, "ada", "lead")
    with access.requesting(LEAD):
        acts.give_role(store, "lea", "lead")
    assert store.roles.role("lea") == "lead" and store.roles.role("ada") == "none"


def test_where_the_middleware_does_not_run_nobody_is_believed(monkeypatch):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("AUDITOR_IDENTITY_HEADER", "X-Remote-User")
    monkeypatch.setenv("AUDITOR_TRUSTED_PROXIES", "127.0.0.1")
    with pytest.raises(UnidentifiedError):
        access.person()
    shown = AppTest.from_file(str(REPOSITORY / "auditor" / "ui" / "shell.py")).run(timeout=60)
    assert "does not name you" in shown.error[0].value and not shown.sidebar.text_input


GUARDED = {
    "manager": {"start", "create", "resume", "reopen", "cancel"},
    "demo": {"train"},
    "alignment": {"start"},
    "removal": {"delete_run", "delete_version"},
    "choice": {"use", "keep", "rename", "delete"},
    "catalogue": {"export"},
    "library": {"add"},
    "roles": {"give"},
    "decisions": {"append", "append_all", "append_each", "append_unless_newer"},
    "versions": {"delete"},
}
ALLOWED = {
    ("state/acts.py", "*"), ("state/decide.py", "decisions"),
    # These call decide.check_mode themselves.
    ("screens/review/inbox.py", "decisions"), ("screens/review/bulk.py", "decisions"),
    ("screens/overview/promises.py", "decisions"),
}  # fmt: skip


def test_no_page_goes_around_the_checks():
    """What changes something is called in state/acts.py and state/decide.py alone; a download is `guarded`."""
    around = []
    for path in (*(REPOSITORY / "auditor" / "ui").rglob("*.py"), *(REPOSITORY / "pages").glob("*.py")):
        place = str(path.relative_to(REPOSITORY)).removeprefix("auditor/ui/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if node.func.attr in GUARDED.get(name, ()) and not {(place, "*"), (place, name)} & ALLOWED:
                around.append(f"{place}:{node.lineno} {name}.{node.func.attr}")
    # The Export page's download makes its file in `content`, which it hands to trace.downloading, and that is guarded.
    assert [each.split(":")[0] for each in around] in ([], ["screens/export.py"])
    assert "trace.downloading(" in (REPOSITORY / "auditor/ui/screens/export.py").read_text(encoding="utf-8")
    assert 'access.guarded("export", noted)' in (REPOSITORY / "auditor/ui/state/trace.py").read_text(encoding="utf-8")
