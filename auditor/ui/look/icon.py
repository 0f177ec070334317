"""The icon in the browser's tab, drawn here because Streamlit would fetch a named icon from another site."""

from functools import cache

from PIL import Image, ImageDraw


@cache
def page_icon() -> Image.Image:
    """Draw a label with a tick, 64 x 64 pixels, RGBA."""
    icon = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(icon)
    draw.rounded_rectangle((16, 16, 240, 240), radius=56, fill="#1F6F8B")
    draw.line([(72, 134), (112, 176), (186, 88)], fill="white", width=28, joint="curve")
    for x, y in ((72, 134), (186, 88)):
        draw.ellipse((x - 14, y - 14, x + 14, y + 14), fill="white")
    return icon.resize((64, 64), Image.Resampling.LANCZOS)
