"""Events and errors: what they carry, how they read, and that every error is drawn in the tree."""

from __future__ import annotations

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fabricate
from fabricate import errors
from fabricate.errors import FabricateError, NotPrintable, TemplateError, nearest
from fabricate.events import Event, Progress, silent

ERRORS = [
    error
    for _name, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, FabricateError) and error.__module__ == "fabricate.errors"
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_listed_drawn_and_exported(error: type[FabricateError]) -> None:
    assert error.__name__ in errors.__all__
    assert error.__name__ in (errors.__doc__ or "")
    assert getattr(fabricate, error.__name__) is error
    assert error.__doc__


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_is_two_lines_and_an_object(error: type[FabricateError]) -> None:
    made = error("it happened", "do this")
    assert str(made) == "it happened\ndo this"
    assert json.loads(json.dumps(made.to_json())) == {
        "error": error.__name__,
        "message": "it happened",
        "hint": "do this",
    }
    assert made.exit_code == (3 if error is NotPrintable else 1)


def test_a_template_error_says_where(tmp_path: object) -> None:
    told = TemplateError("hair_z should be a number", "mend it", errors.Path("a.toml"), 7)
    assert told.message == "a.toml:7: hair_z should be a number"


@given(st.text(), st.lists(st.text(), max_size=50))
def test_nearest_always_answers(name: str, known: list[str]) -> None:
    assert nearest(name, known)
    if name in known and len(name) > 1:
        assert repr(name) in nearest(name, known)


def test_the_face_lists_what_it_has_in_order() -> None:
    assert fabricate.__all__ == sorted(fabricate.__all__, key=str)
    for name in fabricate.__all__:
        value = getattr(fabricate, name)
        if name != "__version__":
            assert value.__module__.startswith("fabricate.")
    assert set(fabricate.__all__) <= set(dir(fabricate))
    with pytest.raises(AttributeError, match="manager"):
        getattr(fabricate, "manager".lower())


def test_progress_speaks_in_events() -> None:
    heard: list[Event] = []
    progress = Progress("lift", heard.append)
    progress.step("sculpting", 0.25)
    progress.note("hair: bun, from the words", key="likeness.hair.style")
    progress.warn("thin")
    assert [event.to_json() for event in heard] == [
        {"kind": "step", "stage": "lift", "message": "sculpting", "fraction": 0.25},
        {
            "kind": "note",
            "stage": "lift",
            "message": "hair: bun, from the words",
            "data": {"key": "likeness.hair.style"},
        },
        {"kind": "warn", "stage": "lift", "message": "thin"},
    ]
    silent().step("nobody hears this")
