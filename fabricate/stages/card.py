"""Card: the packaging, true to the figure's real size, as PDF, PNG and SVG."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants, accessory_names, is_path

if TYPE_CHECKING:
    import numpy as np
    import trimesh
    from numpy.typing import NDArray
    from PIL import Image

    from fabricate.card import AccessoryPicture
    from fabricate.render import Surface

NAME = "card"
VERSION = "2"
DPI, MOST_PIXELS = 300, 1120


def wants(spec: Spec) -> Wants:
    """The words on the card, the figure's height, and the template with its document and its fonts.

    Raises TemplateError when the template is missing or wrong.
    """
    from fabricate.card import template, typeset

    document = template.load(spec.card.template).document
    fonts = [file for folder in typeset.folders() for file in sorted(folder.glob("*.[to]tf"))]
    options = {
        "name": spec.subject.name,
        "title": spec.subject.title,
        "accessories": accessory_names(spec),
        "height_mm": spec.prepare.height_mm,
        "card": spec.card.model_dump(mode="json"),
    }
    return Wants(options, (document, *fonts), ("cards",))


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write ``card.pdf``, ``card.png`` and ``card.svg``. Raises TemplateError, MeshError."""
    from fabricate.card import CardContent, render_card
    from fabricate.solid.glb import read_lifted

    progress.step("taking the figure's picture", 0.0)
    figure, picture_mm = _portrait(before["prepare"] / "figure.glb")
    accessories: tuple[AccessoryPicture, ...] = ()
    lifted = read_lifted(before["lift"] / "lifted.glb")
    if lifted.accessories or spec.subject.accessories:
        accessories = _accessories(spec, lifted.accessories)
    progress.step("setting the card", 0.5)
    card = render_card(
        CardContent(
            name=spec.subject.name,
            title=spec.subject.title,
            accessories=accessories,
            figure=figure,
            height_mm=spec.prepare.height_mm,
            picture_mm=picture_mm,
        ),
        template=spec.card.template,
    )
    for warning in card.warnings:
        progress.warn(warning)
    for kind, data in (("pdf", card.pdf), ("png", card.png), ("svg", card.svg)):
        (out / f"card.{kind}").write_bytes(data)
    files = {name: name for name in ("card.pdf", "card.png", "card.svg")}
    summary = {"template": spec.card.template, "size_mm": list(card.size_mm), "warnings": list(card.warnings)}
    return Made(files, summary, card.warnings)


def _portrait(glb: Path) -> tuple[Image.Image, float]:
    """The prepared figure seen from the front (RGBA, 300 dpi at its real size) and its height in mm."""
    return _seen(_viewer_surfaces(glb), yaw_deg=0.0, pitch_deg=0.0)


