"""The examples run as they stand, are short, and the pictures that the README shows are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))


def run(script, folder, *arguments):
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / script), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_an_example_is_short_and_says_how_to_run_it(script):
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert f"{script.name}" in "\n".join(lines[:6])


@pytest.mark.slow
def test_a_figure_from_words_and_the_pictures_of_the_readme(tmp_path):
    done = run("01_from_words.py", tmp_path, "maya")
    assert done.returncode == 0, done.stderr
    assert "prints" in done.stdout
    assert "hair" in done.stderr
    strip = tmp_path / "strip.jpg"
    done = run("03_readme_picture.py", tmp_path, "maya", ROOT / "examples/astronaut.png", strip)
    assert done.returncode == 0, done.stderr
    with Image.open(strip) as picture:
        assert picture.width > 2 * picture.height


@pytest.mark.slow
def test_a_hair_style_of_one_s_own(tmp_path):
    done = run("02_your_own_hair.py", tmp_path, "kit")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kit" / "preview.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "size"),
    [("04_line_up.py", (2200, 720)), ("06_styles.py", (1800, 900)), ("07_bases.py", (1800, 1100))],
)
def test_a_shelf_of_figures(tmp_path, script, size):
    done = run(script, tmp_path, tmp_path / "shelf.jpg")
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "shelf.jpg") as picture:
        assert picture.size == size
        assert picture.convert("L").getextrema()[0] < 80


@pytest.mark.slow
def test_pictures_lifted_from_three_sides(tmp_path):
    done = run("08_from_pictures.py", tmp_path, tmp_path / "lift.jpg", 2)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "lift.jpg") as picture:
        assert picture.size == (2 * 4 * 360, 360)
        grey = picture.convert("L")
    for k in range(8):
        low, high = grey.crop((360 * k, 0, 360 * (k + 1), 360)).getextrema()
        assert low < 80
        assert high > 180


def test_the_readme_s_pictures_and_links_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in t]
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []
