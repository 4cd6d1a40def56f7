"""What we ship: the wheel and the sdist hold all data, and the wheel alone makes a figure anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAID = ("figure.stl", "figure.3mf", "figure.glb", "accessories.3mf", "card.pdf", "card.png", "card.svg")
SAID += ("preview.png", "report.html", "report.json")

pytestmark = pytest.mark.slow


def go(*argv: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a program to its good end and return what it wrote to stdout."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def data_files() -> set[str]:
    """Every file below ``meshes/`` and ``templates/`` that belongs to the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for top in ("meshes", "templates")
        for path in (ROOT / top).rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in path.parts[len(ROOT.parts) :])
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, as hatchling builds them from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    go(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The one wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a clean environment with the wheel in it; what the wheel needs is lent from this one."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    go(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        scripts / "python",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
    )
    go(*pip, wheel, cwd=ROOT)
    paths = json.loads(
        go(
            scripts / "python",
            "-c",
            "import json, sysconfig; print(json.dumps(sysconfig.get_paths()))",
            cwd=folder,
        )
    )
    # A folder named in a .pth file comes last, and the .pth files in it (our editable install) are not read.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(paths["purelib"], "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return scripts


def clean_env(home: Path) -> dict[str, str]:
    """An environment that knows nothing of this checkout."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FABRICATE", "XDG"))
    }
    return {**kept, "HOME": str(home), "PATH": os.defpath}


def test_the_wheel_holds_code_data_and_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "fabricate").rglob("*.py")}
    assert code <= names
    assert {f"fabricate/{name}" for name in data_files()} <= names
    assert "fabricate/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(name.startswith("fabricate/templates/") and name.endswith((".ttf", ".otf")) for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"fabricate"}
    assert not [name for name in names if name.endswith(".pyc") or "/tests/" in name]


def test_the_sdist_can_build_and_test_itself(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert data_files() | tests <= names
    words = {f"{name}.md" for name in ("README", "ARCHITECTURE", "CHANGELOG", "CONTRIBUTING")}
    assert (
        words | {"LICENSE", "Makefile", "constraints.txt", "pyproject.toml", "examples/astronaut.toml"}
        <= names
    )


def test_the_sdist_builds_the_same_wheel(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    go(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=source)
    (second,) = (tmp_path / "dist").glob("*.whl")
    assert set(zipfile.ZipFile(second).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_alone_makes_a_figure(elsewhere: Path, tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    env = clean_env(home)
    where = go(elsewhere / "python", "-c", "import fabricate; print(fabricate.__file__)", cwd=work, env=env)
    assert ROOT not in Path(where.strip()).parents
    assert elsewhere.parent in Path(where.strip()).parents
    words = (
        "--name",
        "Maya",
        "--title",
        "Ceramics teacher",
        "--describe",
        "red hair in a bun, round glasses",
    )
    said = go(
        elsewhere / "fabricate",
        "make",
        *words,
        "--accessory",
        "mug",
        "-o",
        "maya",
        "--json",
        cwd=work,
        env=env,
    )
    made = json.loads(said)
    assert made["printable"] is True
    assert set(SAID) <= set(made["files"])
    for name in SAID:
        assert (work / "maya" / name).stat().st_size > 500, name
    assert [path.name for path in work.iterdir()] == ["maya"]
    assert not any(home.iterdir()), "a run leaves nothing in the user's home"


def test_an_editable_install_reads_the_checkout() -> None:
    from fabricate import resources

    if Path(resources.__file__).resolve().parent.parent != ROOT:
        pytest.skip("fabricate is not imported from this checkout")
    assert resources.packaged() == ROOT
    stale = [Path(sysconfig.get_path(key), "fabricate") for key in ("purelib", "platlib")]
    assert not [path for path in stale if path.exists()], "a stale copy of the data lies in site-packages"
