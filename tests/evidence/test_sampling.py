"""auditor/evidence/sampling.py: blind samples, and the estimate for the remaining images."""

import numpy as np
import pandas as pd
import pytest

from auditor.evidence import (
    sampling,
    versions,
)


def test_remaining_errors_by_clopper_pearson():
    # 0 of 60: the rule of three's exact form, 1 - 0.025 ** (1 / 60).
    none = sampling.remaining(60, 0, 1000)
    assert none.low == 0 and none.high == pytest.approx(1 - 0.025 ** (1 / 60))
    assert none.enough(0.06) and not none.enough(0.05)
    some = sampling.remaining(100, 5, 2000)
    assert (some.low, some.high) == (pytest.approx(0.0164, abs=1e-3), pytest.approx(0.1128, abs=1e-3))
    assert some.expected == 100 and "5 of 100" in some.sentence


def test_sample_is_of_unflagged_images_and_goes_on_where_it_stopped(version):
    frame = version.table
    first = sampling.draw(frame, (), 20)
    again = sampling.draw(frame, set(frame["name"][first[:5]]), 15)
    assert again.tolist() == first[5:].tolist()
    assert (frame["assignment"][first] == versions.CLEAN).all()


def test_a_class_check_takes_equally_many_of_every_class(version):
    frame = version.table
    rows = sampling.draw_classes(frame)
    chosen = frame.set_index("row").loc[rows]
    there = frame["given"].value_counts()
    assert chosen["given"].value_counts().to_dict() == there.clip(upper=sampling.PER_CLASS).to_dict()
    assert len(set(rows)) == len(rows) and rows.tolist() == sampling.draw_classes(frame).tolist()
    assert sampling.draw_classes(frame, seed=1).tolist() != rows.tolist()
    many = pd.DataFrame({"row": range(500), "given": np.arange(500) % 100})
    assert np.bincount(sampling.draw_classes(many) % 100).tolist() == [2] * 100
