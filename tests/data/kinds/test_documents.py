"""JSON in every form: records, columns, sections, Label Studio, FiftyOne, COCO.

What reads them: files/jsonrecords.py and files/jsonshapes.py.
"""

import json

import pytest

from auditor.data.opening import open_dataset
from tests.data.kinds.cases import WORDS, Cases, numbered, pictures, rightly

case = Cases()


@case({"train": 6}, WORDS)
def json_records(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps([{"image": n, "label": WORDS[i % 3]} for i, n in enumerate(names)]))


@case({"train": 6}, WORDS)
def json_of_names(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps({n: WORDS[i % 3] for i, n in enumerate(names)}, indent=2))


@case({"train": 6}, WORDS)
def coco(root):
    names = pictures(root / "images", numbered(6))
    (root / "annotations.json").write_text(
        json.dumps(
            {
                "images": [{"id": i, "file_name": n} for i, n in enumerate(names)],
                "annotations": [{"id": i, "image_id": i, "category_id": 1 + i % 3} for i in range(6)],
                "categories": [{"id": 1 + i, "name": word} for i, word in enumerate(WORDS)],
            }
        )
    )


@case({"train": 4, "test": 2}, WORDS)
def fiftyone_samples(root):
    names = pictures(root / "data", numbered(6))
    samples = [
        {
            "filepath": f"data/{n}",
            "tags": ["train" if i < 4 else "test"],
            "ground_truth": {"_cls": "Classification", "label": WORDS[i % 3]},
            "predictions": {"_cls": "Classification", "label": WORDS[0], "confidence": 0.5},
        }
        for i, n in enumerate(names)
    ]
    (root / "samples.json").write_text(json.dumps({"samples": samples}))


