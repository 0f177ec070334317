"""Grey places where the faces will be: shown at once, while the server still looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

SHOWN = "page_shown"
"""Where the session keeps the name of the page on the screen (set by the shell)."""
CELLS = 18
STYLE = """<style>
  .auditor-skeleton { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 8px; }
  .auditor-skeleton i { aspect-ratio: .78; border-radius: 8px; background: color-mix(in srgb, currentColor 9%, #0000); }
  @media (prefers-reduced-motion: no-preference) {
    .auditor-skeleton { animation: auditor-breathe 1.2s ease-in-out infinite alternate; }
    @keyframes auditor-breathe { to { opacity: .5; } }
  }
</style>"""


def markup() -> str:
    """Return the grey places as HTML."""
    return f'{STYLE}<div class="auditor-skeleton" aria-hidden="true">{"<i></i>" * CELLS}</div>'


@contextmanager
def until_drawn(page: str) -> Iterator[None]:
    """Show grey places while the block draws a page for the first time after another one.

    On the page itself nothing is shown, and the place of the grey ones stays taken: the browser names a block by its
    place, and would draw all that follows anew where the place before it went away, with a key that is on its way.

    Args:
        page: The name of the page that is drawn.
    """
    place = st.empty()
    first = st.session_state.get(SHOWN) != page
    if first:
        place.html(markup())
    yield
    if first:
        place.empty()
