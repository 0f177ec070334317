"""The app: `streamlit run streamlit_app.py`.

The script itself is in auditor/ui, so that Streamlit does not discover pages/ by itself: a deep link would then skip
the shell until its navigation had run once.
"""

import streamlit as st

from auditor import locations
from auditor.config import Workspace
from auditor.custody import login, private, roots
from auditor.errors import ConfigError
from auditor.ui.look.boundary import on_script_error
from auditor.ui.shell import screens
from auditor.ui.state import access
from auditor.ui.web import frontpage, warmup
from auditor.ui.web.middleware import middleware
from auditor.ui.web.routes import routes
from auditor.ui.web.whole_runs import keep_whole_runs

private.begin()  # before anything is written
served_to = st.get_option("server.address")
try:
    login.check_served(access.configured(), served_to, list(st.get_option("server.allowedHosts") or []))
    roots.check_served(served_to, team=not access.configured().typed)
except ConfigError as error:
    raise SystemExit(f"error: {error}") from error
warmup.start(Workspace.default())
served = [*routes(), *frontpage.routes(tuple(screen.name for screen in screens()))]
script = locations.PACKAGE / "ui" / "shell.py"
keep_whole_runs()
app = st.App(script, routes=served, middleware=middleware(), on_script_error=on_script_error)
