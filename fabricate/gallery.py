"""Pictures of templates: one of one, to see what an edit does, and the sheet of everything there is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fabricate import resources
from fabricate.kit import body, props, templates
from fabricate.kit.design import MONK, Design, levels
from fabricate.kit.figure import GREY, build, skeleton_of
from fabricate.kit.isosurface import isosurface
from fabricate.kit.meshes import floors, meshed
from fabricate.kit.outfit import dress
from fabricate.kit.views import painted
from fabricate.render import Camera, Framing, Scene, Surface, picture

__all__ = ["DRAWN", "Sitter", "portrait", "sheet", "sitter"]

DRAWN = (
    *("styles", "poses", "outfits", "hair", "hats", "glasses", "beards"),
    *("accessories", "bases"),
)
"""The kinds of template that can be drawn."""
KEYS = {
    **{"styles": "style", "poses": "pose", "outfits": "outfit", "hair": "hair"},
    **{"hats": "hat", "glasses": "glasses", "beards": "beard"},
}
"""Kind of template -> the design's key for it."""
HEADS = frozenset({"hair", "hats", "glasses", "beards"})
ALONE = frozenset({"accessories", "bases"})
DETAIL = 2.0
"""Cells so many times as wide as for printing: pictures of this size show no difference."""
LARGE = 1.6
"""The same on the sheet, which is looked at for longer."""
LOOKS = tuple(
    (MONK[f"monk-{step:02}"], hair)
    for step, hair in (
        *((2, "#b5552b"), (3, "#d9a94e"), (3, "#4a2f20"), (4, "#2a2022"), (5, "#6e3b22")),
        *((6, "#2a2022"), (7, "#3a2620"), (8, "#241c1c"), (4, "#8a8582"), (2, "#7a4526")),
    )
)
"""Skin and hair of those who show the templates."""

PAPER, TILE, INK, SOFT = (243, 238, 229), (251, 249, 244), (52, 47, 44), (148, 138, 128)
"""The sheet's colours: its paper, the tiles, words, and quieter words."""
COLUMNS, WIDTH, MARGIN, GAP, CAPTION = 9, 1600, 52, 13, 34
SHAPES = {"tall": 1.34, "head": 1.16, "square": 1.06, "low": 0.74}
"""Height over width of a tile's picture."""


@dataclass(frozen=True)
class Sitter:
    """What a template looks like: ``surfaces`` in any unit; pictures hold ``anchor`` (3,) in its place."""

    surfaces: Sequence[Surface]
    anchor: NDArray[np.float32]
    kind: str
    name: str


def sitter(kind: str, name: str, detail: float) -> Sitter:
    """A template of one of the kinds ``DRAWN``, sculpted: hair and the like on a head, clothes on a figure.

    ``detail``: the side of the mesh's cells over that of a print. Raises TemplateError for a template that
    is missing or wrong.
    """
    if kind == "accessories":
        return Sitter(_accessory(name, detail), _point(0, 0, 0), kind, name)
    if kind == "bases":
        return Sitter(_base(name), _point(0, 0, 0), kind, name)
    design = shown(kind, name)
    limit = floors(90.0, "fdm")
    skeleton, _ = skeleton_of(design)
    pieces = build(design, limit.thin, limit.step, limit.line)
    anchor = _point(0, 0, 0)
    if kind in HEADS:
        worn = {str(row.get("part", "main")) for row in templates.rows(kind, name, "shape")}
        off = dress(skeleton, design.outfit, limit.step, limit.line).parts.keys() - worn
        pieces = [piece for piece in pieces if piece.name not in off]
        if kind == "glasses":  # thin lines show coarse cells
            pieces = [replace(p, fine=p.fine or p.name in ("glasses", *worn)) for p in pieces]
        for piece in pieces:
            if piece.name == "skin":
                piece.field.keep(body.plane(skeleton.neck - [0, 0, 0.012], np.array([0.0, 0.0, -1.0])), 0.004)
        anchor = skeleton.head.origin.astype(np.float32)
    return Sitter(painted(meshed(pieces, limit.voxel * detail), design), anchor, kind, name)


def shown(kind: str, name: str) -> Design:
    """The design that shows a template, in colours that its name picks."""
    skin, hair = LOOKS[zlib.crc32(name.encode()) % len(LOOKS)]
    return Design.from_json({"skin": skin, "hair_colour": hair, KEYS[kind]: name})


