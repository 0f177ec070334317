"""Serve the components' scripts and styles, and build their addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auditor.ui.state.base_address import base

COMPONENTS = Path(__file__).resolve().parents[1] / "components"
TYPES = {".js": "text/javascript", ".css": "text/css"}


def asset_url(path: str) -> str:
    """Return the address of a component's script or style, 'review/main.js'; it changes when any of them changes."""
    return f"{base()}/auditor-ui/{_stamp()}/{path}"


@cache
def component(name: str, script: str, html: str | None = None, css: str | None = None) -> Callable[..., Any]:
    """Declare a components-v2 component whose script is fetched once, by its address.

    Streamlit sends a component's script with every change of its data; a loader of two lines keeps these messages
    small.

    Args:
        name: The component's name.
        script: The path of its script, such as 'map/index.js'; its default export mounts it.
        html: Its initial HTML.
        css: The text of a style that is needed before the script has loaded.
    """
    loader = f"""
const address = new URL({asset_url(script)!r}, location.origin).href
export default async (component) => (await import(address)).default(component)
"""
    mount: Callable[..., Any] = st.components.v2.component(name, html=html, css=css, js=loader)
    return mount


def text(path: str) -> str:
    """Return the text of a component's file, such as 'map/map.html'."""
    return (COMPONENTS / path).read_text(encoding="utf-8")


def paths(folder: str) -> list[str]:
    """Return the path of every script and style of a component."""
    return [path for path in _files() if path.startswith(f"{folder}/")]


def routes() -> list[BaseRoute]:
    """Return the one route to the scripts and styles."""
    return [Route(base() + "/auditor-ui/{stamp}/{path:path}", _answer, methods=["GET"])]


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return every script and style of the components by path: nothing else can be fetched."""
    return {
        file.relative_to(COMPONENTS).as_posix(): (file.read_bytes(), TYPES[file.suffix])
        for file in sorted(COMPONENTS.rglob("*"))
        if file.suffix in TYPES
    }


@cache
def _stamp() -> str:
    digest = hashlib.sha256()
    for path, (content, _) in _files().items():
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


async def _answer(request: Request) -> Response:
    asset = _files().get(request.path_params["path"])
    if asset is None:
        return PlainTextResponse("Not found.", status_code=404)
    current = request.path_params["stamp"] == _stamp()
    headers = {"cache-control": "public, max-age=31536000, immutable" if current else "no-store"}
    return Response(asset[0], media_type=asset[1], headers=headers)
