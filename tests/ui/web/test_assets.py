"""Scripts and styles of the components, and nothing else."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from auditor.ui.web import assets


def test_assets_are_scripts_and_styles_of_the_components_alone():
    client = TestClient(Starlette(routes=assets.routes()))
    script = client.get(assets.asset_url("review/main.js"))
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    assert client.get("/auditor-ui/000000000000/review/main.js").headers["cache-control"] == "no-store"
    for path in ("review/__init__.py", "../routes.py", "%2e%2e/routes.py"):
        assert client.get(assets.asset_url(path)).status_code == 404
    assert "map/map.css" in assets.paths("map")
    assert not any(path.startswith("review/") for path in assets.paths("map"))
