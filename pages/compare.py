"""Compare: the effect of retraining on corrected labels, image by image, on the test set."""

from auditor.ui.screens.compare import page

TITLE, ICON, ORDER = "Compare", ":material/compare_arrows:", 70

page.show()
