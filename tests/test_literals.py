"""auditor/literals.py: the literals of a file are read without running it."""

import ast

from auditor import literals

SOURCE = """
raise SystemExit("this file was run")
A, B = "a", -2
C: tuple[str, ...] = ("x", "y")
D = E = {"k": [1, 2]}
F = A + "!"
G, H = unknown, 3
"""


def test_only_plain_values_are_read(tmp_path):
    file = tmp_path / "stated.py"
    file.write_text(SOURCE, encoding="utf-8")
    found = literals.values(literals.parse(file))
    assert found == {"A": "a", "B": -2, "C": ("x", "y"), "D": {"k": [1, 2]}, "E": {"k": [1, 2]}, "H": 3}


def test_a_file_is_read_while_other_threads_read_theirs(tmp_path, monkeypatch):
    """Python 3.11 mixes the depths of two trees up that are built at once."""
    file = tmp_path / "stated.py"
    file.write_text(SOURCE, encoding="utf-8")
    real, failures = ast.parse, iter([SystemError("AST constructor recursion depth mismatch"), RecursionError()])

    def mixed_up(*source, **options):
        if (failure := next(failures, None)) is not None:
            raise failure
        return real(*source, **options)

    monkeypatch.setattr(ast, "parse", mixed_up)
    assert len(literals.parse(file)) == 6
