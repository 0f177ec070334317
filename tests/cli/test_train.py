"""auditor/cli/train.py, score.py, _run.py and _watch.py: options, one line an epoch, errors in one line."""

import dataclasses
import io

import pytest

from auditor.cli import _watch, main
from auditor.cli.train import options
from auditor.config import RunConfig
from auditor.errors import ConfigError
from auditor.jobs import manager
from auditor.training import checkpoints
from tests.jobs.conftest import faces, prepared  # noqa: F401  -- fixtures

FIELDS = {
    "phase": "training", "method": "man", "epoch": 1, "epochs": 25, "step": 10, "steps": 94, "progress": 0.05,
    "eta_seconds": 200.0,
}  # fmt: skip
METRICS = {
    "method": "man", "fold": None, "epoch": 1, "losses": {"loss": 1.6123}, "held_out_accuracy": 0.41,
    "test_accuracy": 0.45, "images_per_second": 412.3,
}  # fmt: skip


def test_options_of_methods():
    given = ["man.lr=0.001", "man.weak_view=demo", "noisyfer.recipe=raf-db"]
    assert options(given) == {"man": {"lr": "0.001", "weak_view": "demo"}, "noisyfer": {"recipe": "raf-db"}}
    for wrong in ("lr=1", "man.lr", "man.=1", ".lr=1"):
        with pytest.raises(ConfigError, match=r"METHOD\.NAME=VALUE"):
            options([wrong])


def test_lines_say_what_a_person_wants_to_know():
    line = _watch.epoch_line({**FIELDS, "metrics": METRICS})
    assert line == "man epoch 2/25  loss 1.612  held out 0.410  test 0.450  412 images/s  left 3 min"
    assert _watch.bar(FIELDS) == "[#.......................]   5% training man epoch 2/25 10/94, left 3 min"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_in_a_terminal_and_plain_lines_elsewhere():
    shown = {}
    for stream in (io.StringIO(), Terminal()):
        with _watch.watch(stream) as say:
            say({**FIELDS, "phase": "decoding images"})
            say(FIELDS)
            say({**FIELDS, "metrics": METRICS, "epoch_line": True})
        shown[type(stream)] = stream.getvalue()
    assert "\r" not in shown[io.StringIO] and "\r\x1b[K" in shown[Terminal]
    assert "man epoch 2/25  loss" in shown[io.StringIO] and "man epoch 2/25  loss" in shown[Terminal]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "No data set was named"),
        (["train", "--resume", "r-nowhere"], "There is no run r-nowhere"),
        (["train", "/nowhere", "--method", "man"], "/nowhere"),
        (["score", "/nowhere", "--method", "rul", "--checkpoint", "x.pth"], "/nowhere"),
    ],
)
def test_what_cannot_work_is_one_line_and_exit_code_2(arguments, message, tmp_path, capsys):
    assert main([*arguments, "--workspace", str(tmp_path / "work")]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ") and message in said and "\n" not in said


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--epochs", "9"], "leave out --epochs,"),
        (["--seed", "0", "--held-out", "0"], "leave out --seed, --held-out,"),
        (["--method", "rul", "--corrected"], "leave out --method, --corrected,"),
        (["--cache-format", "raw"], "leave out --cache-format,"),
        (["--label-column", "x", "--strict"], "leave out --label-column, --strict,"),
        (["/faces"], "leave out the data set,"),
    ],
)
def test_a_resume_refuses_what_it_would_have_to_ignore(given, named, tmp_path, capsys):
    arguments = ["train", *given, "--resume", "r1", "--workspace", str(tmp_path / "work")]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert named in said


def test_a_resume_takes_another_batch_size_device_and_precision(prepared, capsys, monkeypatch):  # noqa: F811
    workspace, store, config = prepared
    config = dataclasses.replace(config, options={"man": {"warm_up": 1, "batch_size": 6}}, cache_format="jpeg")
    run_id = manager.create(store, workspace, config)
    save, saved = checkpoints.save, []

    def interrupted(folder, checkpoint):
        saved.append(save(folder, checkpoint))
        store.runs.request_cancel(run_id)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save", interrupted)
    shared = ["--resume", run_id, "--workspace", str(workspace.path), "--no-map"]
    store.runs.update(run_id, state="lost")
    assert main(["train", *shared]) != 0
    monkeypatch.undo()
    assert checkpoints.newest(workspace.run(run_id) / "man").options["batch_size"] == 6
    store.runs.update(run_id, state="lost")
    assert main(["train", *shared, "--batch-size", "4", "--device", "cpu", "--precision", "no"]) == 0
    newest = checkpoints.newest(workspace.run(run_id) / "man")
    assert (newest.epoch, newest.options["batch_size"]) == (2, 4)
    kept = RunConfig.from_json((workspace.run(run_id) / "config.json").read_text())
    assert (kept.batch_size, kept.device, kept.precision, kept.options) == (4, "cpu", "no", {"man": {"warm_up": 1}})
    assert store.runs.get(run_id).config == kept and kept.cache_format == "jpeg"
    caches = {path.parent.name.split("-")[0] for path in workspace.cache.rglob("manifest.json")}
    assert caches == {"32jpeg95", "64"}  # the one that is trained on, before and after; and the thumbnails
