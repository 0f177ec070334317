from auditor.cli import inspect as command
from auditor.cli import main
from tests.data.drawn import raf


def test_counts_and_every_problem(tmp_path, capsys):
    root = raf(tmp_path, "train_00001.jpg 5\ntrain_00002.jpg 9\ntrain_00003.jpg 1\n", noise01="train_00003.jpg 2\n")
    (root / "Image/aligned/train_00003_aligned.jpg").write_bytes(b"")
    assert main(["inspect", str(root)]) == 0
    out = capsys.readouterr().out
    assert "RAF-DB (rafdb)" in out
    assert "EmoLabel/train_label.txt, EmoLabel/noise01.txt" in out
    assert "2 problems: 1 label-range, 1 unreadable-image" in out
    assert "EmoLabel/train_label.txt:2: label-range" in out
    assert "EmoLabel/train_label.txt:3: unreadable-image" in out
    assert "1 images decoded, 1 cannot be" in out
    assert main(["inspect", str(root), "--labels", "noise01.txt", "--images", "none"]) == 0
    assert "noise01.txt" in capsys.readouterr().out.splitlines()[0]


def test_long_lists_are_cut_and_counted_and_samples_say_so(tmp_path, capsys, monkeypatch):
    text = "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(30)) + "x\n" * 50
    monkeypatch.setattr(command, "SAMPLE", 10)
    assert main(["inspect", str(raf(tmp_path, text, [f"train_{i:05d}.jpg" for i in range(30)])), "--list", "3"]) == 0
    out = capsys.readouterr().out
    assert "... and 47 more bad-line" in out
    assert "10 images decoded, 0 cannot be of 30" in out


def test_nothing_usable_is_exit_code_2_and_one_line(tmp_path, capsys):
    unreadable = raf(tmp_path / "unreadable")
    for path in (unreadable / "Image/aligned").iterdir():
        path.write_bytes(b"no image")
    for path in (tmp_path / "absent", tmp_path, raf(tmp_path / "without", images=[]), unreadable):
        assert main(["inspect", str(path)]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.err.startswith("error: ")
