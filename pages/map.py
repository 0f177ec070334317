"""Map: every image as a point; select some with a lasso to review, relabel, tag or export them."""

from auditor.ui.screens.map import page

TITLE, ICON, ORDER = "Map", ":material/scatter_plot:", 40

page.show()
