"""fabricate: from a selfie or a sentence to a printable figure and the card it hangs on.

::

    import fabricate

    spec = fabricate.Spec(subject={"name": "Maya", "describe": "curly red hair in a bun"})
    result = fabricate.make(spec, "out/maya")
    result.files["figure.stl"], result.printable

Names are loaded when they are first used: ``import fabricate`` itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fabricate.artifacts import Card, Check, Figure, Lifted, Likeness, PrintReport, View
    from fabricate.errors import (
        BackendError,
        FabricateError,
        MeshError,
        NotPrintable,
        PrinterError,
        RunError,
        SliceError,
        SpecError,
        SubjectError,
        TemplateError,
    )
    from fabricate.events import Event
    from fabricate.pipeline import Result, make
    from fabricate.spec import Spec
    from fabricate.spec import load as load_spec

    __version__: str

__all__ = [
    "BackendError",
    "Card",
    "Check",
    "Event",
    "FabricateError",
    "Figure",
    "Lifted",
    "Likeness",
    "MeshError",
    "NotPrintable",
    "PrintReport",
    "PrinterError",
    "Result",
    "RunError",
    "SliceError",
    "Spec",
    "SpecError",
    "SubjectError",
    "TemplateError",
    "View",
    "__version__",
    "load_spec",
    "make",
]

_HOMES = {
    "artifacts": ("Card", "Check", "Figure", "Lifted", "Likeness", "PrintReport", "View"),
    "errors": (*(name for name in __all__ if name.endswith("Error")), "NotPrintable"),
    "events": ("Event",),
    "pipeline": ("Result", "make"),
    "spec": ("Spec",),
}
_HOME = {name: (module, name) for module, names in _HOMES.items() for name in names}
_HOME["load_spec"] = ("spec", "load")


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("fabricate-figures")
    elif name in _HOME:
        module, inner = _HOME[name]
        value = getattr(importlib.import_module(f"fabricate.{module}"), inner)
    else:
        raise AttributeError(f"module 'fabricate' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
