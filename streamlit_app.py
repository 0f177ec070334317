"""The app: `streamlit run streamlit_app.py`.

The script itself lies in auditor/ui, so that Streamlit does not discover pages/ by itself: a deep link would then skip
the shell until its navigation had run once.
"""

import streamlit as st

from auditor.config import Workspace
from auditor.ui import library
from auditor.ui.boundary import on_script_error
from auditor.ui.middleware import middleware
from auditor.ui.routes import routes

library.prepare(Workspace.default())
app = st.App("auditor/ui/shell.py", routes=routes(), middleware=middleware(), on_script_error=on_script_error)
