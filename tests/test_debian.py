"""A missing program is a skip at home and a failure on a CI machine, and either names the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.debian import PACKAGES, needs


@pytest.mark.parametrize("package", PACKAGES)
def test_without_the_program_it_skips_or_fails(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=package):
        needs(package)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=package):
        needs(package)


def test_with_the_program_it_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "slice-it"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert needs(PACKAGES[0], "slice-it") == str(program)


def test_a_package_that_is_not_listed_would_never_be_installed() -> None:
    with pytest.raises(ValueError, match=r"debian\.txt"):
        needs("no-such-package")
