"""auditor/evidence/threads.py: every row in one part, errors raised, and the caller's threads as they were."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from auditor.evidence import threads


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("rows", [0, 1, 101])
def test_every_row_is_in_one_part_and_products_are_undivided_meanwhile(rows):
    np.linalg.inv(np.eye(2))
    calls, meanwhile = np.zeros(rows, int), set()

    def work(part):
        calls[part] += 1
        meanwhile.update(blas_threads())

    with threadpool_limits(2, user_api="blas"):
        threads.over_rows(rows, work)
        assert blas_threads() == {2}
    assert (calls == 1).all() and meanwhile <= {1}


def test_an_error_in_a_thread_is_raised():
    def work(part):
        if 3 in part:
            raise ValueError("no row 3")

    with pytest.raises(ValueError, match="no row 3"):
        threads.over_rows(8, work)
