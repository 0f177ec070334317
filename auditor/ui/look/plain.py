"""Escape names typed by people, because Streamlit reads nearly every text that it shows as Markdown.

Names of annotators, classes, files and data sets, tags, notes and errors that quote them go through `plain` before they
reach `st.markdown`, `write`, `caption`, `toast`, `pills`, labels of buttons or messages. Tables, selectboxes,
multiselects and plotly (charts.literal) have their own rules and get the names unescaped.
"""

from __future__ import annotations

import re

JOINER = "\u2060"
"""A character without width: put inside an address, an icon or an emoji code, it keeps Streamlit from seeing one."""

_SIGNS = re.compile(r"[\\`*_\[\]<>#$~&|]|^[-+](?=\s|$)")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
# These are looked for in the finished text, where no backslash is left: ':smile:', addresses, arrows.
_LATER = re.compile(r"(:)(?=[\w+\-/])|([wW])(?=\.)|(@)|([-<>~])(?=[-=>])")


def plain(text: object) -> str:
    """Escape a text so that Streamlit shows it letter by letter.

    Args:
        text: Text from a person. Line ends and runs of spaces become one space, so that no line of it begins a list,
            a heading or a block of code.
    """
    one_line = " ".join(str(text).split())
    apart = _LATER.sub(lambda match: f"{match.group(0)}{JOINER}", one_line)
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", apart))
