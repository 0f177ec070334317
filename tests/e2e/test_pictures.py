"""Pictures of every screen in light and dark, taken of the app on the trained demo: `make pictures`."""

import os
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.conftest import REPOSITORY, Server

pytestmark = [pytest.mark.e2e, pytest.mark.webgl]
SMALLEST, LARGEST = 5_000, 250_000  # bytes
PICTURES = REPOSITORY / "docs" / "pictures"
SHOWN = {
    "data": "text=Problems",
    "overview": ".js-plotly-plot .barlayer path",
    "review": ".cell.focus",
    "map": "canvas",
    "methods": ".js-plotly-plot",
    "runs": ".js-plotly-plot",
    "compare": "h1",
    "export": "h1",
    "history": "h1",
}
SCHEMES = {"light": "", "dark": "-dark"}


@pytest.fixture
def demo_server():
    workspace = os.environ.get("AUDITOR_PICTURES")
    if not workspace:
        pytest.skip("no pictures are taken (make pictures sets AUDITOR_PICTURES to a workspace with the trained demo)")
    running = Server(Path(workspace).absolute()).start()
    yield running
    running.stop()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_take_the_pictures(page, demo_server, scheme):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.emulate_media(color_scheme=scheme)
    for name, sign in SHOWN.items():
        page.goto(f"{demo_server.url}/{name}")
        page.locator(sign).first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(3000)  # plotly and the sprites settle
        file = PICTURES / f"{name}{SCHEMES[scheme]}.png"
        page.screenshot(path=file)
        # 256 colours do for a page of a guide, and the repository keeps every picture for ever.
        few = Image.open(file).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, optimize=True)
        assert SMALLEST < file.stat().st_size < LARGEST
