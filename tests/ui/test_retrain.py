"""auditor/ui/retrain.py: what the Train form makes of starting weights and of files to score with."""

from auditor.ui import boundary, retrain


def shown(monkeypatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(boundary, "show", lambda error: said.append(str(error)))
    return said


def test_published_asks_for_weights_that_nobody_named_and_takes_none_said_out_loud(dataset, monkeypatch):
    said = shown(monkeypatch)
    chosen = {"methods": ("man",), "preset": "published"}
    assert retrain._config(dataset, **chosen, weights=None) is None
    assert "resnet18_msceleb.pth" in said[0] and "--weights none" in said[0]
    assert retrain._config(dataset, **chosen, weights="none").weights == "none"
    assert retrain._config(dataset, False, **chosen).preset == "published"  # to score with a file needs none
    assert retrain._config(dataset, methods=("noisyfer",), preset="published").weights is None  # it starts from none
    assert retrain._config(dataset, methods=("man",), preset="demo").weights is None


def test_a_file_for_the_resnets_is_not_given_to_noisyfer():
    assert retrain._own_start(["man", "noisyfer"], "/weights/resnet18_msceleb.pth") == {"weights": "none"}
    for weights in (None, "none", "imagenet"):
        assert retrain._own_start(["man", "noisyfer"], weights) == {}
    assert retrain._own_start(["noisyfer"], "/weights/vgg16.pth") == {}


def test_what_is_said_of_a_file_is_what_was_filled_in():
    assert retrain._reading("", "") == {}
    assert retrain._reading(" fear, joy ,", "bgr") == {"class_order": ["fear", "joy"], "channels": "bgr"}
