"""The state of a session, as every page needs it: workspace, store, data set, evidence, annotator, links.

The address (query parameters) names the data set and the evidence; where it does not, the session uses those that it
used last, else the data set opened last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.custody.account import local_user
from auditor.data.dataset import Dataset
from auditor.evidence import choice, versions
from auditor.evidence.alignment import aligned
from auditor.store.store import Store
from auditor.ui.state import access, blindness, library
from auditor.ui.state.base_address import base

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion
    from auditor.store.selections import SavedSelection

COOKIE = "auditor_annotator"
LAST_VIEW = "review_view"
"""The key under which the session keeps Review's last view, as query parameters."""


def workspace() -> Workspace:
    """Return the one folder that the app writes to."""
    return Workspace.default()


def store() -> Store:
    """Return the database of this workspace, shared by all sessions.

    Raises:
        StoreError: The database cannot be reached.
    """
    return library.store(workspace())


def dataset() -> Dataset | None:
    """Return the data set of this view: the address's `ds`, else the session's, else the one opened last, else None.

    Raises:
        DataError: The data set can no longer be read.
    """
    key = dataset_key()
    return library.find(workspace(), key) if key else None


def dataset_key() -> str | None:
    """Return the key of `dataset()`, without opening it."""
    key = st.query_params.get("ds") or st.session_state.get("ds")
    if key is None or not library.knows(workspace(), key):
        records = store().datasets.list()
        key = records[0].key if records else None
    if key is not None:
        st.session_state["ds"] = key
    return key


def address_is_strange() -> bool:
    """Return whether the address names a data set that this workspace does not have (a link from elsewhere, a typo)."""
    requested = st.query_params.get("ds")
    return bool(requested) and not library.knows(workspace(), str(requested))


def choose(key: str) -> None:
    """Open a data set in this session and in the address; the filters of the previous one are cleared.

    The audit trail records it, but not where a link opens it.
    """
    store().trail.add(annotator(), "opening", key)
    st.session_state["ds"] = key
    if blindness.is_blind((workspace().path, annotator(), key)):
        st.session_state[LAST_VIEW] = {"blind": "1"}
    st.query_params.from_dict({"ds": key, **({"blind": "1"} if blind() else {})})


def evidence() -> EvidenceVersion | None:
    """Return the evidence of this view, aligned with its data set; None before any method was trained.

    Raises:
        DataError: The data set can no longer be read.
        EvidenceError: The evidence cannot be read.
    """
    version = _version()
    current = None if version is None else dataset()
    return None if version is None or current is None else aligned(version, current)


def evidence_name() -> str | None:
    """Return the name of the evidence of this view, such as 'v0003', without opening the data set."""
    version = _version()
    return None if version is None else version.name


def _version() -> EvidenceVersion | None:
    """Return the evidence of this view as it is on the disk: the address's `ev`, else the session's first one.

    A run that ends meanwhile does not change the queue while somebody works on it: the sidebar offers the evidence in
    use instead (`other_evidence`). None before any method was trained.
    """
    key = dataset_key()
    if key is None:
        return None
    pinned: dict[str, str] = st.session_state.setdefault("evidence", {})
    version = library.version(workspace(), key, st.query_params.get("ev") or pinned.get(key))
    if version is not None:
        pinned.setdefault(key, version.name)
    return version


def other_evidence() -> tuple[str, bool] | None:
    """Return the evidence in use where this session shows another version, and whether it is newer; else None."""
    key, version = dataset_key(), _version()
    used = choice.in_use(workspace(), key) if key else None
    if used is None or version is None or used.name == version.name:
        return None
    return used.name, used.number > version.number


def evidence_is_strange() -> str | None:
    """Return the version that the address names where it does not exist (deleted, or a typo); else None."""
    requested, key = str(st.query_params.get("ev") or ""), dataset_key()
    return requested if requested and key and versions.get(workspace(), key, requested) is None else None


def show_evidence_in_use() -> None:
    """Switch to the evidence in use, from the next run of the script on."""
    st.session_state.get("evidence", {}).pop(dataset_key(), None)
    if "ev" in st.query_params:
        del st.query_params["ev"]


