"""grouping.py and appending.py: many callers, few saves, each caller its own answer."""

import threading

import pytest

from auditor.errors import RefusedError, UnavailableError
from auditor.store.grouping import Grouped


def test_what_waits_while_another_is_saved_is_saved_in_one_go_and_in_order():
    batches, first, go_on = [], threading.Event(), threading.Event()

    def save(jobs):
        batches.append(list(jobs))
        if len(batches) == 1:
            first.set()
            assert go_on.wait(30)
        return [RefusedError("Odd.") if job % 2 else job * 10 for job in jobs]

    grouped = Grouped(save, largest=3)
    answers = {}

    def ask(job):
        try:
            answers[job] = grouped.run(job)
        except RefusedError as error:
            answers[job] = error

    callers = [threading.Thread(target=ask, args=(0,))]
    callers[0].start()
    assert first.wait(30)
    for job in range(1, 6):
        callers.append(threading.Thread(target=ask, args=(job,)))
        callers[-1].start()
        while len(grouped._waiting) < job:
            pass
    go_on.set()
    for caller in callers:
        caller.join(30)
    assert batches == [[0], [1, 2, 3], [4, 5]]
    assert {job: answer for job, answer in answers.items() if not job % 2} == {0: 0, 2: 20, 4: 40}
    assert all(isinstance(answers[job], RefusedError) for job in (1, 3, 5))


def test_the_jobs_of_one_caller_are_never_parted():
    batches, first, go_on = [], threading.Event(), threading.Event()

    def save(jobs):
        batches.append(list(jobs))
        if len(batches) == 1:
            first.set()
            assert go_on.wait(30)
        return [RefusedError("Odd.") if job % 2 else job for job in jobs]

    grouped, answers, callers = Grouped(save, largest=3), {}, []

    def ask(jobs):
        answers[tuple(jobs)] = grouped.run_each(jobs)

    for jobs in ([0], [1, 2], [4, 6], [8, 10, 12, 14]):
        callers.append(threading.Thread(target=ask, args=(jobs,)))
        callers[-1].start()
        assert first.wait(30)
        while len(grouped._waiting) < len(callers) - 1:
            pass
    go_on.set()
    for caller in callers:
        caller.join(30)
    assert batches == [[0], [1, 2], [4, 6], [8, 10, 12, 14]]
    assert answers[4, 6] == [4, 6] and isinstance(answers[1, 2][0], RefusedError) and answers[1, 2][1] == 2
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
