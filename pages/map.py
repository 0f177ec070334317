"""Map: every image as a point; draw round some to review, relabel, tag or export them."""

from auditor.ui.screens.map import page

TITLE, ICON, ORDER = "Map", ":material/scatter_plot:", 40

page.show()
