"""models/archive.py: huge content in a small file is refused before it fills the memory, and errors are clear."""

import io
import random
import resource
import struct
import zipfile

import pytest
import torch
from safetensors.torch import save

from auditor.errors import CheckpointError
from auditor.training import checkpoints
from auditor.training.checkpoints import Checkpoint
from models import archive, checkpoint


def saved(content, **options):
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


OURS = saved({"format": 1, **vars(Checkpoint("man", {"width": 1.0}, {"lr": 0.1}, 1, 0, {"w": torch.ones(2)}, {}))})


@pytest.fixture
def bomb(tmp_path):
    """A checkpoint of 0.3 MB whose one tensor has 256 MiB of zeros."""
    source = zipfile.ZipFile(io.BytesIO(saved({"w": torch.zeros(2)})))
    file = tmp_path / "bomb.pth"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            data = source.read(entry)
            made.writestr(entry.filename, bytes(2**28) if entry.filename.endswith("data/0") else data)
    return file


@pytest.mark.parametrize("load", [checkpoint.read, checkpoints.load, archive.load])
def test_a_bomb_is_refused_with_both_sizes_and_never_unpacked(bomb, load):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match=rf"has {bomb.stat().st_size:,} bytes and would expand to 268,43"):
        load(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # kB: half of what it holds


def test_entries_that_share_their_bytes_are_counted_each(tmp_path):
    """The other kind of bomb: stored, not compressed, but the list names one entry a thousand times."""
    file = tmp_path / "shared.pth"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("archive/data/0", bytes(2**20))
        info = made.infolist()[0]
        made.filelist += [info] * 999
    with pytest.raises(CheckpointError, match="would expand to"):
        archive.check_expansion(file)


def test_a_list_of_entries_that_cannot_be_read_is_a_sentence(tmp_path):
    (tmp_path / "cut.pth").write_bytes(OURS[: len(OURS) // 2])
    with pytest.raises(CheckpointError, match="is not a readable PyTorch or safetensors file"):
        checkpoint.read(tmp_path / "cut.pth")


def test_honest_files_are_loaded(tmp_path):
    for name, options in (("new.pth", {}), ("old.pth", {"_use_new_zipfile_serialization": False})):
        (tmp_path / name).write_bytes(saved({"w": torch.arange(5)}, **options))
        assert checkpoint.read(tmp_path / name)["w"].tolist() == [0, 1, 2, 3, 4]


def changed(data, rng, low=0, high=None):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(low, high or len(data))] = rng.randrange(256)
    return bytes(data)


def repacked(rng):
    """Our checkpoint with a damaged pickle inside a sound archive."""
    source, out = zipfile.ZipFile(io.BytesIO(OURS)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for entry in source.infolist():
            data = source.read(entry)
            made.writestr(entry.filename, changed(data, rng) if entry.filename.endswith("data.pkl") else data)
    return out.getvalue()


def test_no_damaged_file_ends_in_anything_but_a_sentence(tmp_path):
    rng = random.Random(0)
    legacy, tensors = saved({"w": torch.ones(20)}, _use_new_zipfile_serialization=False), save({"w": torch.ones(4, 3)})
    head = 8 + struct.unpack("<Q", tensors[:8])[0]
    refused = 0
    for number in range(300):
        for suffix, data in (
            (".pt", repacked(rng)),
            (".pt", changed(legacy, rng)),
            (".safetensors", changed(tensors, rng, high=head)),
        ):
            file = tmp_path / f"{number % 3}{suffix}"
            file.write_bytes(data)
            for load in (checkpoint.read, checkpoints.load):
                try:
                    load(file)
                except CheckpointError as error:
                    refused += 1
                    assert "\n" not in str(error) and str(error).endswith(".")
    assert refused > 900
