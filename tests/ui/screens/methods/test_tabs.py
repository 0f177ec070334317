"""auditor/ui/screens/methods/tabs and their parts: comparison.py, eighths.py, tabs/_general.py."""

import numpy as np

from auditor.ui.screens.methods.tabs import noisyfer


def test_decoded_faces_stand_side_by_side_with_the_given_one_outlined():
    faces = np.zeros((2, 4, 24, 24, 3), np.uint8)
    faces[1, 0] = 9
    sheet = noisyfer._sheet(faces, np.array([2, -1]))
    assert sheet.shape == (48, 96, 3)
    assert sheet[0, 72:].any() and not sheet[0, :72].any()
    assert (sheet[24:, :24] == 9).all()
