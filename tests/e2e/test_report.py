"""The report as Chromium prints it: auditor/exports/report.py, the style for paper."""

import re

import pytest

from auditor.cli import main

pytestmark = pytest.mark.e2e
A4_WIDTH = 658  # CSS pixels between margins of 18 mm


def test_a_report_fits_on_paper_and_becomes_a_pdf(page, gallery, tmp_path):
    file = tmp_path / "report.html"
    data = str(gallery.dataset.root)
    command = ["report", data, "--workspace", str(gallery.workspace), "--faces", "blurred", "--out", str(file)]
    assert main(command) == 0
    page.set_viewport_size({"width": A4_WIDTH, "height": 900})
    page.emulate_media(media="print")
    page.set_content(file.read_text(encoding="utf-8"))
    assert page.get_by_role("heading", name="Wrong labels").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH  # nothing is cut at the edge
    printed = page.pdf(format="A4", path=tmp_path / "report.pdf")
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", printed)) > 1
