"""Grey the buttons that the person's role does not allow, with the reason.

It is a courtesy: the acts check the role for themselves.
"""

from __future__ import annotations

from typing import Any

from auditor.ui.look.plain import plain
from auditor.ui.state import access


def greyed(act: str, *, disabled: bool = False, words: str | None = None) -> dict[str, Any]:
    """Return the arguments of a button for an act.

    Args:
        act: A key of `custody.access.ACTS`.
        disabled: Whether the button is greyed for another reason.
        words: Its help where the role allows the act.
    """
    sentence = access.why_not(act)
    return {"disabled": disabled or bool(sentence), "help": plain(sentence) if sentence else words}