def annotator() -> str:
    """Return the annotator: who logged in; for the single user of this computer, the name typed in the sidebar.

    A typed name is kept in a cookie; before one was typed, it is AUDITOR_ANNOTATOR or the account's user.

    Raises:
        UnidentifiedError: People log in here, and the login names nobody.
    """
    login = access.name()
    if login is not None:
        return login
    name = st.session_state.get("annotator")
    if name is None:
        name = unquote(st.context.cookies.get(COOKIE, "")).strip() or local_user()
        st.session_state["annotator"] = name
    return str(name)


def call_annotator(name: str) -> None:
    """Set the annotator's name, in this tab only; without effect where people log in."""
    st.session_state["annotator"] = name.strip()


def blind() -> bool:
    """Whether Review hides the labels in this tab: then no other page may show those of single faces.

    Review's last view says it. After a reload, and in another tab, which begin a new session, the address does, and
    so does another tab in which the same person reviews this data set blind: an old address shows no labels then.
    """
    view = st.session_state.get(LAST_VIEW)
    if view is not None:
        return _hides(view)
    return _hides(st.query_params) or ((place := _place()) is not None and blindness.is_blind(place))


def show_view(view: dict[str, str]) -> None:
    """Keep Review's view as query parameters, and record where the person began or ended blind review with it."""
    place = _place()
    st.session_state[LAST_VIEW] = view
    recorded: set[blindness.Place] = st.session_state.setdefault("blind_here", set())
    if place is None or _hides(view) == (place in recorded):  # only a change counts: another tab may have ended it
        return
    if _hides(view):
        recorded.add(place)
        blindness.begin(place)
    else:
        recorded.discard(place)
        blindness.end(place)


def _hides(view: Mapping[str, str]) -> bool:
    return str(view.get("blind") or "0") != "0"


def _place() -> blindness.Place | None:
    key = dataset_key()
    return None if key is None else (workspace().path, annotator(), key)


def leave_blind() -> None:
    """End blind review: Review's next view is the last one, with the labels."""
    st.session_state[LAST_VIEW] = {k: v for k, v in st.session_state.get(LAST_VIEW, {}).items() if k == "per"}
    if (place := _place()) is not None:
        st.session_state.get("blind_here", set()).discard(place)
        blindness.end(place)
    blind_in_address()


def blind_in_address(*, review: bool = False) -> None:
    """Let the address of a page say whether the tab is blind, so that a reload leaves it so.

    Args:
        review: Whether it is Review's, which the browser writes: only where no view of this tab was shown yet, an
            address becomes blind.
    """
    if review and LAST_VIEW in st.session_state:
        return
    if blind():
        st.query_params["blind"] = "1"
    elif "blind" in st.query_params and not review:
        del st.query_params["blind"]


def forget_view() -> None:
    """Forget Review's view, for another data set is shown; what was hidden stays hidden."""
    st.session_state[LAST_VIEW] = {"blind": "1"} if blind() else {}


def link(page: str, /, **filters: Any) -> str:
    """Return the address of a page with this data set and some filters: `link('review', given='fear', sel=token)`."""
    return f"{base()}/{page}?{urlencode(parameters(**filters))}"


def parameters(**filters: Any) -> dict[str, str]:
    """The query parameters of a view of this data set, blind where the tab is; None and empty values are left out."""
    hidden = 1 if blind() else None
    query = {"ds": dataset_key(), "ev": st.query_params.get("ev"), "blind": hidden, **filters}
    return {name: str(value) for name, value in query.items() if value is not None and value != ""}


def open_page(page: str, /, **filters: Any) -> None:
    """Go to a page within this session (no reload), with filters in the address. This does not return."""
    pages = st.session_state["pages"]
    st.switch_page(pages[page], query_params=parameters(**filters))


def save_selection(rows: Sequence[int] | NDArray[np.integer[Any]], label: str) -> str:
    """Save a list of data set rows under a label; its token goes into a link to Review as `sel`."""
    current = dataset()
    if current is None:
        raise ValueError("a selection needs an open data set")
    return store().selections.save(current, rows, label)


def selection(token: str | None) -> SavedSelection | None:
    """Return the list saved under a token, in the rows of this data set; None where there is none."""
    current = dataset() if token else None
    return None if current is None else store().selections.find(str(token), current)
