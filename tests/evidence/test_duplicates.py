"""auditor/evidence/duplicates.py: exact, re-encoded, mirrored pictures, and faces that are only alike."""

import io

import numpy as np
from PIL import Image

from auditor.evidence import duplicates


def face(seed):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (9, 9, 3), dtype=np.uint8))
    return np.asarray(small.resize((48, 48), Image.Resampling.BICUBIC))


def jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "jpeg", quality=quality)
    return np.asarray(Image.open(buffer))


def test_each_kind_is_found_and_nothing_else():
    faces = [face(seed) for seed in range(40)]
    faces[10] = faces[0].copy()
    faces[11] = jpeg(faces[1], 40)
    faces[12] = faces[2][:, ::-1]
    faces[13] = (faces[3] * 0.7 + 20).astype(np.uint8)
    labels, split = np.zeros(40, int), np.zeros(40, int)
    labels[10], labels[11], split[12] = 1, -1, 2
    result = duplicates.find(np.stack(faces), labels, split)
    pairs = {(p.row, p.other): (p.kind, p.contradicting, p.across_splits) for p in result.pairs.itertuples()}
    assert pairs == {
        (0, 10): ("exact", True, False),
        (1, 11): ("near", False, False),
        (2, 12): ("mirrored", False, True),
        (3, 13): ("near", False, False),
    }
    assert result.group[0] == result.group[10] >= 0 and result.group[20] == -1
    assert duplicates.KINDS[result.kind[12]] == "mirrored"


def test_blank_images_are_no_duplicates_of_one_another():
    blank = np.full((3, 48, 48, 3), 128, np.uint8)
    assert not len(duplicates.find(blank, np.zeros(3, int), np.zeros(3, int)).pairs)


def test_averaging_keeps_the_mean_at_sizes_that_do_not_divide():
    weights = duplicates._averaging(50, 24)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
