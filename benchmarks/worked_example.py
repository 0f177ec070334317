"""Print the steps of the evidence for one image, in numbers: the example in docs/evidence.md.

python -m auditor demo --out DIR/demo
python -m auditor train DIR/demo --method nla --preset demo --workspace DIR/work --no-map
python -m benchmarks.worked_example DIR/demo --workspace DIR/work
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.evidence import class_rates, consensus, opinions, schema, versions, why
from auditor.evidence.confident import confident_joint
from auditor.evidence.gather import gather
from auditor.evidence.neighbours import average


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--name", help="the image (default: the most suspicious)")
    args = parser.parse_args()
    dataset, workspace = open_dataset(args.data), Workspace(args.workspace.absolute())
    version = versions.latest(workspace, dataset.key)
    if version is None:
        raise SystemExit("There is no evidence yet; train a method first.")
    places = version.table[schema.P_MISLABELLED].to_numpy().argsort()[::-1]
    names = version.table[schema.NAME].to_numpy()
    place = int(places[0]) if args.name is None else int(np.flatnonzero(names == args.name)[0])
    print("\n".join(f"{name}: {text}" for name, text in steps(dataset, workspace, version, place)))


def steps(
    dataset: Dataset, workspace: Workspace, version: versions.EvidenceVersion, place: int
) -> list[tuple[str, str]]:
    """Return the result of each step for the image at a place in the table."""
    rows = version.rows.astype(np.intp)
    strands = gather([workspace.run(str(run)) for run in version.summary["runs"]], dataset, rows)
    method_opinions = opinions.opinions_of(strands)
    labels = version.table[schema.GIVEN].to_numpy(np.int64)
    memory = opinions.joint_memory(method_opinions)
    near = np.searchsorted(rows, version.neighbours).astype(np.int32)
    probs = method_opinions[0].probs
    smooth = average(probs, near)
    learnt = 0.0 if memory is None else memory.share**2
    around = consensus.around(labels, smooth, near, learnt)
    blend = np.sqrt(np.maximum(probs * around, 1e-12))
    blend /= blend.sum(axis=1, keepdims=True)
    joint = confident_joint(labels, smooth)
    belief = consensus.posterior(labels, blend, joint)
    matrix = class_rates.true_given(labels, near, probs.shape[1])
    tilted = belief if matrix is None else class_rates.tilted(belief, labels, matrix)
    odds = (1 - learnt) * consensus.log_odds(labels, tilted) + learnt * consensus.log_odds(labels, blend)
    if matrix is not None:
        odds = odds + class_rates.log_odds(labels, matrix)[labels]
    line = version.table.iloc[place]

    def two(values: NDArray[np.floating]) -> str:
        given, other = int(line[schema.GIVEN]), int(line[schema.SUGGESTED])
        return ", ".join(f"{dataset.classes[c]} {values[place, c]:.3f}" for c in (given, other))

    counts = np.bincount(labels[near[place]], minlength=dataset.num_classes)
    listed = ", ".join(f"{counts[c]} {dataset.classes[c]}" for c in counts.argsort()[::-1] if counts[c])
    return [
        ("image", f"{line[schema.NAME]}, given {dataset.classes[int(line[schema.GIVEN])]}"),
        ("methods and weights", str(version.summary["weights"])),
        ("1 opinion", two(probs)),
        ("4 labels of the 30 nearest", listed),
        ("4 predictions and labels of the 30 nearest", two(around)),
        ("4 blend", two(blend)),
        ("5 with the given label", two(belief)),
        ("6 with the class's rate", two(tilted)),
        ("5, 6 weight of the blend itself, because the networks memorised", f"{learnt:.3f}"),
        ("7 wrong before calibration", f"{1 / (1 + np.exp(-odds[place])):.3f}"),
        ("7 noise rate", f"{version.summary['noise']['overall']:.3f}"),
        ("7 p_mislabelled", f"{line[schema.P_MISLABELLED]:.3f}"),
        ("8 assignment", versions.ASSIGNMENTS[int(line[schema.ASSIGNMENT])]),
        ("sentence", why.explain(version, int(line[schema.ROW])).sentence),
    ]


if __name__ == "__main__":
    main()