def _point(x: float, y: float, z: float) -> NDArray[np.float32]:
    return np.array([x, y, z], np.float32)


def _accessory(name: str, detail: float) -> list[Surface]:
    skeleton, _ = skeleton_of(Design())
    unit, limit = skeleton.size["hand"], floors(90.0, "fdm")
    colours, out = props.colours(name, ""), []
    for part, clay in props.alone(name, unit, limit.thin).items():
        vertices, faces = isosurface(clay, limit.voxel * detail * 0.5)
        if len(faces):
            colour = np.array(levels(colours.get(part, GREY)))
            out.append(Surface(vertices.astype(np.float32), faces, colour, gloss=0.4))
    return out


def _base(name: str) -> list[Surface]:
    from fabricate.solid.base import build_base, plinth_for, template_of
    from fabricate.solid.boolean import from_manifold
    from fabricate.solid.limits import limits_of

    template = template_of(name)
    made = build_base(plinth_for(template, 90.0), "Maya", limits_of("fdm"))
    meshes = [(from_manifold(solid), colour) for solid, colour in made.pieces(template).values()]
    return [
        Surface(np.asarray(m.vertices, np.float32), np.asarray(m.faces), levels(colour), gloss=0.3)
        for m, colour in meshes
    ]


def camera_of(kind: str) -> Camera:
    """From where a kind is looked at."""
    if kind == "accessories":
        return Camera(yaw_deg=28, pitch_deg=16)
    if kind == "bases":
        return Camera(yaw_deg=0, pitch_deg=24)
    return Camera(yaw_deg=24, pitch_deg=4) if kind in HEADS else Camera(yaw_deg=16, pitch_deg=5)


def _spread(who: Sitter, camera: Camera) -> NDArray[np.float64]:
    """[[left, top], [right, bottom]] about the anchor, at one pixel a unit."""
    unit = Framing(camera, 2, 2, who.anchor, float("inf"), 1.0, (0.0, 0.0))
    seen = unit.project(np.concatenate([s.vertices for s in who.surfaces]))[:, :2]
    return np.array([seen.min(0), seen.max(0)], float)


def _frame(
    spread: NDArray[np.float64],
    camera: Camera,
    size: tuple[int, int],
    who: Sitter,
    scale: float | None = None,
) -> Framing:
    """The framing of a picture of ``size``, ``spread`` in its middle, as large as fits or at ``scale``."""
    scale = scale or _largest(spread[1] - spread[0], size, who.kind)
    x, y = np.array(size) / 2 - scale * spread.mean(0)
    return Framing(camera, *size, who.anchor, float("inf"), scale, (float(x), float(y)))


def _largest(extent: NDArray[np.float64], size: tuple[int, int], kind: str) -> float:
    """Pixels a unit at which ``extent`` (2,) fits a picture, with some air around it."""
    room = np.array(size) - 2 * (0.11 if kind in ALONE else 0.075) * min(size)
    return float((room / np.maximum(extent, 1e-6)).min())


def portrait(kind: str, name: str, height: int = 520) -> Image.Image:
    """A picture of one template on paper, RGB: from before, and of what is worn from behind as well."""
    who = sitter(kind, name, DETAIL)
    if not who.surfaces:
        raise templates.Place(resources.find(kind, name), "shape").fault(
            "nothing is left of it", "an op of cut or keep takes all away"
        )
    front = camera_of(kind)
    cameras = [front] if kind in ALONE else [front, replace(front, yaw_deg=front.yaw_deg + 180)]
    scene = Scene(who.surfaces)
    wide = round(height * (1.3 if kind in ALONE else 0.86 if kind in HEADS else 0.70))
    paper = Image.new("RGBA", (wide * len(cameras), height), (*TILE, 255))
    for k, camera in enumerate(cameras):
        frame = _frame(_spread(who, camera), camera, (wide, height), who)
        # Each picture is as wide as the paper, so that no shadow ends at a seam.
        frame = replace(frame, width=paper.width, offset=(frame.offset[0] + wide * k, frame.offset[1]))
        paper = Image.alpha_composite(paper, _shot(scene, frame, kind, samples=6, occlusion=5))
    return paper.convert("RGB")


