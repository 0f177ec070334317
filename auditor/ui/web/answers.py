"""What a route answers beside what was asked for: every failure is one sentence and the status that it deserves."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from auditor.errors import AuditorError, UnavailableError

LOGGER = logging.getLogger("auditor.ui")
FAULT = "The server failed at this address; reload the page; the server's log has the details."
EXPIRED = "This address has expired; reload the page."
CHANGED = "The data set was edited after this page was drawn; reload the page to see it as it is now."
GONE = "This image is not in the data set any more; reload the page."
NOTHING = "Nothing here."


async def from_thread(work: Callable[[], Response]) -> Response:
    """Answer from a thread; an error becomes a sentence.

    Args:
        work: What answers.
    """

    def safe() -> Response:
        try:
            return work()
        except UnavailableError as error:
            return PlainTextResponse(str(error), status_code=503)
        except AuditorError as error:
            return PlainTextResponse(str(error), status_code=404)
        except Exception as error:  # noqa: BLE001 - whatever failed, the browser gets a sentence, and the log the place
            log(error)
            return PlainTextResponse(FAULT, status_code=500)

    return await run_in_threadpool(safe)


def log(error: Exception) -> None:
    """Log where an error happened, without values: no face or name leaks into the log."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " <- ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-12:]))
    LOGGER.error("%s: %s", type(error).__name__, places)


def json_of(values: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """Facts as JSON in ASCII alone: a file name may hold bytes that are no text, which UTF-8 cannot carry."""
    return Response(json.dumps(values, allow_nan=False), media_type="application/json", headers=dict(headers))


def expired() -> Response:
    """The token is not valid, or not any more."""
    return PlainTextResponse(EXPIRED, status_code=403)


def nothing() -> Response:
    """There never was such an address."""
    return PlainTextResponse(NOTHING, status_code=404)


def changed() -> Response:
    """The page was drawn from another edition of the data set, whose numbers mean other faces or classes."""
    return PlainTextResponse(CHANGED, status_code=410)


def gone() -> Response:
    """The data set has no such image, or has it no more."""
    return PlainTextResponse(GONE, status_code=410)
