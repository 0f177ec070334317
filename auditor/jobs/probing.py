"""Ask a process of its own what a run will take: the app must not import torch.

python -m auditor.jobs.probing IMAGES CLASSES < config.json
"""

import json
import sys
from dataclasses import asdict
from typing import Any

from auditor.config import RunConfig
from auditor.durations import spoken
from auditor.errors import AuditorError, JobError
from auditor.jobs import beside
from auditor.plural import counted

PATIENCE = 180.0  # seconds; two steps of four methods at 224 pixels take a minute on a CPU


def estimate(config: RunConfig, images: int, classes: int) -> list[dict[str, Any]]:
    """Return the fields of `auditor.training.probe.Estimate` for each method of a run.

    Raises:
        JobError: The steps cannot be done here, or take too long; the message states why.
    """
    try:
        outcome = beside.ask("auditor.jobs.probing", [str(images), str(classes)], config, PATIENCE)
    except TimeoutError as error:
        raise JobError(
            f"Two steps of these methods took more than {PATIENCE:.0f} seconds here; choose a smaller preset or image "
            "size."
        ) from error
    if outcome.reason:
        raise JobError(f"The two steps to measure failed ({outcome.reason}); start the run without an estimate.")
    estimates: list[dict[str, Any]] = json.loads(outcome.result)
    return estimates


def sentence(estimates: list[dict[str, Any]], titles: dict[str, str]) -> str:
    """Return what a run will take, for a person: each method's time and memory, and the sum."""
    parts = []
    for each in estimates:
        name = titles.get(each["method"], each["method"])
        where = f"{counted(each['batch_size'], 'image')} of {each['image_size']} pixels a step"
        memory = f" and {each['gigabytes']:.1f} GB" if each["gigabytes"] else ""
        took = f"{spoken(each['seconds'])}{memory}" if each["fits"] else "more memory than there is"
        parts.append(f"{name} {took} ({where})")
    total = sum(each["seconds"] for each in estimates)
    whole = f" Together {spoken(total)}, without decoding and evidence." if len(estimates) > 1 else ""
    return f"By two steps of each, this takes: {'; '.join(parts)}.{whole}"


def main() -> int:
    """Do the steps and print the estimates as JSON."""
    from auditor.training import probe

    try:
        images, classes = (int(text) for text in sys.argv[1:3])
        measured = probe.estimates(RunConfig.from_json(sys.stdin.read()), images, classes)
    except AuditorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps([asdict(each) for each in measured]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
