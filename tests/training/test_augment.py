"""Test augmentation: each image has its own random numbers, and a seed repeats them."""

import math

import numpy as np
import pytest
import torch

from auditor.errors import ConfigError
from auditor.training import randaugment, steps, transforms
from auditor.training.augment import RECIPES, Augmenter, begin_at_own_size
from models.inputs import Inputs
from models.recipe import Recipe

HALF = Inputs((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def seeded(seed=3):
    return torch.Generator().manual_seed(seed)


def pictures(count=16, side=32):
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=seeded(1))


@pytest.mark.parametrize("view", list(RECIPES))
def test_a_seed_gives_the_same_views_of_the_right_form_and_leaves_the_images_alone(view):
    images, augmenter = pictures(), Augmenter(HALF, "cpu", 32)
    before = images.clone()
    augmented = augmenter(images, (view,), seeded())[view]
    assert augmented.shape == (16, 3, 32, 32) and augmented.is_contiguous(memory_format=torch.channels_last)
    assert augmented.min() >= -1.001 and augmented.max() <= 1.001
    assert torch.equal(augmented, augmenter(images, (view,), seeded())[view])
    assert torch.equal(images, before)
    if view != "plain":
        assert not torch.equal(augmented, augmenter(images, (view,), seeded(4))[view])


def test_plain_is_the_normalised_image_and_one_image_is_enough_for_every_recipe():
    images, augmenter = pictures(1), Augmenter(HALF, "cpu", 32)
    expected = images.permute(0, 3, 1, 2) / 127.5 - 1
    assert torch.allclose(augmenter.plain(images)["plain"], expected, atol=1e-5)
    assert set(augmenter(images, tuple(RECIPES), seeded())) == set(RECIPES)


def test_a_view_may_be_made_of_some_images_alone_of_none_too():
    images, augmenter = pictures(6), Augmenter(HALF, "cpu", 32)
    parts = {"plain": torch.tensor([4, 1]), "strong": torch.tensor([], dtype=torch.long)}
    augmented = augmenter(images, ("weak", "plain", "strong"), seeded(), parts)
    assert torch.equal(augmented["plain"], augmenter.plain(images[[4, 1]])["plain"])
    assert augmented["strong"].shape == (0, 3, 32, 32)
    assert torch.equal(augmented["weak"], augmenter(images, ("weak",), seeded())["weak"])


def test_an_unknown_recipe_is_named():
    with pytest.raises(ConfigError, match="no augmentation named sepia; there are plain, flip"):
        Augmenter(HALF, "cpu", 32)(pictures(), ("sepia",), seeded())


def test_flip_mirrors_about_half_of_the_images_and_nothing_else():
    images = pictures(200, 8)
    augmented = Augmenter(HALF, "cpu", 8)(images, ("flip",), seeded())["flip"]
    plain = Augmenter(HALF, "cpu", 8).plain(images)["plain"]
    mirrored = (augmented == plain.flip(3)).all((1, 2, 3))
    assert (mirrored | (augmented == plain).all((1, 2, 3))).all()
    assert 70 < int(mirrored.sum()) < 130


def move(**changes):
    values = {name: torch.zeros(1) for name in ("angle", "shift_x", "shift_y", "shear_x", "shear_y")}
    return transforms.matrices(**{**values, "zoom": torch.ones(1), **changes})


def test_warps_go_where_their_names_say():
    image = torch.zeros(1, 3, 8, 8)
    image[0, :, 2, 1] = 255
    right = transforms.warp(image, move(shift_x=torch.tensor([0.25])))
    assert right[0, 0, 2, 3] == pytest.approx(255) and right.sum() == pytest.approx(image.sum().item(), rel=1e-4)
    down = transforms.warp(image, move(shift_y=torch.tensor([0.25])))
    assert down[0, 0, 4, 1] == pytest.approx(255)
    turned = transforms.warp(image, move(angle=torch.tensor([math.pi / 2])))
    assert turned[0, 0].nonzero().tolist() in ([[6, 2]], [[1, 5]]) or turned[0, 0].argmax() in (6 * 8 + 2, 1 * 8 + 5)
    assert torch.allclose(transforms.warp(image, move()), image, atol=1e-3)
    square = torch.zeros(1, 3, 8, 8)
    square[..., 3:5, 3:5] = 255
    assert transforms.warp(square, move(zoom=torch.tensor([2.0])))[0, 0].gt(120).sum() == 16


def test_noisyfer_moves_faces_as_published(monkeypatch):
    """The published steps, one image at a time: turn about the centre, shift by pixels of 64, zoom all of it."""
    images = torch.randint(1, 256, (40, 64, 64, 3), dtype=torch.uint8, generator=seeded(1))
    seen = {}
    own = transforms.matrices
    monkeypatch.setattr(transforms, "matrices", lambda *drawn: seen.setdefault("drawn", drawn) and own(*drawn))
    augmented = Augmenter(HALF, "cpu", 64)(images, ("noisyfer",), seeded())["noisyfer"]
    angles, zooms, shift_x, shift_y, *_ = seen["drawn"]
    degrees, pixels = torch.rad2deg(angles), torch.stack([shift_x, shift_y]) * 64 / zooms
    for values, low, high in ((degrees, -10, 10), (zooms, 0.9, 1.1), (pixels, -10, 10)):
        assert low <= values.min() < 0.75 * low + 0.25 * high and 0.25 * low + 0.75 * high < values.max() <= high
    mirrored = 0
    for place, image in enumerate(images.numpy()):
        angle, zoom = angles[place].item(), zooms[place].item()
        expected = {flip: moved_by_hand(image[:, ::flip], angle, pixels[:, place], zoom) for flip in (1, -1)}
        result = ((augmented[place] * 0.5 + 0.5) * 255).round().permute(1, 2, 0).numpy()
        same = {flip: (result == each).all(2).mean() for flip, each in expected.items()}
        assert max(same.values()) > 0.995  # but for pixels right between two
        mirrored += same[-1] > same[1]
    assert 10 < mirrored < 30


def moved_by_hand(image, angle, shift, zoom):
    """Nearest pixels on black, by the published matrix (rotation as cv2.getRotationMatrix2D makes it)."""
    centre = image.shape[0] / 2 - 0.5
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.array([[cos, sin, (1 - cos) * centre - sin * centre], [-sin, cos, sin * centre + (1 - cos) * centre]])
    matrix[:, 2] += shift.numpy()
    matrix *= zoom
    matrix[:, 2] += (1 - zoom) * centre
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    target = np.stack([columns, rows], -1).reshape(-1, 2) - matrix[:, 2]
    source = np.rint(np.linalg.solve(matrix[:, :2], target.T)).astype(int)
    inside = ((source >= 0) & (source < image.shape[0])).all(0)
    augmented = np.zeros_like(image).reshape(-1, 3)
    augmented[inside] = image[source[1, inside], source[0, inside]]
    return augmented.reshape(image.shape)


def test_erasing_takes_rectangles_of_the_given_area_from_half_of_the_images():
    masks = transforms.erase_masks(400, 48, 0.5, (0.02, 0.25), seeded())
    area = masks.flatten(1).float().mean(1)
    assert 150 < int((area > 0).sum()) < 250
    assert area[area > 0].min() > 0.015 and area.max() < 0.27
    one = masks[area > 0][0, 0]
    rows, columns = one.any(1), one.any(0)
    assert one.sum() == rows.sum() * columns.sum()


def test_noise_has_the_given_variance_and_stays_in_range():
    augmented = transforms.noise(torch.full((4, 3, 64, 64), 128.0), 30.0, seeded())
    assert augmented.var() == pytest.approx(30, rel=0.05)
    assert transforms.noise(torch.zeros(1, 3, 8, 8), 30.0, seeded()).min() == 0


def test_a_whole_turn_of_the_hue_changes_nothing_and_a_third_turns_red_to_green():
    images = torch.rand(2, 3, 5, 5, generator=seeded()) * 255
    assert torch.allclose(transforms.hue(images, torch.ones(2)), images, atol=1e-2)
    red = torch.tensor([200.0, 10.0, 10.0]).view(1, 3, 1, 1)
    assert transforms.hue(red, torch.tensor([1 / 3])).flatten().tolist() == pytest.approx([10, 200, 10], abs=0.1)


def test_colour_operations_match_pillow():
    from PIL import Image, ImageOps

    images = pictures(3)
    batch = images.permute(0, 3, 1, 2).float()
    cases = {
        "equalize": (randaugment.equalize(batch), ImageOps.equalize),
        "autocontrast": (randaugment.autocontrast(batch // 3), ImageOps.autocontrast),
        "posterize": (randaugment.posterize(batch, 4), lambda x: ImageOps.posterize(x, 4)),
        "solarize": (randaugment.solarize(batch, 100), lambda x: ImageOps.solarize(x, 100)),
    }
    for name, (result, reference) in cases.items():
        pixels = (images // 3 if name == "autocontrast" else images).numpy()
        expected = np.stack([np.asarray(reference(Image.fromarray(one))) for one in pixels])
        assert np.abs(result.permute(0, 2, 3, 1).numpy() - expected).max() <= 1.0, name


def test_pad_crop_shifts_whole_pixels():
    images = pictures(8).permute(0, 3, 1, 2).float()
    augmented = transforms.pad_crop(images, 2, seeded())
    for before, after in zip(images, augmented, strict=True):
        shifts = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
        assert any(torch.equal(after[:, 4:-4, 4:-4], before[:, 4 + y : 28 + y, 4 + x : 28 + x]) for y, x in shifts)


def correlation(noise: torch.Tensor) -> float:
    """Return the correlation of neighbouring pixels in a row."""
    return float(np.corrcoef(noise[..., :-1].flatten(), noise[..., 1:].flatten())[0, 1])


def test_published_noise_is_added_before_the_resize_which_smooths_it():
    """At 224 from 100 pixels: standard deviation 3.7 and neighbours correlated by 0.76; after the resize 5.5 and 0."""
    images = torch.full((40, 100, 100, 3), 128, dtype=torch.uint8)
    augmenter = Augmenter(Inputs((0.0,) * 3, (1 / 255,) * 3), "cpu", 224)
    for view, spread, alike in (("published-nla", 3.7, 0.76), ("nla", 5.5, 0.0)):
        augmented = augmenter(images, (view,), seeded())[view][:, :, 20:200, 20:200]
        noisy = augmented[(augmented.std((1, 2, 3)) > 1) & (augmented.amin((1, 2, 3)) > 60)]  # not erased
        assert len(noisy) > 5
        assert noisy.std() == pytest.approx(spread, abs=0.1), view
        assert correlation(noisy) == pytest.approx(alike, abs=0.02), view


def test_published_noise_is_cut_to_whole_grey_levels():
    augmented = steps.published_noise(torch.full((50, 3, 16, 16), 100.0), seeded())
    assert torch.equal(augmented, augmented.floor()) and augmented.unique().numel() > 10
    assert augmented[augmented != 100].mean() == pytest.approx(99.5, abs=0.3)  # cut, not rounded
    assert augmented.min() >= 0 and augmented.max() <= 255


def test_published_noisyfer_shifts_by_ten_pixels_at_any_side_and_flips_one_off(monkeypatch):
    """By hand: a white pixel goes through rotation, shift, zoom about the centre, and x -> side - x."""
    count, side = 30, 32
    drawn = {"angle": 0.1, "x": 7.0, "y": -6.0, "zoom": 1.05}
    values = iter([torch.full((count,), value) for value in drawn.values()])
    monkeypatch.setattr(transforms, "uniform", lambda *_: next(values))
    images = torch.zeros(count, 3, side, side)
    images[:, :, 18:21, 10:13] = 255
    augmented = steps.published_noisyfer(images, seeded())
    centre, (cos, sin) = 15.5, (math.cos(0.1), math.sin(0.1))
    x, y = 11 - centre, 19 - centre
    x, y = cos * x + sin * y + 7, -sin * x + cos * y - 6
    x, y = 1.05 * x + centre, 1.05 * y + centre
    flipped = 0
    for image in augmented[:, 0]:
        rows, columns = (image > 0).nonzero().float().mean(0).tolist()
        assert rows == pytest.approx(y, abs=0.6)
        assert columns == pytest.approx(x, abs=0.6) or columns == pytest.approx(side - x, abs=0.6)
        flipped += columns == pytest.approx(side - x, abs=0.6)
    assert 5 < flipped < 25


def test_published_crops_draw_offsets_of_0_to_7_and_cifars_0_to_8_on_black():
    images = torch.full((400, 3, 224, 224), 9.0)
    images[:, :, 100, 100] = 200
    places = {
        tuple(place)
        for place in (transforms.pad_crop(images, 4, seeded(), last=7)[:, 0] == 200).nonzero()[:, 1:].tolist()
    }
    assert {y for y, _ in places} == {x for _, x in places} == set(range(97, 105))
    cut = transforms.crop_on_black(torch.full((400, 3, 32, 32), 9.0), 4, seeded())
    edges = (cut[:, 0] == 0).sum((1, 2))
    assert edges.min() == 0 and edges.max() == 32 * 32 - 28 * 28


def test_published_shears_hold_the_top_left_corner_and_ours_the_centre():
    image = torch.full((1, 3, 224, 224), 128.0)
    image[:, :, :3, :3] = image[:, :, 111:113, 111:113] = 255
    drawn, signs = torch.tensor([randaugment.POOL.index("shear_x")]), torch.ones(1)
    published = randaugment._geometric_published(image, drawn, signs, 1.0)
    ours = randaugment._geometric(image, drawn, signs, 1.0)
    assert published[0, 0, 0, 0] == 255 and ours[0, 0, 0, 0] < 200
    assert ours[0, 0, 111:113, 111:113].min() > 200 and published[0, 0, 111:113, 111:113].max() < 200
    assert published[0, 0, 111, 111 + 33] > 200  # moved by 0.3 of its height


def test_published_grey_weighs_red_as_blue():
    red = torch.tensor([255.0, 0, 0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    factor = torch.zeros(1)
    assert transforms.saturation(red, factor, transforms.LUMA[::-1])[0, 0, 0, 0] == pytest.approx(0.114 * 255)
    assert transforms.saturation(red, factor)[0, 0, 0, 0] == pytest.approx(0.299 * 255)


@pytest.mark.parametrize(("before", "side"), [(100, 224), (100, 64), (32, 48)])
def test_resizing_is_pillows_to_one_grey_level(before, side):
    from PIL import Image

    image = pictures(1, before)[0]
    expected = np.asarray(Image.fromarray(image.numpy()).resize((side, side), Image.Resampling.BILINEAR))
    result = transforms.resize(image.permute(2, 0, 1)[None].float(), side, antialias=True)[0].permute(1, 2, 0).numpy()
    assert np.abs(result - expected).max() <= 1


def test_a_method_brings_recipes_of_its_own():
    own = Augmenter(HALF, "cpu", 32, {"negative": lambda images, _: 255 - images})
    images = pictures()
    augmented = own(images, ("plain", "negative"), seeded())
    torch.testing.assert_close(augmented["negative"], -augmented["plain"])


def test_a_recipe_of_a_method_may_begin_at_the_images_own_size_and_erase():
    own = {"dark": Recipe("black", lambda images, _: images, (0.3, 0.3), lambda images, _: 0 * images, own_size=True)}
    assert (
        begin_at_own_size(("dark",), own) and not begin_at_own_size(("dark",)) and not begin_at_own_size(("weak",), own)
    )
    view = Augmenter(HALF, "cpu", 32, own)(pictures(), ("dark",), seeded())["dark"]
    assert set(view.unique().tolist()) == {-1.0, 0.0}  # black, and the mean colour where it is erased