@case({"train": 6}, WORDS)
def label_studio_json_min(root):
    names = pictures(root / "upload", numbered(6))
    tasks = [
        {"image": f"/data/upload/3/a1b2c3d4-{n}", "id": i, "sentiment": WORDS[i % 3], "annotator": 1, "lead_time": 2.5}
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@case({"train": 6}, WORDS)
def label_studio_json(root):
    names = pictures(root / "upload/1", numbered(6, "a1b2c3d4-{}.jpg"))
    tasks = [
        {
            "id": i,
            "data": {"image": f"/data/upload/1/{n}"},
            "annotations": [
                {"completed_by": 1, "result": [{"type": "choices", "value": {"choices": [WORDS[i % 3]]}}]},
                {"completed_by": 2, "result": [{"type": "choices", "value": {"choices": [WORDS[0]]}}]},
            ],
        }
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@case({"train": 6}, WORDS)
def label_studio_csv_of_two_annotators(root):
    names = pictures(root / "upload/1", numbered(6))
    lines = "".join(
        f"{i},{who},{WORDS[(i + who - 1) % 3]},{100 + i},/data/upload/1/{n}\n"
        for i, n in enumerate(names)
        for who in (1, 2)
    )
    (root / "project.csv").write_text("annotation_id,annotator,choice,id,image\n" + lines)


@case({"train": 5}, WORDS)
def label_studio_csv_with_two_choices_in_a_cell(root):
    names = pictures(root / "upload/1", numbered(6))
    cells = [
        WORDS[0],
        WORDS[1],
        WORDS[2],
        WORDS[0],
        '"{""choices"":[""happy""]}"',
        '"{""choices"":[""happy"",""sad""]}"',
    ]
    lines = "".join(
        f"{i},{cell},/data/upload/1/{name}\n" for i, (name, cell) in enumerate(zip(names, cells, strict=True))
    )
    (root / "project.csv").write_text("annotation_id,sentiment,image\n" + lines)


@case({"train": 6}, WORDS)
def lists_of_one_as_pandas_writes_them(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_text(
        "image,label\n" + "".join(f"{n},['{WORDS[i % 3]}']\n" for i, n in enumerate(names))
    )


@case({"train": 5}, WORDS)
def lists_of_labels_in_lines_of_json(root):
    names = pictures(root / "images", numbered(6))
    lists = [[WORDS[i % 3]] for i in range(5)] + [["happy", "sad"]]
    lines = [json.dumps({"image": name, "label": each}) for name, each in zip(names, lists, strict=True)]
    (root / "labels.jsonl").write_text("\n".join(lines))


@case({"train": 5}, WORDS)
def label_studio_min_with_two_choices(root):
    names = pictures(root / "upload", numbered(6))
    answers = [WORDS[i % 3] for i in range(5)] + [{"choices": ["happy", "sad"]}]
    tasks = [
        {"image": f"/data/upload/{n}", "id": i, "sentiment": a}
        for i, (n, a) in enumerate(zip(names, answers, strict=True))
    ]
    (root / "project.json").write_text(json.dumps(tasks))


def asked_twice(names, second):
    """Label Studio's tasks with two questions, in any order."""
    for i, name in enumerate(names):
        results = [
            {"from_name": "quality", "value": {"choices": [second(i)]}},
            {"from_name": "emotion", "value": {"choices": [WORDS[i % 3]]}},
        ]
        yield {
            "data": {"image": f"/data/upload/{name}"},
            "annotations": [{"completed_by": 1, "result": results[:: 1 - i % 2 * 2]}],
        }


@case({"train": 6}, WORDS)
def label_studio_with_two_questions(root):
    names = pictures(root / "upload", numbered(6))
    (root / "project.json").write_text(json.dumps(list(asked_twice(names, lambda i: ("good", "bad")[i // 3]))))


@case({"train": 4, "test": 2}, WORDS)
def fiftyone_samples_with_two_tags(root):
    names = pictures(root / "data", numbered(6))
    samples = [
        {
            "filepath": f"data/{n}",
            "tags": ["train" if i < 4 else "test", "blurry"][:: 1 - i % 2 * 2],
            "label": WORDS[i % 3],
        }
        for i, n in enumerate(names)
    ]
    (root / "samples.json").write_text(json.dumps({"samples": samples}))


RECORDS = [(f"{i:03d}.jpg", WORDS[i % 3]) for i in range(9)]


def written(root, content, name: str = "labels.json") -> None:
    pictures(root / "images", [image for image, _ in RECORDS])
    (root / name).write_text(content if isinstance(content, str) else json.dumps(content))


@case({"train": 6, "test": 3}, WORDS)
def a_list_for_each_split(root):
    records = [{"image": image, "label": label} for image, label in RECORDS]
    written(root, {"train": records[:6], "test": records[6:]})


@case({"train": 6, "valid": 3}, WORDS)
def an_object_for_each_split(root):
    written(root, {"train": dict(RECORDS[:6]), "val": dict(RECORDS[6:])})


@case({"test": 9}, WORDS)
def only_a_test_list(root):
    written(root, {"test": [{"image": image, "label": label} for image, label in RECORDS]})


@case({"train": 9}, WORDS)
def a_list_for_each_class(root):
    written(root, {word: [image for image, label in RECORDS if label == word] for word in WORDS})


@case({"train": 6, "test": 3}, WORDS)
def columns_for_each_split_beside_other_things(root):
    parts = {"train": RECORDS[:6], "test": RECORDS[6:]}
    columns = {split: {"images": [a for a, _ in part], "labels": [b for _, b in part]} for split, part in parts.items()}
    written(root, {"version": 1, "info": {"by": "me"}, **columns})


@case({"train": 9}, WORDS)
def pairs(root):
    written(root, RECORDS)


@case({"train": 9}, WORDS)
def lists_as_columns(root):
    written(root, {"image": [image for image, _ in RECORDS], "label": [label for _, label in RECORDS]})


@case({"train": 9}, WORDS)
def columns_of_numbered_rows(root):
    columns = zip(("image", "label"), zip(*RECORDS, strict=True), strict=True)
    written(root, {name: {str(i): cell for i, cell in enumerate(cells)} for name, cells in columns})


@case({"train": 9}, WORDS)
def an_object_a_line(root):
    written(root, "\n".join(json.dumps({"image": image, "label": label}) for image, label in RECORDS))


@case({"train": 9}, WORDS)
def ndjson(root):
    written(root, "".join(json.dumps({"i": image, "label": label}) + "\n" for image, label in RECORDS), "a.ndjson")


@case({"train": 9}, WORDS)
def numbers_of_a_list_of_categories(root):
    annotations = [{"file": image, "category_id": WORDS.index(label)} for image, label in RECORDS]
    written(root, {"categories": list(WORDS), "annotations": annotations})


@case({"train": 9}, WORDS)
def fiftyone_with_attributes(root):
    labels = {image[:-4]: {"label": WORDS.index(label), "confidence": 0.5} for image, label in RECORDS}
    written(root, {"classes": list(WORDS), "labels": labels})


@case({"train": 9}, WORDS)
def a_project_of_via(root):
    images = {
        f"{image}900": {"filename": image, "regions": [], "file_attributes": {"emotion": label}}
        for image, label in RECORDS
    }
    written(root, {"_via_settings": {"ui": {"x": 1}}, "_via_img_metadata": images, "_via_attributes": {"file": {}}})


@case({"train": 6, "test": 3}, WORDS)
def an_import_of_vertex(root):
    lines = [
        {
            "imageGcsUri": f"gs://b/images/{image}",
            "classificationAnnotation": {"displayName": label},
            "dataItemResourceLabels": {"aiplatform.googleapis.com/ml_use": "training" if i < 6 else "test"},
        }
        for i, (image, label) in enumerate(RECORDS)
    ]
    written(root, "\n".join(map(json.dumps, lines)), "import.jsonl")


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


@pytest.mark.parametrize(
    "name",
    [
        "json_records",
        "coco",
        "label_studio_json",
        "label_studio_csv_with_two_choices_in_a_cell",
        "lists_of_one_as_pandas_writes_them",
        "label_studio_with_two_questions",
        "fiftyone_samples_with_two_tags",
    ],
)
def test_the_labels_are_those_of_the_images(tmp_path, name):
    case[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_the_ground_truth_of_a_task_is_its_label(tmp_path):
    choices = [{"result": [{"value": {"choices": [word]}}], "completed_by": by} for by, word in enumerate(WORDS)]
    tasks = [{"data": {"image": f"{i}.jpg"}, "annotations": [*choices[i:], *choices[:i]]} for i in range(3)]
    for task in tasks:
        task["annotations"][1] = {**task["annotations"][1], "ground_truth": True}
    pictures(tmp_path / "images", numbered(3, "{}.jpg"))
    (tmp_path / "project.json").write_text(json.dumps(tasks))
    dataset = open_dataset(tmp_path)
    assert [dataset.classes[label] for label in dataset.labels] == ["happy", "sad", "angry"]
    assert len(dataset.label_sets) == 3


def test_two_choices_for_an_image_are_a_problem_that_names_them(tmp_path):
    case["label_studio_csv_with_two_choices_in_a_cell"][0](tmp_path)
    (problem,) = [problem for problem in open_dataset(tmp_path).problems if problem.kind == "several-labels"]
    assert "happy and sad" in problem.message
    assert problem.line == 7