def _seen(surfaces: list[Surface], *, yaw_deg: float, pitch_deg: float) -> tuple[Image.Image, float]:
    """A picture (RGBA) of surfaces in mm, at most ``MOST_PIXELS`` long, and its opaque height in mm."""
    from fabricate.render import Camera, Scene, framing, picture

    scene = Scene(surfaces)
    camera = Camera(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    unit = framing(scene, width=1000, height=1000, camera=camera)
    seen = unit.project(scene.points)[:, :2] / unit.scale
    size = (seen.max(axis=0) - seen.min(axis=0)).astype(float)
    per_mm = min(DPI / 25.4, MOST_PIXELS / float(size.max()))
    width, height = (round(side * per_mm) + 8 for side in size.tolist())
    frame = framing(scene, width=width, height=height, camera=camera, margin=4 / min(width, height))
    image = picture(scene, width=width, height=height, frame=frame, samples=8, occlusion=4)
    box = image.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox()
    shown = image.height if box is None else box[3] - box[1]
    return image, shown / frame.scale


def _viewer_surfaces(glb: Path) -> list[Surface]:
    """The parts of a viewer's GLB (metres, +Y up) as surfaces in mm in the figure frame, shaded by what the
    figure.stl beside it shows of them. Raises MeshError when a file cannot be read.
    """
    import numpy as np
    import trimesh

    from fabricate.errors import MeshError
    from fabricate.solid.colour import from_linear
    from fabricate.solid.customs import upright
    from fabricate.solid.export import read_stl
    from fabricate.solid.shading import seen_surfaces

    try:
        scene = trimesh.load_scene(glb, process=False)
    except (OSError, ValueError, KeyError, IndexError, NotImplementedError) as exc:
        raise MeshError(f"{glb} cannot be read: {exc}", "make it again: --remake prepare") from exc
    parts: dict[str, trimesh.Trimesh] = {}
    for node in scene.graph.nodes_geometry:
        place, name = scene.graph[node]
        mesh = scene.geometry[name]
        points = upright(trimesh.transform_points(mesh.vertices, place) * 1000.0, "y")
        rgb = np.broadcast_to(np.rint(from_linear(_linear(mesh)) * 255), (len(points), 3))
        rgba = np.hstack([rgb, np.full((len(points), 1), 255)]).astype(np.uint8)
        parts[str(name)] = trimesh.Trimesh(points, mesh.faces, vertex_colors=rgba, process=False)
    solid = glb.with_name("figure.stl")
    whole: Any = read_stl(solid) if solid.is_file() else trimesh.util.concatenate(list(parts.values()))
    return seen_surfaces(parts, whole)


def _linear(mesh: trimesh.Trimesh) -> NDArray[np.float64]:
    """The colour in linear light, 0..1: one (3,), or one a vertex (n, 3)."""
    import numpy as np

    rows = getattr(mesh.visual, "vertex_attributes", {}).get("color")
    if rows is not None:
        rows = np.asarray(rows)
        most = np.iinfo(rows.dtype).max if rows.dtype.kind in "ui" else 1.0
        return np.asarray(rows[:, :3] / most, dtype=np.float64)
    factor = getattr(getattr(mesh.visual, "material", None), "baseColorFactor", None)
    if factor is None:
        return np.ones(3)
    return np.asarray(factor[:3], dtype=np.float64) / 255.0


def _accessories(
    spec: Spec, solids: Mapping[str, Mapping[str, trimesh.Trimesh]]
) -> tuple[AccessoryPicture, ...]:
    """Label and picture of each accessory that was lifted (the words may ask for more than the spec does),
    then the label alone of one in the spec that the lift did not make."""
    from fabricate.card import AccessoryPicture

    out = []
    for label, parts in solids.items():
        image, height_mm = _lying(list(parts.values()), spec.prepare.height_mm)
        out.append(AccessoryPicture(_plain(label), image, height_mm))
    return (*out, *(AccessoryPicture(_plain(label)) for label in _unmade(spec, tuple(solids))))


def _plain(label: str) -> str:
    return label.replace("-", " ").replace("_", " ")


def _unmade(spec: Spec, made: tuple[str, ...]) -> list[str]:
    """Labels of the spec's accessories that are not among those lifted, each once.

    Two of one name are lifted as ``mug`` and ``mug-2``; a word ("coffee") as the template that it means.
    """
    from fabricate.errors import SpecError
    from fabricate.kit import props
    from fabricate.kit.solid import labelled

    def meant(asked: str) -> str:
        if props.is_word(asked):
            with contextlib.suppress(SpecError):
                return props.resolve(asked)
        return asked if is_path(asked) else asked.strip()

    # a word is one thing however often it is said; of files each is one
    wanted = labelled(tuple(dict.fromkeys(meant(asked) for asked in spec.subject.accessories)))
    left = (name for label, name in wanted.items() if label not in made)
    return list(dict.fromkeys(Path(name).stem if is_path(name) else name for name in left))


def _lying(parts: list[trimesh.Trimesh], height_mm: float) -> tuple[Image.Image, float]:
    """An accessory's picture and its height in mm, as it lies in its place of the blister.

    What stands is seen from a little above, aside; what lies flat from above, its longer side upright.
    """
    import numpy as np

    from fabricate.render import Surface
    from fabricate.solid.colour import vertex_rgba

    points = np.concatenate([np.asarray(part.vertices) for part in parts]) * height_mm
    low, high = points.min(0), points.max(0)
    areas = np.concatenate([np.asarray(part.area_faces) for part in parts])
    centres = np.concatenate([np.asarray(part.triangles_center) for part in parts]) * height_mm
    heavy = (np.average(centres, axis=0, weights=areas) - (low + high) / 2) / (high - low)
    wide, deep, tall = (high - low).tolist()
    turn, yaw_deg, pitch_deg = np.eye(3), -30.0, 18.0
    if tall < min(0.7 * max(wide, deep), 1.1 * min(wide, deep)):
        yaw_deg, pitch_deg = -10.0, 68.0
        if wide > 1.35 * deep:  # upright, its heavier end below
            way = -1.0 if heavy[0] > 0 else 1.0
            turn = np.array([[0.0, -way, 0.0], [way, 0.0, 0.0], [0.0, 0.0, 1.0]])
        elif heavy[1] > 0.03:
            turn = np.diag([-1.0, -1.0, 1.0])
    surfaces = [
        Surface(
            ((np.asarray(part.vertices) * height_mm) @ turn.T).astype(np.float32),
            part.faces,
            vertex_rgba(part)[:, :3] / 255.0,
        )
        for part in parts
    ]
    return _seen(surfaces, yaw_deg=yaw_deg, pitch_deg=pitch_deg)
