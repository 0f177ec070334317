"""auditor/ui/screens/runs/train_form.py: how the Train form handles starting weights and files to score with."""

from auditor.ui.look import boundary
from auditor.ui.screens.runs import train_form


def shown(monkeypatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(boundary, "show", lambda error: said.append(str(error)))
    return said


def test_published_asks_for_weights_that_nobody_named_and_takes_none_said_out_loud(dataset, monkeypatch):
    said = shown(monkeypatch)
    chosen = {"methods": ("man",), "preset": "published"}
    assert train_form._config(dataset, **chosen, weights=None) is None
    assert "resnet18_msceleb.pth" in said[0] and "--weights none" in said[0]
    assert train_form._config(dataset, **chosen, weights="none").weights == "none"
    assert train_form._config(dataset, False, **chosen).preset == "published"  # to score with a file needs none
    assert train_form._config(dataset, methods=("noisyfer",), preset="published").weights is None  # it starts from none
    assert train_form._config(dataset, methods=("man",), preset="demo").weights is None


def test_a_file_for_the_resnets_is_not_given_to_noisyfer():
    both, sets = ["man", "noisyfer"], {"label_sets": "none"}
    assert train_form._options(both, ["noisyfer"], {}, "/weights/resnet18_msceleb.pth") == {
        "noisyfer": {"weights": "none"}
    }
    assert train_form._options(both, ["noisyfer"], sets, "/weights/resnet18_msceleb.pth") == {
        "noisyfer": {"label_sets": "none", "weights": "none"}
    }
    for weights in (None, "none", "imagenet"):
        assert train_form._options(both, ["noisyfer"], {}, weights) == {}
    assert train_form._options(["noisyfer"], ["noisyfer"], {}, "/weights/vgg16.pth") == {}


def test_what_is_said_of_a_file_is_what_was_filled_in():
    assert train_form._reading("", "") == {}
    assert train_form._reading(" fear, joy ,", "bgr") == {"class_order": ["fear", "joy"], "channels": "bgr"}
