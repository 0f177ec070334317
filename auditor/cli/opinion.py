"""`opinion`: add a model of the user's own to the evidence."""

from __future__ import annotations

import argparse

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._hook import add_hook
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.cli.score import three
from auditor.config import DEVICES
from auditor.errors import ConfigError
from auditor.training.ownmodel.request import OUTPUTS, ModelRequest, checked_name
from models.inputs import CHANNELS

NAME = "opinion"
HELP = "add your own model's output to the evidence: probabilities, features, an ONNX or a torchvision network"
EXAMPLE = "opinion RAF-DB/basic --name clip --embedding clip.npz --out-of-fold --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data_arguments(parser)
    parser.add_argument("--name", required=True, help="what the model is called: letters, digits and hyphens")
    source = parser.add_argument_group("what you have of the model")
    source.add_argument("--probs", default="", metavar="FILE",
                        help="p(class | image), [N, C]: npy, npz, CSV or Parquet")  # fmt: skip
    source.add_argument("--embedding", default="", metavar="FILE", help="features, [N, D], in the same formats")
    source.add_argument("--onnx", default="", metavar="FILE", help="a network to run (needs onnxruntime)")
    source.add_argument("--torchvision", default="", metavar="NAME", help="features of a torchvision network")
    source.add_argument("--weights", default="", metavar="FILE|imagenet", help="the torchvision network's weights")
    parser.add_argument("--out-of-fold", action="store_true",
                        help="the model never saw these labels; else it counts as trained on them")  # fmt: skip
    reading = parser.add_argument_group("how to read it")
    reading.add_argument("--classes", default="", metavar="NAME,NAME,...",
                         help="the classes in the order of the outputs, where no file names them")  # fmt: skip
    reading.add_argument("--logits", action="store_true", help="--probs holds logits")
    reading.add_argument("--outputs", choices=OUTPUTS, default="logits", help="what the ONNX network's output is")
    reading.add_argument("--image-size", type=int, default=0, help="side of the network's images (default: its own)")
    reading.add_argument("--channels", choices=CHANNELS, default="rgb", help="channel order of the ONNX network")
    reading.add_argument("--mean", type=three, default=(), metavar="A,B,C", help="mean of each channel over 0..1")
    reading.add_argument("--std", type=three, default=(), metavar="A,B,C", help="standard deviation of each, over 0..1")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP, which takes a minute or more")
    add_hook(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Add it; the run's id is the last line that is printed."""
    name = checked_name(args.name)
    request = ModelRequest(
        probs=args.probs, embedding=args.embedding, onnx=args.onnx, torchvision=args.torchvision, weights=args.weights,
        out_of_fold=args.out_of_fold, logits=args.logits, outputs=args.outputs, size=args.image_size,
        classes=tuple(part.strip() for part in args.classes.split(",") if part.strip()), channels=args.channels,
        mean=args.mean, std=args.std,
    )  # fmt: skip
    if args.weights and not args.torchvision:
        raise ConfigError(
            "The option --weights is for a torchvision network, and none was named; name it with --torchvision."
        )
    return _run.opinion(args, open_workspace(args).make(), open_data(args), name, request)
