"""auditor/cli/__init__.py, _facts.py and _completion.py: the parts that every command has."""

import argparse
import builtins
import json
import shlex
import subprocess

import pytest

from auditor.cli import _facts, build_parser, commands, main


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.NAME)
def test_every_command_has_an_example_that_it_takes_and_speaks_json(command, capsys):
    words = shlex.split(command.EXAMPLE)
    assert words[0] == command.NAME
    assert build_parser().parse_args(words).run is command.run
    with pytest.raises(SystemExit):
        main([command.NAME, "--help"])
    explained = capsys.readouterr().out
    assert f"example:\n  python -m auditor {command.EXAMPLE}" in explained
    assert "--json" in explained or command.NAME == "inspect"


def test_an_installed_program_calls_itself_by_its_name(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/home/ada/.venv/bin/fer-auditor", "app"])
    assert build_parser().prog == "fer-auditor"


def test_facts_are_one_object_or_lines(capsys, tmp_path):
    _facts.tell(argparse.Namespace(json=True), {"path": tmp_path, "name": "Ærø"}, "for people")
    assert json.loads(capsys.readouterr().out) == {"path": str(tmp_path), "name": "Ærø"}
    _facts.tell(argparse.Namespace(json=False), {"path": tmp_path}, "for", "people")
    assert capsys.readouterr().out == "for\npeople\n"


def test_commands_print_json_that_says_what_they_did(tmp_path, capsys):
    def run(*words):
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    work = ("--workspace", tmp_path / "work")
    code, drawn = run("demo", "--out", tmp_path / "faces", "--images", 14)
    assert code == 0 and drawn == {"folder": str(tmp_path / "faces")}
    (tmp_path / "decisions.csv").write_text("name,action,label\ntrain_00001.jpg,exclude,\nnobody.jpg,keep,\n")
    code, said = run("decide", tmp_path / "faces", *work, "--annotator", "ada", "--from", tmp_path / "decisions.csv")
    assert code == 1 and said["saved"] == 1
    assert [line["line"] for line in said["left_out"]] == [3]
    code, listed = run("export", tmp_path / "faces", *work, "--preview")
    assert code == 0 and [(c["name"], c["to"], c["who"]) for c in listed["changes"]] == [
        ("train_00001.jpg", "excluded", "ada")
    ]
    code, written = run("export", tmp_path / "faces", *work, "--as", "excluded", "--out", tmp_path / "out.txt")
    assert code == 0 and written["paths"] == [str(tmp_path / "out.txt")]
    code, flipped = run("corrupt", tmp_path / "faces", "--rate", "0.5", "--out", tmp_path / "noisy.txt")
    assert code == 0 and flipped["flipped"] == round(flipped["lines"] * 0.5)


def test_the_shell_completes_commands(tmp_path, capsys):
    pytest.importorskip("shtab", reason="shtab is not installed (requirements-dev.txt)")
    with pytest.raises(SystemExit) as stopped:
        main(["--print-completion", "bash"])
    assert stopped.value.code == 0
    script = tmp_path / "completion.sh"
    script.write_text(capsys.readouterr().out)
    ask = """
source "$1"
COMP_WORDS=(fer-auditor exp); COMP_CWORD=1
"$(complete -p fer-auditor | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" fer-auditor exp fer-auditor
echo "${COMPREPLY[@]}"
"""
    said = subprocess.run(["bash", "-c", ask, "bash", str(script)], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["export"]


def test_completion_without_shtab_says_what_to_install(monkeypatch, capsys):
    load = builtins.__import__

    def without(name, *rest, **named):
        if name == "shtab":
            raise ImportError(name)
        return load(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["--print-completion", "zsh"]) == 2
    assert "pip install shtab" in capsys.readouterr().err
