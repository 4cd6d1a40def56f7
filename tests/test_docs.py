"""Words are tested against code: commands, extras, docstrings, and no trace of one machine's folders."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fabricate"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> dict[str, Any]:
    """Every CLI command by the words that call it, groups included: ``templates list`` -> the command."""
    import click

    from fabricate.cli import cli

    found: dict[str, Any] = {}

    def walk(words: tuple[str, ...], command: click.Command) -> None:
        if words:
            found[" ".join(words)] = command
        for name, inner in getattr(command, "commands", {}).items():
            walk((*words, name), inner)

    walk((), cli)
    return found


def requirement_name(requirement: str) -> str:
    """``pillow>=11; python_version < "3.13"`` -> ``pillow``, normalised as package indexes do."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def imported(folder: Path) -> set[str]:
    """Top-level names of everything imported anywhere under ``folder``."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                found |= {str(a.value).split(".")[0] for a in node.args if isinstance(a, ast.Constant)}
    return found


def tracked() -> list[Path]:
    """The text files of the checkout (what git knows and what it does not ignore); skips outside of git."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def test_every_command_is_explained_with_an_example() -> None:
    for words, command in commands().items():
        assert command.help, f"`fabricate {words}` has no help text"
        shown = f"fabricate {words}" in README or f"fabricate {words}" in (command.epilog or "")
        assert hasattr(command, "commands") or shown, f"`fabricate {words}`: no example in README or its help"
        for param in command.params:
            told = param.param_type_name == "argument" or getattr(param, "help", None)
            assert told, f"`fabricate {words}`: {param.name} has no help text"
    assert {"make", "new", "check"} <= {words for words in commands() if f"fabricate {words}" in README}


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    known = {words.split()[0] for words in commands()}
    named = set(re.findall(r"^(?: {4}|\$ )?fabricate ([a-z]+)\b", README, re.MULTILINE))
    named |= set(re.findall(r"`fabricate ([a-z]+)\b", README))
    assert named, "README shows no command"
    assert named <= known, f"README shows unknown commands: {sorted(named - known)}"


def test_the_readme_names_only_real_targets_and_files() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"^(?: {4}|\$ )?make ([a-z-]+)\b", README, re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z-]+)`", README))
    assert {"figure", "test"} <= named <= targets
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", README) + re.findall(
        r'(?:src|href)="(?!http)([^"#]+)"', README
    )
    gone = [link for link in links if not (ROOT / link).exists()]
    assert not gone, f"README points at files that are not there: {gone}"


@pytest.mark.parametrize(
    "extra", ["", *(name for name in PROJECT["optional-dependencies"] if name != "test")]
)
def test_every_dependency_is_used(extra: str) -> None:
    """Core: each dependency is imported. An extra: at least one is, and the README names it."""
    wanted = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    provides: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for name in distributions:
            provides.setdefault(requirement_name(name), set()).add(module)
    ours = imported(PACKAGE)
    names = {requirement_name(each) for each in wanted}
    unused = {name for name in names if not provides.get(name, {name.replace("-", "_")}) & ours}
    if extra:
        assert unused < names, f"nothing in fabricate imports what the extra {extra!r} installs"
        assert f"[{extra}]" in README or f"`{extra}`" in README, f"README does not name the extra {extra!r}"
    else:
        assert not unused, f"core dependencies that nothing imports: {sorted(unused)}"


def test_no_file_names_a_folder_of_one_machine() -> None:
    own = {str(ROOT), str(Path.home()), sys.prefix} - {"/", "/root"}
    homes = re.compile(r"(?<![\w.*}>\]])/(?:home|Users|root|tmp|mnt|opt)/[\w.-]")
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if homes.search(line) or any(each in line for each in own):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_pins_hold_no_addresses_and_cover_every_dependency() -> None:
    pins = [
        line
        for raw in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if (line := raw.partition("#")[0].strip())
    ]
    shape = re.compile(r"[A-Za-z0-9._-]+==[\w.!+]+( *;.+)?")
    assert [pin for pin in pins if not shape.fullmatch(pin)] == []
    pinned = {requirement_name(pin) for pin in pins}
    wanted = {
        requirement_name(each)
        for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
        for each in group
    }
    assert wanted <= pinned, f"not pinned: {sorted(wanted - pinned)}"
    assert "torch==2.13.0" in pins


def undocumented(path: Path) -> Iterator[str]:
    """Public functions, classes and methods of a file that say nothing about themselves."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield f"{path.relative_to(ROOT)}: the module"
    todo: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    for prefix, node in todo:
        if not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            todo += [(f"{node.name}.", inner) for inner in node.body]


def test_everything_public_says_what_it_does() -> None:
    silent = [line for path in sorted(PACKAGE.rglob("*.py")) for line in undocumented(path)]
    assert not silent, "\n".join(silent)
