"""mediapipe's models load alone and in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fabricate.photo import bindings


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )


def test_loading_the_models_brings_nothing_that_they_do_not_need() -> None:
    done = python(
        "import json, sys\nfrom fabricate.photo import bindings\nbindings.load()\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
        "print('mediapipe' in sys.modules)"
    )
    assert done.returncode == 0, done.stderr
    names, whole = done.stdout.splitlines()
    assert not {"cv2", "jax", "matplotlib", "sounddevice"} & set(json.loads(names))
    assert whole == "False"  # whoever imports mediapipe later gets the whole of it
    assert done.stderr == ""


def test_without_the_extra_the_pip_line_is_given() -> None:
    done = python(
        "import sys\nsys.modules['mediapipe'] = None\n"
        "from pathlib import Path\nfrom fabricate.errors import BackendError\n"
        "from fabricate.photo import read_likeness\n"
        "try:\n    read_likeness(Path('nowhere.jpg'))\nexcept BackendError as exc:\n    print(exc)"
    )
    assert "mediapipe" in done.stdout.splitlines()[0]
    assert "pip install 'fabricate-figures[photo]'" in done.stdout.splitlines()[1]
    assert done.stderr == ""


def test_quiet_keeps_the_descriptor_silent_and_gives_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    with bindings.quiet(), bindings.quiet():
        os.write(2, b"a line from C++\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_quiet_gives_the_descriptor_back_after_an_error_and_tells_what_it_swallowed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        with bindings.quiet():
            os.write(2, b"the reason\n")
            raise RuntimeError("graph failed")

    with pytest.raises(RuntimeError) as caught:
        fail()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
    assert caught.value.__notes__ == ["the reason"]
