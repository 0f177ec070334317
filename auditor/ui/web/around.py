"""What stands around Streamlit's page: the link past its navigation, and our words where the server is away."""

from __future__ import annotations

from auditor.ui.web import assets

STYLE = """<style>
  .auditor-skip, .auditor-away { position: fixed; z-index: 1000100; color: #fff; font: 14px/1.4 system-ui, sans-serif; }
  .auditor-skip { left: .5rem; top: -4rem; padding: .5rem .9rem; border-radius: .4rem; background: #1f6f8b; }
  .auditor-skip { text-decoration: none; font-weight: 600; }
  .auditor-skip:focus { top: .5rem; outline: 2px solid #fff; outline-offset: -4px; }
  .auditor-away { left: 50%; bottom: 1rem; transform: translateX(-50%); max-width: 46rem; padding: .6rem 1.1rem; }
  .auditor-away { border-radius: .5rem; background: #6b3f00; box-shadow: 0 4px 18px #0005; }
  .auditor-away[hidden] { display: none; }
</style>"""


def before_root() -> str:
    """Return the markup that stands before Streamlit's own: first in the order of Tab."""
    return (
        f'{STYLE}<a class="auditor-skip" href="#root">Skip to the content</a>'
        '<div class="auditor-away" role="status" hidden></div>'
        f'<script type="module" src="{assets.asset_url("around/index.js")}"></script>'
    )
