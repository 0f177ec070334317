"""grouping.py and appending.py: many callers, few saves, each caller its own answer."""

import threading

import pytest

from auditor.errors import RefusedError, UnavailableError
from auditor.store.grouping import Grouped


class Held:
    """A `save` whose first call lasts until it is let go; odd jobs are refused, even ones times ten."""

    def __init__(self):
        self.batches, self.begun, self.go_on = [], threading.Event(), threading.Event()

    def __call__(self, jobs):
        self.batches.append(list(jobs))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go_on.wait(30)
        return [RefusedError("Odd.") if job % 2 else job * 10 for job in jobs]


def ask_in_turn(grouped, ask, requests):
    """Ask from threads that come one after another: the first is being saved, the others wait in this order."""
    callers = []
    for request in requests:
        callers.append(threading.Thread(target=ask, args=(request,)))
        callers[-1].start()
        assert grouped._save.begun.wait(30)
        while len(grouped._waiting) < len(callers) - 1:
            pass
    grouped._save.go_on.set()
    for caller in callers:
        caller.join(30)
    return grouped._save.batches


def test_what_waits_while_another_is_saved_is_saved_in_one_go_and_in_order():
    grouped, answers = Grouped(Held(), largest=3), {}

    def ask(job):
        try:
            answers[job] = grouped.run(job)
        except RefusedError as error:
            answers[job] = error

    assert ask_in_turn(grouped, ask, range(6)) == [[0], [1, 2, 3], [4, 5]]
    assert {job: answer for job, answer in answers.items() if not job % 2} == {0: 0, 2: 20, 4: 40}
    assert all(isinstance(answers[job], RefusedError) for job in (1, 3, 5))


def test_the_jobs_of_one_caller_are_never_parted():
    grouped, answers = Grouped(Held(), largest=3), {}

    def ask(jobs):
        answers[tuple(jobs)] = grouped.run_each(jobs)

    batches = ask_in_turn(grouped, ask, ([0], [1, 2], [4, 6], [8, 10, 12, 14]))
    assert batches == [[0], [1, 2], [4, 6], [8, 10, 12, 14]]
    assert answers[4, 6] == [40, 60] and isinstance(answers[1, 2][0], RefusedError) and answers[1, 2][1] == 20
    assert grouped.run_each([]) == [] and len(batches) == 4


def test_a_failed_save_fails_its_jobs_and_not_the_next():
    states = iter([UnavailableError("Away."), None])

    def save(jobs):
        if (error := next(states)) is not None:
            raise error
        return list(jobs)

    grouped = Grouped(save)
    with pytest.raises(UnavailableError):
        grouped.run(1)
    assert grouped.run(2) == 2
