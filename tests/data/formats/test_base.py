"""auditor/data/formats/base.py and correction.py: what every format promises, on the fuzzer's seeds."""

import shutil

import numpy as np
import pytest

from auditor.data.formats.base import Format, format_of, formats
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.opening import open_dataset
from auditor.errors import DataError, ExportError
from benchmarks import seeds

SEEDS = seeds.seeds()


@pytest.fixture(params=SEEDS)
def dataset(request, tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    SEEDS[request.param](root)
    return open_dataset(root, format=seeds.format_of(request.param))


def test_unchanged_labels_give_the_same_bytes_and_a_changed_one_is_read_again(dataset, tmp_path):
    form = format_of(dataset.format)
    if not form.writes_back:
        with pytest.raises(ExportError, match="no label file of its own"):
            form.corrected(CorrectionRequest(dataset, dataset.labels, {}))
        return
    same = form.corrected(CorrectionRequest(dataset, dataset.labels, {}))
    assert all((dataset.root / file).read_bytes() == data for file, data in same.items())
    labels = dataset.labels.copy()
    labels[1] = next(label for label in range(dataset.num_classes) if label in dataset.labels and label != labels[1])
    copy = tmp_path / "copy"
    shutil.copytree(dataset.root, copy)
    for file, data in form.corrected(CorrectionRequest(dataset, labels, {}, decided=(1,))).items():
        (copy / file).write_bytes(data)
    again = open_dataset(copy, format=dataset.format, label_file=dataset.label_file or None)
    assert again.names.tolist() == dataset.names.tolist()
    assert [again.classes[label] for label in again.labels] == [dataset.classes[label] for label in labels]


def test_an_image_that_is_left_out_is_gone_when_it_is_read_again(dataset, tmp_path):
    form = format_of(dataset.format)
    if form.leaving_out(dataset).how != "dropped":
        assert form.leaving_out(dataset).reason
        return
    request = CorrectionRequest(dataset, dataset.labels, {}, excluded=(0,))
    if type(form).edits is not Format.edits:
        assert int(dataset.lines[0]) in form.changed_lines(request, 0)
    copy = tmp_path / "copy"
    shutil.copytree(dataset.root, copy)
    if (copy / dataset.label_file).is_dir() and dataset.label_file:  # a folder of label files takes the old one's place
        shutil.rmtree(copy / dataset.label_file)
    for file, data in form.corrected(request).items():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_bytes(data)
    again = open_dataset(copy, format=dataset.format, label_file=dataset.label_file or None)
    assert [again.classes[label] for label in again.labels] == [dataset.classes[label] for label in dataset.labels[1:]]


def test_faces_are_aligned_or_a_sentence_says_why_not(dataset):
    form = format_of(dataset.format)
    why_not = form.why_not_aligned(dataset)
    assert why_not == "" or why_not.endswith(".")
    if type(form).faces is Format.faces:
        assert why_not
        with pytest.raises(DataError):
            form.faces(dataset, None)


def test_an_unknown_format_is_none():
    assert format_of("none") is None
    assert {form.name for form in formats()} == {seeds.format_of(name) for name in SEEDS}
    assert np.unique([form.title for form in formats()]).size == len(formats())
