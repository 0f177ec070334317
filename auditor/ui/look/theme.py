"""Styles that Streamlit's own theme cannot express: smaller gaps, no toolbar, a visible focus."""

import streamlit as st

STYLE = """
<style>
  /* Faces are the content: no deploy button, menu, running man or footer around them. */
  [data-testid="stToolbar"], [data-testid="stDecoration"], [data-testid="stStatusWidget"],
  [data-testid="stAppDeployButton"], [data-testid="stHeaderActionElements"], footer { display: none !important; }
  [data-testid="stHeader"] { background: transparent; height: 2.25rem; min-height: 0; pointer-events: none; }
  [data-testid="stHeader"] button { pointer-events: auto; }
  [data-testid="stMainBlockContainer"] { padding: 1.1rem 1.75rem 1rem; max-width: none; }
  [data-testid="stSidebarUserContent"] { padding: 0 .85rem 1rem; }
  [data-testid="stSidebarContent"] { padding: 0; }
  [data-testid="stSidebar"] hr { margin: .35rem 0; }
  [data-testid="stSidebarHeader"] { height: 2rem; padding: .25rem .5rem 0; margin: 0; min-height: 0; }
  [data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: .55rem; }
  [data-testid="stSidebar"] [data-testid="stPageLink"] a { padding: .22rem .5rem; border-radius: .35rem; }
  [data-testid="stElementContainer"]:has(> [data-testid="stMarkdown"] style) { display: none; }
  /* What is stale stays readable: a rerun must not flash. */
  [data-stale="true"] { opacity: 1 !important; transition: none !important; }
  /* Streamlit's own captions miss the contrast of 4.5 to 1. */
  [data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit !important; }
  [data-testid="stCaptionContainer"] { opacity: .78; }
  /* 'Press Enter to submit form' covers what was typed. */
  [data-testid="InputInstructions"] { display: none; }
  :focus-visible { outline: 2px solid var(--st-primary-color, #1F6F8B); outline-offset: 2px; }
  /* A pane that scrolls can be focused; a ring round the whole page says nothing. */
  [data-testid="stMain"]:focus-visible, [data-testid="stAppViewContainer"]:focus-visible { outline: none; }
  /* The accent as small text misses that contrast in the dark. */
  [data-testid="stButtonGroup"] [aria-checked="true"] p, [data-testid$="Active"] p {
    color: light-dark(#1a5b72, #7cc3dc) !important;
  }
  @media (max-width: 1100px) {
    .st-key-overview-charts > * > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: 100%; }
    .st-key-overview-charts > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: 100%; }
  }
  h1 { padding: 0 0 .25rem !important; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
</style>
"""


def apply() -> None:
    """Add the styles to the page; call it first in every run of the script."""
    st.html(STYLE)
