import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from auditor.data.images.imagefile import decode_bytes, encode_png, read_file
from auditor.errors import ImageError

RAMP = np.dstack([np.tile(np.arange(0, 240, 6, dtype=np.uint8), (30, 1))] * 3)


def encoded(image, kind="PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_kind_of_file(kind, mode):
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    pixels, remark = decode_bytes(encoded(Image.fromarray(RAMP).convert(mode), kind, **options), "x")
    assert (pixels.shape, pixels.dtype, remark) == ((30, 40, 3), np.uint8, "")
    assert np.abs(pixels.astype(int) - RAMP).max() <= 8


def test_cmyk_16_bit_floats_palette_and_transparency():
    cmyk, _ = decode_bytes(encoded(Image.fromarray(RAMP).convert("CMYK"), "JPEG", quality=95), "x")
    assert np.abs(cmyk.astype(int) - RAMP).mean() < 8
    deep, _ = decode_bytes(encoded(Image.fromarray(RAMP[:, :, 0].astype(np.uint16) * 257)), "x")
    assert (deep == RAMP).all()
    real, _ = decode_bytes(encoded(Image.fromarray((RAMP[:, :, 0] / 255).astype(np.float32)), "TIFF"), "x")
    assert (real == RAMP).all()
    palette, _ = decode_bytes(encoded(Image.fromarray(RAMP).convert("P")), "x")
    assert palette.shape == (30, 40, 3)
    clear, _ = decode_bytes(encoded(Image.new("RGBA", (4, 4), (10, 20, 30, 0))), "x")
    assert (clear == 255).all()


def test_deep_images_are_scaled_by_the_range_that_they_use():
    grey = RAMP[:, :, 0]
    for data, kind in (
        (grey.astype(np.int32), "TIFF"),
        (grey.astype(np.float32), "TIFF"),
        (grey.astype(np.uint16), "PNG"),
    ):
        pixels, remark = decode_bytes(encoded(Image.fromarray(data), kind), "x")
        assert (pixels == RAMP).all()
        assert remark == "x is scaled from 0 to 255"
    twelve, remark = decode_bytes(encoded(Image.fromarray(grey.astype(np.uint16) * 16)), "x")
    assert np.abs(twelve.astype(int) - RAMP).max() <= 1
    assert remark == "x is scaled from 0 to 4095"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_once(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(RAMP)
    pixels, _ = decode_bytes(encoded(image, "TIFF", exif=exif), "x")
    same, _ = decode_bytes(encoded(image, "PNG", exif=exif), "x")
    assert (pixels == same).all()
    assert pixels.shape == ((30, 40, 3) if orientation < 5 else (40, 30, 3))


@pytest.mark.parametrize("kind", ["PPM", "JPEG2000", "AVIF"])
def test_further_kinds_of_file(kind):
    pixels, remark = decode_bytes(encoded(Image.fromarray(RAMP), kind), "x")
    assert (pixels.shape, remark) == ((30, 40, 3), "")
    assert np.abs(pixels.astype(int) - RAMP).mean() < 8


def test_faces_are_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: to be shown turned by 90 degrees clockwise
    pixels, _ = decode_bytes(encoded(Image.fromarray(RAMP), "JPEG", exif=exif, quality=95), "x")
    assert pixels.shape == (40, 30, 3)
    assert pixels[0].mean() < 20 < pixels[-1].mean()


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    pixels, remark = decode_bytes(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "x.gif")
    assert pixels[0, 0].tolist() == [255, 0, 0]
    assert remark == "x.gif has 2 frames: only the first is used"


def test_resizing_shrinks_large_jpegs_to_what_the_whole_would_give():
    large = Image.fromarray(RAMP).resize((800, 800), Image.Resampling.BICUBIC)
    quick, _ = decode_bytes(encoded(large, "JPEG", quality=95), "x", 48)
    whole = np.asarray(large.resize((48, 48), Image.Resampling.BILINEAR))
    assert quick.shape == (48, 48, 3)
    assert np.abs(quick.astype(int) - whole).mean() < 2


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bomb(60_000, 60_000), "claims 60,000 × 60,000 pixels"),
        (bomb(500, 3000)[:-900], "damaged"),
        (encoded(Image.fromarray(RAMP), "JPEG")[:400], "damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a kind that is read"),
        (b"<svg/>", "not an image"),
    ],
)
def test_what_cannot_be_decoded_says_why(data, message):
    with pytest.raises(ImageError, match=message):
        decode_bytes(data, "x")


def test_files_that_are_not_read(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "out.jpg").symlink_to(tmp_path / "secret")
    (root / "empty.jpg").write_bytes(b"")
    os.mkfifo(root / "pipe.jpg")
    (root / "loop.jpg").symlink_to(root / "loop.jpg")
    with (root / "huge.jpg").open("wb") as file:
        file.truncate(2**40)
    cases = {
        "out.jpg": "leads out",
        "../secret": "leads out",
        "empty.jpg": "empty",
        "pipe.jpg": "not a regular file",
        "absent.jpg": "cannot be read",
        "huge.jpg": "bytes, more",
        "loop.jpg": "cannot be read",
        ".": "not a regular file",
        "a\0b": "cannot be read",
    }
    for name, message in cases.items():
        with pytest.raises(ImageError, match=message):
            read_file(root, name)


def test_arrays_become_files():
    assert (decode_bytes(encode_png(RAMP), "x")[0] == RAMP).all()
    assert (decode_bytes(encode_png(RAMP[:, :, 0]), "x")[0] == RAMP).all()
