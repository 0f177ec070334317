"""Write scikit-learn's handwritten digits in CIFAR-10's form: a real data set of ten classes that needs no download.

    python -m benchmarks.digits OUT

1,500 training images in five batches and 297 test images, 8 x 8 grey pixels enlarged to 32 x 32 RGB. It replaces
CIFAR-10 where CIFAR-10's own files are not at hand: same files, size and number of classes, far easier images.
"""

import argparse
import pickle
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from auditor.data.formats.cifar10 import META, SIDE, TEST, TRAIN

BATCH = 300
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write(out: Path) -> None:
    """Write the batches and their names into a new folder.

    Raises:
        FileExistsError: The folder exists.
    """
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    out.mkdir(parents=True)
    for number, name in enumerate((*TRAIN, TEST)):
        rows = order[number * BATCH : (number + 1) * BATCH]
        batch = {
            b"data": np.stack([planes(digits.images[row]) for row in rows]),
            b"labels": [int(digits.target[row]) for row in rows],
            b"filenames": [f"digit_{row:04d}.png".encode() for row in rows],
        }
        (out / name).write_bytes(pickle.dumps(batch, protocol=2))
    (out / META).write_bytes(pickle.dumps({b"label_names": [word.encode() for word in WORDS]}, protocol=2))


def planes(image: np.ndarray) -> np.ndarray:
    """An 8 x 8 image of values 0 to 16 as CIFAR-10 stores one: uint8 [3072], the red plane, the green, the blue."""
    grey = Image.fromarray(np.uint8(image * 255 / 16)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.tile(np.asarray(grey).ravel(), 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="new folder")
    write(parser.parse_args().out)
