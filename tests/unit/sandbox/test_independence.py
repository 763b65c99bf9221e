"""The simulator reads the vendor's documents by itself."""

import ast
from pathlib import Path

import runner.sandbox


def test_nothing_else_of_the_project_is_imported() -> None:
    """No module of the sandbox imports another one of this project but how sockets listen, least of all the client."""
    folder = Path(str(runner.sandbox.__file__)).parent
    imported: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")

    own = {name for name in imported if name.split(".")[0] == "runner"}
    assert own
    assert {name for name in own if name != "runner.sandbox" and not name.startswith("runner.sandbox.")} == {
        "runner.listening"
    }