def sheet(
    kinds: Sequence[str] = DRAWN, step: Callable[[str, float], None] = lambda _m, _f: None
) -> Image.Image:
    """Every template of these kinds in one labelled picture, RGB, ``WIDTH`` pixels wide, as tall as needed.

    ``step(message, fraction)`` hears how far it is. Raises TemplateError for the first that cannot be drawn.
    """
    asked = {kind: resources.names(kind) for kind in kinds}
    total, done = sum(map(len, asked.values())), 0
    bands = []
    for kind, names in asked.items():
        sitters = []
        for name in names:
            step(f"{kind}: {name}", 0.7 * done / total)
            sitters.append(sitter(kind, name, LARGE))
            done += 1
        bands.append(_band(kind, sitters))
    high = MARGIN + sum(band.height for band in bands) + MARGIN // 2
    page = Image.new("RGB", (WIDTH, high), PAPER)
    y = MARGIN
    for band in bands:
        page.paste(band, (0, y))
        y += band.height
    return page


def _band(kind: str, sitters: Sequence[Sitter]) -> Image.Image:
    """A kind's heading and its grid of tiles, as wide as the sheet."""
    wide = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) // COLUMNS
    shape = "low" if kind == "bases" else "square" if kind in ALONE else "head" if kind in HEADS else "tall"
    size = (wide, round(wide * SHAPES[shape]))
    heading, row = 74, size[1] + CAPTION + GAP + 6
    rows = -(-len(sitters) // COLUMNS)
    band = Image.new("RGB", (WIDTH, heading + rows * row + 34), PAPER)
    pen = ImageDraw.Draw(band)
    title, quiet = _font("ExtraBold", 44), _font("SemiBold", 26)
    pen.text((MARGIN, 40), kind.capitalize(), fill=INK, font=title, anchor="ls")
    pen.text(
        (MARGIN + pen.textlength(kind.capitalize(), font=title) + 14, 40),
        str(len(sitters)),
        fill=SOFT,
        font=quiet,
        anchor="ls",
    )
    camera = camera_of(kind)
    spreads = [_spread(who, camera) for who in sitters]
    # Accessories each fill their tile; the others are of one scale, and figures stand on one line.
    union = np.array([np.min([s[0] for s in spreads], 0), np.max([s[1] for s in spreads], 0)])
    most = np.max([s[1] - s[0] for s in spreads], 0)
    scale = _largest(most if kind in HEADS else union[1] - union[0], size, kind)
    for k, (who, own) in enumerate(zip(sitters, spreads, strict=True)):
        x = MARGIN + (k % COLUMNS) * (wide + GAP)
        y = heading + (k // COLUMNS) * row
        spread = own if kind in HEADS or kind == "accessories" else union
        # A head without long hair may be a little larger than its neighbours.
        fits = _largest(own[1] - own[0], size, kind)
        held = fits if kind == "accessories" else min(fits, scale * 1.2) if kind in HEADS else scale
        band.paste(_tile(who, _frame(spread, camera, size, who, held)), (x, y))
        pen.text(
            (x + wide / 2, y + size[1] + 8),
            who.name,
            fill=INK,
            font=_fitting(who.name, wide),
            anchor="ma",
        )
    return band


def _tile(who: Sitter, frame: Framing) -> Image.Image:
    """One picture on a tile with round corners, on the sheet's paper."""
    size = (frame.width, frame.height)
    mask = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] * 4 - 1, size[1] * 4 - 1), 52, fill=255)
    shot = _shot(Scene(who.surfaces), frame, who.kind, samples=12, occlusion=7)
    lit = Image.alpha_composite(Image.new("RGBA", size, (*TILE, 255)), shot).convert("RGB")
    return Image.composite(lit, Image.new("RGB", size, PAPER), mask.resize(size, Image.Resampling.LANCZOS))


def _shot(scene: Scene, frame: Framing, kind: str, samples: int, occlusion: int) -> Image.Image:
    """One picture, RGBA, with a shadow under all that stands."""
    return picture(
        scene,
        width=frame.width,
        height=frame.height,
        frame=frame,
        ground=kind not in HEADS,
        samples=samples,
        occlusion=occlusion,
    )


def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    path = resources.packaged() / "templates/cards/fonts" / f"BarlowCondensed-{weight}.ttf"
    return ImageFont.truetype(str(path), size)


def _fitting(words: str, wide: int) -> ImageFont.FreeTypeFont:
    """The caption's font, smaller for a long name."""
    fonts = (_font("SemiBold", size) for size in range(23, 11, -1))
    return next((font for font in fonts if font.getlength(words) <= wide), _font("SemiBold", 11))
