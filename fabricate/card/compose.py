"""Where things lie on the card, in mm, and the pictures at the size they are printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fabricate.card.content import AccessoryPicture, CardContent
from fabricate.card.template import CardTemplate

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["DPI", "SHADOW_MM", "Placed", "arrange", "at_size", "cropped", "shadow"]

DPI = 300
SHADOW_MM = 6.0
"""The margin that a shadow has around its picture."""
_GAP_MM = 3.0
_LABEL_MM = 6.6
_TALL_MM, _LOW_MM = 34.0, 21.0
"""A compartment's usual height, and the least when others need more."""
_MAX_COMPARTMENTS = 12


@dataclass(frozen=True)
class Placed:
    """A box on the trimmed card, mm from its top left corner."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Arrangement:
    """Where the figure, its blister and the compartments lie; ``scale`` 1.0 is the real size.

    ``pictures`` and ``shares`` are of the compartments' accessories, in order: where its picture lies, None
    without one, and its share of the real size, 1.0 where that is not known.
    """

    figure: Placed
    blister: Placed
    compartments: tuple[Placed, ...]
    pictures: tuple[Placed | None, ...]
    scale: float
    shares: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """The arrangement as plain values for the template."""
        return asdict(self)


def cropped(image: Image.Image) -> Image.Image | None:
    """The opaque part of an RGBA picture, or None when nothing in it is opaque."""
    rgba = image.convert("RGBA")
    box = rgba.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox()
    return rgba.crop(box) if box else None


def at_size(image: Image.Image, width_mm: float, height_mm: float) -> Image.Image:
    """``image`` with no more pixels than ``DPI`` asks for at that size (never enlarged)."""
    from PIL import Image

    wanted = max(1, round(width_mm / 25.4 * DPI)), max(1, round(height_mm / 25.4 * DPI))
    if wanted[0] >= image.width:
        return image
    return image.resize(wanted, Image.Resampling.LANCZOS)


def shadow(image: Image.Image, height_mm: float) -> Image.Image:
    """A soft shadow of an RGBA picture (dark, 96 dpi), with ``SHADOW_MM`` more on every side."""
    from PIL import Image, ImageDraw, ImageFilter

    per_mm = 96 / 25.4
    size = max(1, round(height_mm * per_mm * image.width / image.height)), max(1, round(height_mm * per_mm))
    edge = round(SHADOW_MM * per_mm)
    alpha = Image.new("L", (size[0] + 2 * edge, size[1] + 2 * edge), 0)
    alpha.paste(image.getchannel("A").resize(size), (edge, edge))
    ImageDraw.Draw(alpha).ellipse(
        _foot(image, edge, size, 1.1 * per_mm),
        fill=255,
    )
    alpha = alpha.filter(ImageFilter.GaussianBlur(1.5 * per_mm)).point(lambda a: round(a * 0.42))
    out = Image.new("RGBA", alpha.size, (20, 10, 30, 0))
    out.putalpha(alpha)
    return out


def _foot(
    image: Image.Image, edge: int, size: tuple[int, int], thick: float
) -> tuple[float, float, float, float]:
    """The ellipse of contact under what stands: as wide as the picture's lowest twentieth."""
    low = image.getchannel("A").crop((0, round(image.height * 0.95), image.width, image.height))
    left, _, right, _ = low.point(lambda a: 255 if a > 24 else 0).getbbox() or (0, 0, image.width, 0)
    per_px = size[0] / image.width
    bottom = edge + size[1] - thick * 1.5
    return edge + left * per_px - thick, bottom - thick, edge + right * per_px + thick, bottom + thick


def _columns(count: int, rows_fit: int) -> tuple[int, int]:
    """Columns and rows for so many compartments: one column while they fit, else two."""
    if count <= rows_fit:
        return 1, count
    return 2, -(-count // 2)


def _picture(picture: AccessoryPicture, box: Placed) -> Placed | None:
    """Where the accessory's picture lies in its compartment: at its real size if that is known and fits."""
    if picture.picture is None:
        return None
    part = cropped(picture.picture)
    if part is None:
        return None
    room_w, room_h = box.w - 4.0, box.h - _LABEL_MM - 3.0
    fill = min(room_w / part.width, room_h / part.height)
    per_px = min(fill, picture.height_mm / part.height) if picture.height_mm else fill
    w, h = part.width * per_px, part.height * per_px
    return Placed(box.x + (box.w - w) / 2, box.y + 1.5 + (room_h - h) / 2, w, h)


def _need(item: AccessoryPicture) -> float:
    """How tall a compartment must be to show an accessory at its real size."""
    return max(_LOW_MM, (item.height_mm or 0.0) + _LABEL_MM + 3.5)


def _talls(needs: list[float], rows: int, height: float) -> list[float]:
    """Heights of a column's compartments in a stage of ``height``: alike, unless one needs more than that."""
    room = height - (rows - 1) * _GAP_MM
    alike = min(_TALL_MM, room / rows)
    if max(needs) <= alike:
        return [alike] * len(needs)
    room -= (rows - len(needs)) * alike
    # With room left the small ones grow to one height, up to the usual; with too little the large are cut.
    pick, low, high = (max, 0.0, _TALL_MM) if sum(needs) <= room else (min, 0.0, max(needs))
    for _ in range(40):
        middle = (low + high) / 2
        fits = sum(pick(need, middle) for need in needs) <= room
        low, high = (middle, high) if fits else (low, middle)
    return [pick(need, low) for need in needs]


def arrange(template: CardTemplate, content: CardContent, aspect: float) -> Arrangement:
    """Lay out the stage of the card: figure in its blister, accessories in a column on the right.

    ``aspect``: width / height of the figure's picture. The figure keeps its real size unless the stage is
    too small for it; then ``scale`` < 1.
    """
    layout = template.layout
    left, top, width, height = layout.stage_mm
    rim = layout.clearance_mm + layout.flange_mm
    shown = content.accessories[:_MAX_COMPARTMENTS]
    cols, rows = _columns(len(shown), 5) if shown else (0, 0)
    each = layout.compartment_mm if cols == 1 else layout.compartment_mm * 0.76
    column = cols * (each + _GAP_MM)
    real_h = content.picture_mm or content.height_mm
    real_w = real_h * aspect
    scale = min(1.0, (width - column - 2 * rim) / real_w, (height - 2 * rim) / real_h)
    w, h = real_w * scale, real_h * scale
    box_w, box_h = max(w, 24.0) + 2 * rim, max(h, 24.0) + 2 * rim
    middle = left + (width - column) / 2
    blister = Placed(middle - box_w / 2, top + height - box_h, box_w, box_h)
    figure = Placed(middle - w / 2, blister.y + box_h - rim - h, w, h)
    boxes: list[Placed] = []
    for col in range(cols):
        mine = shown[col * rows : (col + 1) * rows]
        talls = _talls([_need(item) for item in mine], rows, height)
        y = top + height - sum(talls) - (rows - 1) * _GAP_MM if len(mine) == rows else boxes[0].y
        for tall in talls:
            x = left + width - column + _GAP_MM + col * (each + _GAP_MM)
            boxes.append(Placed(x, y, each, tall))
            y += tall + _GAP_MM
    pictures = tuple(_picture(item, box) for item, box in zip(shown, boxes, strict=True))
    shares = tuple(
        1.0 if place is None or item.height_mm is None else place.h / item.height_mm
        for item, place in zip(shown, pictures, strict=True)
    )
    return Arrangement(figure, blister, tuple(boxes), pictures, scale, shares)
