"""Small methods, batches and a training loop for tests."""

import torch

from models import registry
from models.base import Batch, Method, Scores, Setup
from models.man import Man
from models.nla import Nla
from models.rul import Rul

EARLY = {"warm_up": 1, "gan_start_epoch": 0}  # so that three epochs reach the later phases of a paper


def setup(**changes) -> Setup:
    values = {"num_classes": 3, "image_size": 32, "width": 0.125, "stem": "small", "num_rows": 9}
    return Setup(**{**values, "steps_per_epoch": 3, **changes})


def make(name: str, preset: str = "published", setup_changes=None, **options) -> Method:
    """Build a method small enough to train in a test."""
    defaults = registry.make_options(name, preset).__dict__
    values = {"epochs": 3, "batch_size": 4, **{key: value for key, value in EARLY.items() if key in defaults}}
    return registry.build(
        name, setup(**(setup_changes or {})), registry.make_options(name, preset, {**values, **options})
    )


def man(**options) -> Man:
    method = make("man", **options)
    assert isinstance(method, Man)
    return method


def rul(**options) -> Rul:
    method = make("rul", **options)
    assert isinstance(method, Rul)
    return method


def nla(**options) -> Nla:
    method = make("nla", **options)
    assert isinstance(method, Nla)
    return method


def batch(method: Method, rows: list[int], labels: list[int] | None = None) -> Batch:
    """Build a batch of images that depend only on their row and label, the same in every view."""
    classes, size = method.setup.num_classes, method.setup.image_size
    label_tensor = torch.tensor(labels if labels is not None else [row % classes for row in rows])
    plain = torch.stack([torch.randn(3, size, size, generator=torch.Generator().manual_seed(r)) for r in rows])
    plain = plain + label_tensor.clamp(min=0)[:, None, None, None] / classes
    names = {*method.views, *type(method).views}
    sets = len(method.setup.label_set_classes)
    return Batch(
        rows=torch.tensor(rows),
        views={"plain": plain, **{name: plain + 0.01 * place for place, name in enumerate(sorted(names))}},
        labels=label_tensor,
        label_sets=label_tensor[:, None].repeat(1, sets) if sets else None,
        valence_arousal=torch.tanh(plain.mean((1, 2))[:, :2]) if method.setup.has_va else None,
    )


def train(method: Method, first: int = 0, stop: int = 3, last: Scores | None = None) -> tuple[Scores, list[dict]]:
    """Train epochs `first` to `stop` like the loop, with batches of 4, 4 and 1 image."""
    history = []
    for epoch in range(first, stop):
        torch.manual_seed(epoch)
        method.start_epoch(epoch, last)
        for rows in ([0, 1, 2, 3], [4, 5, 6, 7], [8]):
            history.append(method.train_step(batch(method, rows), epoch))
        method.end_epoch()
        last = scores(method)
    assert last is not None
    return last, history


def scores(method: Method) -> Scores:
    with torch.inference_mode():
        return method.score(batch(method, list(range(method.setup.num_rows))))
