"""Compare: what a retrain on corrected labels changed, image by image on the test labels."""

from auditor.ui.screens.compare import page

TITLE, ICON, ORDER = "Compare", ":material/compare_arrows:", 70

page.show()
