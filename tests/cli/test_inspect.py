import json

from auditor.cli import inspect as command
from auditor.cli import main
from tests.data.drawn import raf
from tests.data.kinds.cases import every

CASES = every()


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
    assert "1 image decoded, 1 cannot be" in out
    assert main(["inspect", str(root), "--labels", "noise01.txt", "--images", "none"]) == 0
    assert "noise01.txt" in capsys.readouterr().out.splitlines()[0]


def test_long_lists_are_cut_and_counted_and_samples_say_so(tmp_path, capsys, monkeypatch):
    text = "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(30)) + "x\n" * 50
    monkeypatch.setattr(command, "SAMPLE", 10)
    assert main(["inspect", str(raf(tmp_path, text, [f"train_{i:05d}.jpg" for i in range(30)])), "--list", "3"]) == 0
    out = capsys.readouterr().out
    assert "... and 47 more bad-line" in out
    assert "10 images decoded, 0 cannot be decoded (a sample of 30" in out


def test_nothing_usable_is_exit_code_2_and_one_line(tmp_path, capsys):
    unreadable = raf(tmp_path / "unreadable")
    for path in (unreadable / "Image/aligned").iterdir():
        path.write_bytes(b"no image")
    for path in (tmp_path / "absent", tmp_path, raf(tmp_path / "without", images=[]), unreadable):
        assert main(["inspect", str(path)]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.err.startswith("error: ")


def test_json_and_what_was_guessed(tmp_path, capsys):
    CASES["a_lone_test_list"][0](tmp_path)
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["counts"] == {"test": [2, 2, 2]}
    assert (found["format"], found["label_file"], found["label_column"]) == ("table", "test_labels.csv", "label")
    assert [choice["what"] for choice in found["choices"] if choice["close"]] == ["split"]
    assert "choose another with --split-column" in captured.err
    assert main(["inspect", str(tmp_path), "--json", "--strict"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["inspect", str(tmp_path), "--json", "--strict", "--split-column", "none"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"train": [2, 2, 2]}


def test_every_choice_has_an_option(tmp_path, capsys):
    CASES["one_hot_with_decimals"][0](tmp_path)
    assert main(["inspect", str(tmp_path), "--json", "--label-column", "sad", "--image-column", "image"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == ["0.0", "1.0"]
    assert main(["inspect", str(tmp_path), "--numbering", "rafdb"]) == 2
    assert "numbering names numbers" in capsys.readouterr().err
    assert main(["inspect", str(tmp_path), "--label-column", "joy"]) == 2
    assert "choose one of image, angry, happy, sad" in capsys.readouterr().err
    raf(tmp_path / "raf", "train_00001.jpg 5\ntrain_00002.jpg 1\n")
    assert main(["inspect", str(tmp_path / "raf"), "--json", "--numbering", "affectnet"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"][5] == "disgust"
    assert main(["inspect", str(tmp_path / "raf"), "--label-column", "x"]) == 2
    assert "--label-column does not go with the format 'rafdb'; it has --numbering" in capsys.readouterr().err
