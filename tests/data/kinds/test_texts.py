"""Tables and lists in the dialects of people and programs.

What reads them: files/packed.py and files/parquet.py.
"""

import gzip
import json

import pytest

from tests.data.drawn import draw
from tests.data.kinds.cases import WORDS, Cases, listed, numbered, pictures, rows

case = Cases()


@case({"train": 6}, 3)
def lists_with_the_label_first(root):
    names = pictures(root / "faces", numbered(6))
    (root / "list.txt").write_text("".join(f"{i % 3} faces/{n}\n" for i, n in enumerate(names)))


@case({"train": 6}, WORDS)
def tab_separated_text(root):
    listed(root, "labels.txt", pictures(root / "images", numbered(6)), head="image\tlabel\n", mark="\t")


@case({"train": 6}, WORDS)
def repeated_headers(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_text("image,label\n" + rows(names[:3]) + "image,label\n" + rows(names[3:]))


@case({"train": 6}, WORDS)
def a_header_behind_a_mark(root):
    listed(root, "labels.csv", pictures(root / "images", numbered(6)), head="# image,label\n")


@case({"train": 6}, WORDS)
def notes_with_commas(root):
    names = pictures(root / "images", numbered(6))
    text = "".join(f"{n},{WORDS[i % 3]},blurred, perhaps\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,note\n" + text)


@case({"train": 6}, WORDS)
def a_packed_tsv(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.tsv.gz").write_bytes(gzip.compress(("image\tlabel\n" + rows(names, mark="\t")).encode()))


@case({"train": 9}, WORDS)
def words_without_endings_and_without_a_line_of_names(root):
    names = pictures(root / "images", numbered(9, "face{}.jpg"))
    listed(root, "labels.csv", [name[:-4] for name in names], head="")


@case({"train": 6}, WORDS)
def two_bytes_a_character_without_a_mark(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_bytes(("image,label\n" + rows(names)).encode("utf-16-le"))


@case({"train": 6}, WORDS)
def a_title_above_the_table(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_text(
        "Labels of 2021\n\nimage,label,who\n" + "".join(f"{n},{WORDS[i % 3]},ada\n" for i, n in enumerate(names))
    )


@case({"train": 6}, WORDS)
def attributes_of_via(root):
    names = pictures(root / "images", numbered(6))
    text = "".join(f'{n},900,"{{""emotion"":""{WORDS[i % 3]}""}}",0,"{{}}"\n' for i, n in enumerate(names))
    (root / "via.csv").write_text("filename,file_size,file_attributes,region_count,region_attributes\n" + text)


@case({"train": 6}, WORDS)
def packed_lines_of_json(root):
    names = pictures(root / "images", numbered(6))
    lines = [json.dumps({"image": n, "label": {"id": i % 3, "name": WORDS[i % 3]}}) for i, n in enumerate(names)]
    (root / "labels.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


@case({"train": 6}, WORDS)
def images_without_an_ending(root):
    for i, name in enumerate(numbered(6, "face{}")):
        draw(root / f"images/{name}.png", i, (8, 8)).rename(root / "images" / name)
    listed(root, "labels.csv", numbered(6, "face{}"))


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")
