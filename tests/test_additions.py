"""One file more is a method, a format or a screen more: in the commands, the evidence, the app and an export.

Works on a copy of the packages, to which nothing but the new files is added; every step is a process of its own. The
files are those that CONTRIBUTING.md tells to write, which also pass its checks, and a format with eye positions.
"""

import csv
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY

GUIDE = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def written(part):
    """The block of code in the guide that has this in it."""
    (block,) = [block for block in BLOCKS if part in block]
    return block


FORMAT = '''
"""A further format: faces.txt with one `label = image @ eyes` a line."""
import numpy as np
from auditor.data.dataset import Dataset, dataset_key
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.eyes import FaceToAlign

class Eleventh(Format):
    """A list of equations."""
    name, title = "eleventh", "Equations"

    def recognise(self, root):
        return Likeness(1.0, "it has a faces.txt") if (root / "faces.txt").is_file() else UNLIKE

    def label_files(self, root):
        return ["faces.txt"]

    def load(self, root, label_file):
        pairs = [(label, image) for label, image, _ in self.lines(root / label_file)]
        codes = tuple(sorted({label for label, _ in pairs}))
        names = np.array([image for _, image in pairs], dtype=object)
        count = len(names)
        return Dataset(
            root=root, format=self.name, label_file=label_file, key=dataset_key(root, self.name, label_file),
            title="equations", classes=codes, codes=codes, names=names, paths=names,
            split=np.zeros(count, np.int8), lines=np.arange(1, count + 1, dtype=np.int32),
            labels=np.array([codes.index(label) for label, _ in pairs], np.int16),
            sources=(label_file,), watched=(label_file,), notes=("Equations were recognised.",),
        )

    def lines(self, file):
        parts = [line.replace(" @ ", " = ").split(" = ") for line in file.read_text().splitlines()]
        return [(label, image, [float(value) for value in eyes.split()]) for label, image, eyes in parts]

    def corrected(self, request):
        dataset = request.dataset
        lines = (dataset.root / "faces.txt").read_text().splitlines(keepends=True)
        for row in request.changed:
            old, new = (dataset.codes[labels[row]] for labels in (dataset.labels, request.labels))
            lines[row] = lines[row].replace(f"{old} =", f"{new} =")
        return {"faces.txt": "".join(lines).encode()}

    def why_not_aligned(self, dataset):
        return ""

    def faces(self, dataset, problems):
        for row, (_, image, (ax, ay, bx, by)) in enumerate(self.lines(dataset.root / "faces.txt")):
            yield FaceToAlign(image, image, ((ax, ay), (bx, by)), "faces.txt", row + 1)

register(Eleventh())
'''
ADDED = {
    "models/mine.py": written("class Mine(Method)"),
    "auditor/data/formats/mine.py": written("class Equations(Format)"),
    "auditor/data/formats/eleventh.py": FORMAT,
    "auditor/ui/screens/mine/__init__.py": '"""Mine."""\n',
    "auditor/ui/screens/mine/page.py": written("needs.evidence("),
    "pages/mine.py": written("TITLE, ICON, ORDER ="),
    "tests/models/test_mine.py": written("from models.mine import Mine"),
}
COPIED = ("pyproject.toml", "tests/__init__.py", "tests/models/__init__.py", "tests/models/small.py")
APP = """
import sys
from streamlit.testing.v1 import AppTest

def opened(page, **parameters):
    test = AppTest.from_file(f"pages/{page}.py", default_timeout=300)
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test

assert "torch" not in sys.modules
from auditor.ui.shell import screens
print(" ".join(screen.title for screen in screens()[:3]))
print("aligns", "Align the faces" in [button.label for button in opened("data", tab="alignment").button])
print("exports", opened("export").selectbox(key="export_kind").options[0])
print("faces", opened("mine").metric[0].value)
shown = opened("methods", tab="mine")
print("tabs", shown.get("button_group")[0].proto.options[-2].content)
print("about", shown.markdown[0].value)
print("columns", shown.selectbox(key="methods-mine-column").options)
print("map", opened("map").selectbox(key="map-by").options[-1])
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the packages with the new files, and a data set in the new form."""
    folder = tmp_path_factory.mktemp("house")
    for package in ("auditor", "models", "pages"):
        shutil.copytree(REPOSITORY / package, folder / package)
    for place in COPIED:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / place, folder / place)
    for place, text in ADDED.items():
        (folder / place).parent.mkdir(exist_ok=True)
        assert not (folder / place).exists()
        (folder / place).write_text(text.lstrip(), encoding="utf-8")
    faces = folder / "faces"
    faces.mkdir()
    draw, lines = np.random.default_rng(0), []
    for number in range(60):
        label = number % 3
        pixels = np.clip(draw.normal(60 + 60 * label, 30, (32, 32, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(faces / f"{number:02d}.png")
        lines.append(f"{('fear', 'joy', 'calm')[label]} = {number:02d}.png @ 10 12 22 12\n")
    (faces / "faces.txt").write_text("".join(lines))
    return folder


def run(house, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(house), "AUDITOR_WORKSPACE": str(house / "work")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=house, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def commands(house, *lines):
    """Run several commands of the program in one process, because each start takes seconds; what they printed."""
    code = "import sys; from auditor.cli import main; sys.exit(any(main(line.split()) for line in sys.argv[1:]))"
    return run(house, "-c", code, *lines)


@pytest.mark.slow
def test_a_method_a_format_and_a_screen_are_used_everywhere_by_their_files_alone(house):
    said = commands(
        house,
        "inspect faces",
        "train faces --workspace work --epochs 2 --image-size 32 --width 0.125 --no-map --method mine",
        "evidence faces --workspace work --out evidence.csv",
        "export faces --workspace work --as table --out table.csv",
        "report faces --workspace work --out report.html",
    )
    assert "Equations were recognised." in said and "60" in said
    with (house / "evidence.csv").open(newline="") as file:
        doubts = [float(line["mine_doubt"]) for line in csv.DictReader(file)]
    assert len(doubts) == 60 and all(0 <= doubt <= 1 for doubt in doubts) and len(set(doubts)) > 10
    with (house / "table.csv").open(newline="") as file:
        exported = list(csv.DictReader(file))
    assert len(exported) == 60 and exported[0]["name"] == "00.png"
    assert "MINE" in (house / "report.html").read_text()
    shown = run(house, "-c", APP).splitlines()
    assert shown[0] == "Data Overview Mine"
    assert shown[1:3] == ["aligns True", "exports Corrected label file"]
    assert shown[3:5] == ["faces 60", "tabs MINE"]
    assert "Doubts what it does not see." in shown[5]
    assert "One minus the probability of the label" in shown[6]
    assert shown[7] == "map Doubt (MINE)"


def test_a_format_writes_its_labels_back_and_gives_its_eyes_by_its_file_alone(house):
    (house / "decisions.csv").write_text("name,action,label\n01.png,relabel,calm\n02.png,exclude,\n")
    said = commands(
        house,
        "decide faces --workspace other --annotator ada --from decisions.csv",
        "export faces --workspace other --out corrected.txt",
        "align faces --out aligned --size 48",
        "inspect aligned",
    )
    assert "1 excluded image stays in the file" in said and "60 faces aligned" in said
    assert said.count("Equations were recognised.") == 1
    before, after = ((house / place).read_text().splitlines() for place in ("faces/faces.txt", "corrected.txt"))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("joy = 01.png @ 10 12 22 12", "calm = 01.png @ 10 12 22 12")]
    with Image.open(house / "aligned/00.png") as face:
        assert face.size == (48, 48)


def test_the_format_of_the_guide_lists_what_it_cannot_use_and_writes_back(house):
    folder = house / "equations"
    folder.mkdir()
    for number in range(6):
        Image.new("RGB", (32, 32), (40 * number, 90, 90)).save(folder / f"{number}.png")
    lines = [f"{('Joy', 'Fear')[number % 2]} = {number}.png" for number in range(6)]
    (folder / "labels.eq").write_text("\n".join([*lines, "nonsense", "Joy = 9.png", "Joy = 1.png", ""]))
    (house / "of_equations.csv").write_text("name,action,label\n1.png,relabel,Joy\n")
    said = commands(
        house,
        "inspect equations",
        "decide equations --workspace third --annotator ada --from of_equations.csv",
        "export equations --workspace third --out corrected.eq",
    )
    assert "3 problems: 1 bad-line, 1 missing-image, 1 duplicate-name" in said and "1 of 6 labels changed" in said
    assert (house / "corrected.eq").read_text() == (folder / "labels.eq").read_text().replace(
        "Fear = 1.png", "Joy = 1.png"
    )


def test_the_test_of_the_guide_passes_on_its_method_and_fails_on_another_loss(house):
    method = house / "models" / "mine.py"
    source = method.read_text(encoding="utf-8")
    assert "2 passed" in run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    method.write_text(source.replace("label_smoothing=self.options.smoothing", "label_smoothing=0.0"), encoding="utf-8")
    try:
        with pytest.raises(AssertionError):
            run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    finally:
        method.write_text(source, encoding="utf-8")


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_the_code_of_the_guide_passes_make_check(house, command):
    places = [place for place, source in ADDED.items() if source in GUIDE]
    assert len(places) == 5
    run(house, "-m", "ruff", *command, "--no-cache", *places)
