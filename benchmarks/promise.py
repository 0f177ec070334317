"""How often a promise is broken, over many audits of known truth: `python -m benchmarks.promise`.

Each audit draws a sample of the suggestions (or of the unflagged labels), judges it by the truth, takes the offer of
auditor/evidence/promise.py, and looks up how many of the accepted faces are wrong. Beside it stands the set that the
evidence's own calibrated estimate would have allowed. Truths: simulated crowds (simulated_crowds.py) whose annotator
confuses and prefers classes, the same crowds with labels changed at random, and the votes of real faces where
--data, --votes and --workspace name them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.evidence import choice, consensus, features, neighbours, opinions, promise, schema
from benchmarks import judging, simulated_crowds

HELD_OUT, EPOCHS = 0.1, 12
CONFUSED, RANDOM = "confused", "random"
PROMISES = (
    (promise.SUGGESTIONS, 0.05), (promise.SUGGESTIONS, 0.1), (promise.SUGGESTIONS, 0.2), (promise.LABELS, 0.02),
    (promise.LABELS, 0.05),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Case:
    """A consensus whose truth is known.

    Attributes:
        given: int64 [M], given labels.
        true: int64 [M], true labels.
        probs: float32 [M, C], the consensus's p(true label).
    """

    given: NDArray[np.int64]
    true: NDArray[np.int64]
    probs: NDArray[np.float32]


@dataclass(frozen=True)
class Result:
    """What one audit came to: faces judged, released and wrong, and the same of the set by the estimate alone."""

    judged: int
    released: int
    broken: bool
    by_estimate: int
    estimate_broken: bool


def simulated(seed: int, images: int, rate: float, blur: float, noise: str) -> Case:
    """Return the consensus of one small network on one crowd, whose truth is the crowd's majority."""
    inputs, truth = simulated_crowds.crowd(seed, images, rate, blur, alike=False)
    true = truth.crowd
    assert true is not None
    rng = np.random.default_rng(seed)
    given = truth.given
    if noise == RANDOM:
        flipped = rng.random(images) < rate
        given = np.where(
            flipped, (true + rng.integers(1, simulated_crowds.CLASSES, images)) % simulated_crowds.CLASSES, true
        )
    held = rng.random(images) < HELD_OUT
    course, embedding = simulated_crowds.learn(inputs, given, held, seed, EPOCHS, 0.1)
    logs = np.log(np.maximum(course[EPOCHS // 4 :], features.FLOOR)).mean(axis=0)
    probs = features.normalised(logs)
    near, _ = neighbours.nearest(embedding)
    outside = float((probs.argmax(axis=1) != given)[held].mean())
    inside = float((course[-1].argmax(axis=1) != given)[~held].mean())
    memory = opinions.Memorisation(outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1)))
    return Case(given, true, consensus.reach(given, probs, near, memory).probs)


def voted(data: Path, votes: Path, workspace: Path) -> Case:
    """Return the evidence in use of a data set, whose truth is the votes' majority."""
    dataset = open_dataset(data)
    evidence = choice.evidence(Workspace(workspace), dataset)
    if evidence is None:
        raise SystemExit(f"There is no evidence of {data} in {workspace}; train or take a first look.")
    given = evidence.table[schema.GIVEN].to_numpy(np.int64)
    truth = judging.read_votes(votes, evidence.table[schema.NAME].tolist(), dataset.classes, given)
    assert truth.crowd is not None
    return Case(given, truth.crowd, np.asarray(evidence.probs, np.float32))


@dataclass(frozen=True, eq=False)
class Question:
    """One promise about one case: what the audits of it have in common.

    Attributes:
        part: The faces that a sample is spread over.
        wrong: bool [len(part)], whether accepting each would be wrong.
        allowed: Faces that the estimate alone would allow.
        worse: Whether more than the tolerated share of these are wrong.
    """

    part: promise.Pool
    wrong: NDArray[np.bool_]
    allowed: int
    worse: bool


def question(case: Case, kind: str, risk: float, delta: float, sample: int) -> Question:
    """Return what the evidence of a case says before anything is judged."""
    suggested = case.probs.argmax(axis=1)
    eligible = (suggested != case.given) if kind == promise.SUGGESTIONS else (suggested == case.given)
    places = np.flatnonzero(eligible)
    full = promise.ordered(kind, places, case.probs[places, suggested[places]].astype(np.float64))
    wrong = (suggested != case.true)[full.places]
    allowed = promise.by_estimate(full, risk)
    part = promise.cut(full, min(sample, len(full)), risk, delta)
    return Question(part, wrong[: len(part)], allowed, bool(allowed and wrong[:allowed].mean() > risk))


def audit(case_asked: Question, risk: float, delta: float, sample: int, seed: int) -> Result:
    """Draw, judge by the truth, accept, and see what was accepted."""
    sampled = promise.draw(case_asked.part, min(sample, len(case_asked.part)), seed)
    offered = promise.offer(case_asked.part, sampled, case_asked.wrong[sampled], risk, delta)
    left = np.setdiff1d(np.arange(offered.faces), sampled)
    broken = bool(len(left) and case_asked.wrong[left].mean() > risk)
    return Result(len(sampled), len(left), broken, case_asked.allowed, case_asked.worse)


def line(name: str, kind: str, risk: float, results: list[Result]) -> str:
    """One line of the table."""
    released = np.array([each.released for each in results])
    estimated = np.array([each.by_estimate for each in results])
    broken = np.mean([each.broken for each in results])
    worse = np.mean([each.estimate_broken for each in results])
    judged = np.mean([each.judged for each in results])
    return (
        f"| {name} | {kind}, {risk:.0%} | {len(results):,} | {judged:.0f} | {released.mean():.0f} | "
        f"{(released > 0).mean():.0%} | **{broken:.1%}** | {estimated.mean():.0f} | {worse:.0%} |"
    )


def _promise(text: str) -> tuple[str, float]:
    kind, colon, risk = text.partition(":")
    if not colon or kind not in promise.KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not written KIND:RISK; write it so, such as labels:0.05.")
    return kind, float(risk)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audits", type=int, default=1000, help="audits of each kind of noise, over all its crowds")
    parser.add_argument("--crowds", type=int, default=20)
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--sample", type=int, default=150)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--noise", nargs="*", choices=(CONFUSED, RANDOM), default=[CONFUSED, RANDOM])
    parser.add_argument(
        "--promises", nargs="*", metavar="KIND:RISK", type=_promise, default=PROMISES, help="such as labels:0.05"
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--votes", type=Path)
    parser.add_argument("--workspace", type=Path)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    cases: dict[str, list[Case]] = {}
    for noise in (CONFUSED, RANDOM):
        drawn = zip(rng.uniform(0.1, 0.4, args.crowds), rng.uniform(0.2, 1.2, args.crowds), strict=True)
        if noise not in args.noise:
            continue  # the other noise's crowds are drawn as if it were there
        cases[noise] = [simulated(seed, args.images, rate, blur, noise) for seed, (rate, blur) in enumerate(drawn, 1)]
    if args.data:
        cases["votes"] = [voted(args.data, args.votes, args.workspace)]
    print("| noise | promise | audits | judged | released | any | broken | by the estimate | of these broken |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, crowds in cases.items():
        for kind, risk in args.promises:
            delta = promise.level(args.confidence, 0)
            questions = [question(case, kind, risk, delta, args.sample) for case in crowds]
            results = [
                audit(questions[number % len(questions)], risk, delta, args.sample, number)
                for number in range(args.audits)
            ]
            print(line(name, kind, risk, results), flush=True)


if __name__ == "__main__":
    main()
