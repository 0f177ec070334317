"""Faces for the screen: complete, square, and never a crash."""

import io

import numpy as np
from PIL import Image

from auditor.ui.web import thumbnails


def test_fit_keeps_the_shape_on_grey():
    wide = np.zeros((10, 40, 3), np.uint8)
    square = thumbnails.fit(wide, 64)
    assert square.shape == (64, 64, 3)
    assert (square[0] == 128).all() and (square[32] == 0).all()


def test_sprite_puts_faces_in_order_and_marks_what_cannot_be_read(dataset):
    (dataset.root / "Image" / "aligned" / "train_00002_aligned.jpg").write_bytes(b"no picture")
    sheet = thumbnails.sprite(dataset, [3, 1, *range(7)], 48)
    assert sheet.shape == (2 * 48, thumbnails.SPRITE_COLUMNS * 48, 3)
    assert abs(int(sheet[24, 24, 0]) - 90) < 4
    assert (sheet[:48, 48:96] == thumbnails.unreadable(48)).all()


def test_jpeg_is_one(dataset):
    picture = Image.open(io.BytesIO(thumbnails.jpeg(thumbnails.face(dataset, 0, 64))))
    assert (picture.format, picture.size) == ("JPEG", (64, 64))


def test_a_face_that_was_deleted_or_moved_to_another_row_is_not_served_from_memory(dataset):
    shown = [thumbnails.face(dataset, row, 48) for row in range(6)]
    assert not (shown[1] == shown[2]).all()
    (dataset.root / dataset.paths[1]).unlink()
    assert (thumbnails.face(dataset, 1, 48) == thumbnails.unreadable(48)).all()
    fewer = dataset.select(np.array([2, 3]))  # as when a line is taken out of the label file: rows shift, the key stays
    assert fewer.key == dataset.key
    assert (thumbnails.face(fewer, 0, 48) == shown[2]).all()
