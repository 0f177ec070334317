from auditor.data.problems import Problem, Problems, count_problems, printable


def test_a_long_list_is_cut_but_counted():
    problems = Problems(listed=3)
    for line in range(10):
        problems.add("labels.txt", line, "bad-line", "no")
    problems.add("labels.txt", 1, "encoding", "odd")
    frozen = problems.freeze()
    assert [p.line for p in frozen] == [0, 1, 2, 1, None]
    assert frozen[-1] == Problem("labels.txt", None, "bad-line", frozen[-1].message, 7)
    assert count_problems(frozen) == {"bad-line": 10, "encoding": 1}
    assert len(problems) == 11
    again = Problems()
    again.extend(frozen)
    assert count_problems(again.freeze()) == count_problems(frozen)


def test_the_users_text_is_safe_to_show():
    assert printable("a\x1b[31m\0\udcff") == "a\\x1b[31m\\x00\\udcff"
    assert len(printable("x" * 10_000_000)) == 60
    assert printable("übung") == "übung"
