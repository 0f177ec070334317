"""Test models/noisyfer/options.py: the paper's defaults, and its recipes for each data set."""

import pytest

from models import registry


def test_options_of_the_paper():
    options = registry.make_options("noisyfer", "published")
    assert (options.lr, options.batch_size, options.optimiser, options.weight_decay) == (1e-4, 128, "adam", 0)
    assert (options.adversarial_after, options.adversarial_weight, options.discriminator_steps) == (5, 1.0, 2)
    assert options.label_codes == "logits" and not options.encoder_norm and options.prior_weight == 0
    assert options.set_weight == options.va_weight == 1


@pytest.mark.parametrize(("recipe", "after", "weight"), [("affectnet", -1, 0.4), ("cifar-10", 0, 0.8)])
def test_recipes_of_the_other_data_sets_and_options_over_them(recipe, after, weight):
    options = registry.make_options("noisyfer", "published", {"recipe": recipe})
    assert (options.adversarial_after, options.adversarial_weight) == (after, weight)
    own = registry.make_options("noisyfer", "published", {"recipe": recipe, "gan_start_epoch": 2, "gan_weight": 0})
    assert (own.adversarial_after, own.adversarial_weight) == (2, 0)
