"""Clothes: an outfit template's ``[[garment]]`` tables become solids cut from the body grown by the cloth.

Garments (``kind``): ``top``, ``trousers``, ``skirt``, ``dungarees``, ``shoes``. Each gives parts by colour role
(``top``, ``bottom``, ``trim``, ``belt``, ``metal``, ``shoes``, ``soles`` ...), in the figure frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fabricate.errors import TemplateError, nearest
from fabricate.kit import body
from fabricate.kit.decals import Decal, Outline, band, oval, rounded, stroke
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.sdf import Box, Clay, Cone, Ellipsoid, Field, Offset, Ring, RoundCone
from fabricate.kit.skeleton import Skeleton

__all__ = ["Wardrobe"]

HERE = body.HERE


class Wardrobe:
    """Dresses a skeleton: ``parts`` by role, and how much skin stays bare.

    ``sleeve`` and ``leg``: shares 0..1 of the limb that cloth covers. ``fine``: the least relief and half width
    of a printable detail, in body units.
    """

    def __init__(self, skeleton: Skeleton, fine: float) -> None:
        self.s, self.fine = skeleton, fine
        self.parts: dict[str, Clay] = {}
        self.sleeve = self.cuff_leg = 0.0
        self.boots = False

    def part(self, role: str) -> Clay:
        """The clay of a role, made when first asked for."""
        return self.parts.setdefault(role, Clay())

    def wear(self, garments: list[Mapping[str, Any]]) -> None:
        """Put the garments on, in order; TemplateError for an unknown kind."""
        kinds: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "top": self._top,
            "trousers": self._trousers,
            "skirt": self._skirt,
            "dungarees": self._dungarees,
            "shoes": self._shoes,
        }
        for garment in garments:
            kind = str(garment.get("kind"))
            if kind not in kinds:
                raise TemplateError(f"unknown garment {kind!r}", nearest(kind, kinds))
            kinds[kind](garment)

    # -- tops -----------------------------------------------------------------------------------------

    def _top(self, g: Mapping[str, Any]) -> None:
        s, loose = self.s, float(g.get("loose", 0.008))
        role, hem = str(g.get("colour", "top")), float(g.get("hem", -0.012))
        trunk = body.torso(s, loose)
        # The hem hangs a little free of the hips, unless it is tucked in.
        z = s.size
        if not g.get("tuck"):
            low = z["hip"] + z["thigh_r"] + loose + 0.006
            flare = RoundCone(
                s.chest,
                (0, -0.002, 0.03),
                (0, -0.002, hem - 0.05),
                z["belly_r"] + loose,
                low,
                z["torso_flat"],
            )
            trunk.add(flare, 0.03)
        trunk.keep(body.plane(s.chest.point((0, 0, hem)), -s.chest.turn[:, 2]), 0.008)
        trunk.cut(
            Ellipsoid(Frame.at(s.neck + [0, -0.012, 0.028], s.chest.turn), (0.056, 0.058, 0.045)), 0.008
        )
        cloth = Clay().add(trunk)
        cuffs: list[Clay] = []
        share = float(g.get("sleeve", 0.45))
        self.sleeve = max(self.sleeve, share)
        for limb in s.arms:
            sleeve = body.arm(s, limb, loose + 0.002, loose + float(g.get("cuff_loose", 0.004)))
            end, way = limb.at(share)
            sleeve.keep(body.plane(end, way), 0.006)
            cloth.add(sleeve, 0.022)
            if g.get("cuff"):
                deep = float(g.get("cuff_deep", 0.020))
                # Cut from the sleeve as it is, blended into the body, so that no cloth covers it.
                cuff = Clay().add(Offset(cloth, max(self.fine * 0.9, 0.005)))
                cuff.keep(Offset(body.arm(s, limb), loose + 0.013))
                cuff.keep(body.plane(end + way * 0.002, way), 0.004).keep(
                    body.plane(limb.at(share)[0] - way * deep, -way), 0.004
                )
                cuffs.append(cuff)
        for cuff in cuffs:
            self.part(str(g["cuff"])).add(cuff)
        self.part(role).add(cloth)
        if g.get("hem_band"):
            rim = Clay().add(Offset(trunk, self.fine))
            rim.keep(body.plane(s.chest.point((0, 0, hem - self.fine)), -s.chest.turn[:, 2]), 0.004)
            rim.keep(body.plane(s.chest.point((0, 0, hem + 0.020)), s.chest.turn[:, 2]), 0.004)
            self.part(str(g["hem_band"])).add(rim)
        self._collar(g, role, trunk)
        self._front(g, cloth)
        self._pattern(g, cloth)

    def _collar(self, g: Mapping[str, Any], role: str, trunk: Clay) -> None:
        s, kind = self.s, g.get("collar", "crew")
        up = rotation("x", 8)
        ring = Frame.at(s.neck + s.chest.turn @ np.array([0, -0.002, -0.010]), s.chest.turn @ up)
        trim = self.part(str(g.get("collar_colour", role)))
        if kind == "crew":
            trim.add(Ring(ring, 0.056, max(0.0105, self.fine * 1.3), 0.9))
        elif kind == "shirt":
            for side in (-1, 1):
                leaf = Frame.at(
                    ring.point((side * 0.034, -0.052, -0.008)),
                    s.chest.turn @ rotation("z", side * 28) @ rotation("x", -24) @ rotation("y", side * 24),
                )
                trim.add(Box(leaf, (0.024, 0.0085, 0.017), 0.007), 0.004)
            trim.add(Ring(ring, 0.055, 0.011, 1.15), 0.006)
        elif kind == "hood":
            back = Frame.at(
                s.neck + s.chest.turn @ np.array([0, 0.046, -0.020]), s.chest.turn @ rotation("x", -18)
            )
            hood = Clay().add(
                Ring(
                    Frame.at(ring.point((0, 0.008, 0.0)), s.chest.turn @ rotation("x", 14)), 0.062, 0.023, 1.0
                )
            )
            hood.add(Ellipsoid(back, (0.086, 0.056, 0.048)), 0.03)
            trim.add(hood, 0.012)
            for side in (-1, 1):
                a = s.chest.point((side * 0.026, -0.072, s.size["shoulder_z"] - 0.018))
                b = s.chest.point((side * 0.030, -0.098, s.size["shoulder_z"] - 0.082))
                cord = self.part("trim")
                r = max(0.0058, self.fine)
                cord.add(RoundCone(HERE, a, b, r, r)).add(Ellipsoid(Frame.at(b), (r * 1.5, r * 1.5, r * 2.0)))

    def _front(self, g: Mapping[str, Any], cloth: Clay) -> None:
        s, fine = self.s, self.fine
        top = s.size["shoulder_z"]
        hem = float(g.get("hem", -0.012))
        lift = max(fine * 0.75, 0.0045)

        def put(role: str, outline: Outline, up: float = 1.0, sink: float = 0.012) -> None:
            self.part(role).add(Decal(cloth, s.chest, outline, lift * up, sink, lift * 0.4, cut=0.0))

        if g.get("zip"):
            put(str(g["zip"]), band_x(0.0, max(0.009, fine * 1.6), hem, top - 0.010))
            put("metal", rounded(0, top - 0.060, 0.0085, 0.015, 0.006), 2.2)
        if g.get("buttons"):
            put(str(g.get("placket", g.get("colour", "top"))), band_x(0.0, 0.016, hem, top - 0.012), 0.8)
            for k in range(int(g["buttons"])):
                z = top - 0.055 - k * (top - 0.055 - hem - 0.035) / max(int(g["buttons"]) - 1, 1)
                put("trim", oval(0, z, 0.0100, 0.0100), 2.0)
        if g.get("pocket") == "kangaroo":
            shape = rounded(0, 0.048, 0.072, 0.042, 0.016, -0.28)
            put(str(g.get("colour", "top")), shape, 1.6, 0.02)
            put(seam(g.get("colour", "top")), shape.line(max(0.0075, fine * 1.6)), 2.3, 0.02)
        if g.get("pocket") == "chest":
            put(
                seam(g.get("colour", "top")),
                rounded(0.046, 0.174, 0.026, 0.028, 0.007).line(max(0.0075, fine * 1.6)),
                1.0,
            )
            put("trim", rounded(0.046, 0.198, 0.027, max(0.0050, fine), 0.004), 1.7)
        if g.get("badge"):
            put("trim", oval(-0.046, 0.182, 0.022, 0.022), 1.3)
            put("metal", oval(-0.046, 0.182, 0.012, 0.012), 2.2)
        if g.get("tie"):
            tie = stroke([(0, top - 0.045), (0, top - 0.10), (0, 0.075)], [0.026, 0.034, 0.050])
            put(str(g["tie"]), tie, 1.8)
            put(str(g["tie"]), rounded(0, top - 0.036, 0.018, 0.014, 0.006), 2.8)

    def _pattern(self, g: Mapping[str, Any], cloth: Clay) -> None:
        s, kind, lift = self.s, g.get("pattern"), max(self.fine * 0.6, 0.0042)
        if not kind:
            return
        role = str(g.get("pattern_colour", "trim"))
        if kind == "stripes":
            step = float(g.get("pattern_step", 0.050))
            # From the hem up, so that none is left as a sliver along it.
            for z in np.arange(float(g.get("hem", -0.012)) + step * 0.5, 0.32, step):
                self.part(role).add(
                    Decal(cloth, s.chest, band(z, z + step * 0.46, 0.5), lift, 0.010, sides="all")
                )
        elif kind == "dots":
            step = float(g.get("pattern_step", 0.052))
            # Each dot looks out along its own radius, so that none is drawn out at the sides.
            around = int(2 * np.pi * s.size["belly_r"] / step)
            for row, z in enumerate(np.arange(0.03, s.size["shoulder_z"] - 0.02, step * 0.85)):
                for k in range(around):
                    frame = s.chest.inside((0, 0, 0), rotation("z", (k + row % 2 / 2) * 360 / around))
                    dot = oval(0, z, step * 0.24, step * 0.24)
                    self.part(role).add(Decal(cloth, frame, dot, lift, 0.010, cut=0.0))
        elif kind == "star":
            self.part(role).add(Decal(cloth, s.chest, star(0, 0.150, 0.046), lift * 1.3, 0.012, cut=0.0))
        elif kind == "heart":
            self.part(role).add(Decal(cloth, s.chest, heart(0, 0.150, 0.044), lift * 1.3, 0.012, cut=0.0))

    # -- below the waist ------------------------------------------------------------------------------

    def _hips(self, grow: float) -> Clay:
        s, z = self.s, self.s.size
        clay = Clay()
        clay.add(
            RoundCone(
                s.chest,
                (0, -0.002, 0.055),
                (0, -0.002, 0.0),
                z["belly_r"] + grow - 0.004,
                z["hip_r"] + grow,
                z["torso_flat"],
            )
        )
        clay.keep(body.plane(s.chest.point((0, 0, 0.075)), s.chest.turn[:, 2]), 0.006)
        return clay

    def _trousers(self, g: Mapping[str, Any]) -> None:
        s, loose, role = self.s, float(g.get("loose", 0.006)), str(g.get("colour", "bottom"))
        share = float(g.get("length", 0.93))
        self.cuff_leg = max(self.cuff_leg, share)
        cloth = self._hips(loose)
        for limb in s.legs:
            tube = body.leg(s, limb, loose, loose + float(g.get("flare", 0.006)))
            end, way = limb.at(share)
            tube.keep(body.plane(end, way), 0.007)
            cloth.add(tube, 0.016)
            if g.get("turn_up"):
                deep = float(g.get("turn_up_deep", 0.026))
                roll = Clay().add(
                    Offset(
                        body.leg(s, limb, loose, loose + float(g.get("flare", 0.006))), max(self.fine, 0.007)
                    )
                )
                roll.keep(body.plane(end + way * 0.003, way), 0.006).keep(
                    body.plane(end - way * deep, -way), 0.006
                )
                self.part(str(g["turn_up"])).add(roll)
        self.part(role).add(cloth)
        if g.get("pockets"):
            for side in (-1, 1):
                line = stroke(
                    [(side * 0.048, 0.030), (side * 0.062, 0.002), (side * 0.098, -0.010)],
                    max(0.0085, self.fine * 1.5),
                )
                self.part(seam(role)).add(
                    Decal(cloth, s.chest, line, max(self.fine * 0.7, 0.004), 0.01, 0.002, cut=0.0)
                )
        if g.get("belt"):
            self._belt(str(g["belt"]), cloth, float(g.get("belt_z", 0.030)))

    def _belt(self, role: str, cloth: Field, z: float) -> None:
        s, lift = self.s, max(self.fine * 0.9, 0.007)
        self.part(role).add(
            Decal(cloth, s.chest, band(z - 0.014, z + 0.014, 0.4), lift, 0.012, 0.002, sides="all")
        )
        self.part("metal").add(
            Decal(
                cloth,
                s.chest,
                rounded(0, z, 0.021, 0.018, 0.005),
                lift + max(self.fine, 0.006),
                0.01,
                0.002,
                cut=0.0,
            )
        )

    def _skirt(self, g: Mapping[str, Any]) -> None:
        s, role = self.s, str(g.get("colour", "bottom"))
        z, long, flare = s.size, float(g.get("length", 0.15)), float(g.get("flare", 0.165))
        waist = float(g.get("waist", 0.075))
        frame = Frame.at(s.pelvis.point((0, 0, (waist - long) / 2)), s.pelvis.turn @ rotation("x", 0))
        cloth = Clay().add(Cone(frame, flare, z["belly_r"] * 0.94, (waist + long) / 2, 0.012, 0.90))
        folds = int(g.get("folds", 0))
        if folds:
            from fabricate.kit.sdf import Warped
            from fabricate.kit.strands import grooves

            push, most = grooves(
                {"count": folds, "depth": 0.013}, Frame.at(frame.origin + [0, 0, 0.12], None, 1.0)
            )
            axis = frame.origin[:, None, None].astype(np.float32)

            def pleats(p: np.ndarray) -> np.ndarray:
                angle = np.arctan2(p[1] - axis[1], p[0] - axis[0])
                down = np.clip(
                    (np.float32(s.pelvis.origin[2] + waist) - p[2]) / np.float32(waist + long), 0, 1
                )
                return np.float32(0.011) * (np.cos(angle * folds) - np.float32(0.2)) * down

            cloth = Clay().add(Warped(cloth, pleats, max(0.012, most)))
            cloth.keep(body.plane(s.pelvis.point((0, 0, -long)), np.array([0, 0, -1.0])), 0.006)
        self.part(role).add(cloth, 0.02)
        if g.get("hem_band"):
            low = -long
            self.part(str(g["hem_band"])).add(
                Decal(
                    cloth,
                    s.pelvis,
                    band(low - 0.004, low + 0.022, 0.5),
                    max(self.fine * 0.8, 0.005),
                    0.012,
                    0.002,
                    sides="all",
                )
            )
        if g.get("belt"):
            self._belt(
                str(g["belt"]), Clay().add(cloth).add(body.torso(s, 0.012)), float(g.get("belt_z", 0.065))
            )
        self._pattern(g, cloth)

    def _dungarees(self, g: Mapping[str, Any]) -> None:
        self._trousers({**g, "kind": "trousers"})
        s, role, loose = self.s, str(g.get("colour", "bottom")), 0.017
        over = Clay().add(body.torso(s, loose))
        lift = 0.012
        waist = (
            Clay()
            .add(Offset(over, 0.0))
            .keep(body.plane(s.chest.point((0, 0, 0.080)), s.chest.turn[:, 2]), 0.006)
        )
        waist.keep(body.plane(s.chest.point((0, 0, -0.03)), -s.chest.turn[:, 2]))
        self.part(role).add(waist, 0.01)
        bib = rounded(0, 0.130, 0.066, 0.075, 0.016, -0.12)
        self.part(role).add(Decal(over, s.chest, bib, lift * 0.5, 0.02, 0.003, cut=0.0), 0.004)
        pouch = rounded(0, 0.128, 0.038, 0.034, 0.010, 0.1)
        self.part(role).add(Decal(over, s.chest, pouch, lift * 0.5 + self.fine * 0.8, 0.02, 0.002, cut=0.0))
        edge = pouch.line(max(0.0075, self.fine * 1.6))
        self.part(seam(role)).add(
            Decal(over, s.chest, edge, lift * 0.5 + self.fine * 1.5, 0.02, 0.002, cut=0.0)
        )
        for turn, z0 in ((0.0, 0.185), (180.0, 0.06)):
            frame = s.chest.inside((0, 0, 0), rotation("z", turn))
            for side in (-1, 1):
                line = stroke([(side * 0.052, z0), (side * 0.060, 0.33)], 0.027)
                self.part(role).add(
                    Decal(over, frame, line, max(self.fine * 0.6, 0.004), 0.02, 0.003, cut=0.02)
                )
        for side in (-1, 1):
            self.part("metal").add(
                Decal(
                    over,
                    s.chest,
                    oval(side * 0.052, 0.188, 0.013, 0.013),
                    lift * 0.5 + max(self.fine, 0.007) * 1.4,
                    0.02,
                    0.002,
                    cut=0.0,
                )
            )

    # -- shoes ----------------------------------------------------------------------------------------

    def _shoes(self, g: Mapping[str, Any]) -> None:
        s, role = self.s, str(g.get("colour", "shoes"))
        z = s.size
        wide, long, down = z["foot"], z["foot_long"], z["ankle"]
        boot = g.get("style") == "boot"
        self.boots = boot
        for limb in s.legs:
            f = limb.end
            thick = max(0.017, self.fine * 2)
            middle = (0.0, -long * 0.34, 0.0)
            shoe = Clay()
            shoe.add(Ellipsoid(f.inside((0, -long * 0.34, -down + 0.030)), (wide * 0.95, long * 0.97, 0.046)))
            shoe.add(
                Ellipsoid(f.inside((0, -long * 0.78, -down + 0.030)), (wide * 0.80, long * 0.46, 0.040)), 0.02
            )
            collar = 0.012 if not boot else 0.048
            shoe.add(
                RoundCone(f, (0, 0.004, -down + 0.045), (0, 0.004, collar), wide * 0.86, z["shin_r"] + 0.012),
                0.03,
            )
            shoe.keep(body.plane(f.point((0, 0, collar + 0.006)), f.turn[:, 2]), 0.008)
            shoe.keep(body.plane(f.point((0, 0, -down + 0.006)), -f.turn[:, 2]))
            self.part(role).add(shoe)
            sole = Cone(
                f.inside((middle[0], middle[1], -down + thick / 2)),
                wide * 1.02,
                wide * 1.02,
                thick / 2,
                0.005,
                long * 1.04 / (wide * 1.02),
            )
            self.part("soles").add(sole)
            if not boot:
                for k in range(3):
                    zz = -down + 0.074 - k * 0.011
                    y = -long * (0.50 + 0.20 * k)
                    lace = RoundCone(
                        f, (-0.020, y, zz), (0.020, y, zz), max(0.0055, self.fine), max(0.0055, self.fine)
                    )
                    self.part("soles").add(lace)
                toe = Decal(
                    shoe,
                    f.inside((0, 0, 0), rotation("x", 0)),
                    band(-down, -down + 0.030, 0.3),
                    max(self.fine * 0.6, 0.004),
                    0.01,
                    0.002,
                )
                cap = (
                    Clay()
                    .add(toe)
                    .keep(body.plane(f.point((0, -long * 0.86, 0)), f.turn @ np.array([0, 1.0, 0])), 0.004)
                )
                self.part("soles").add(cap)
            else:
                if self.cuff_leg < 0.8:
                    strap = Decal(
                        shoe,
                        f,
                        band(0.014, 0.034, 0.3),
                        max(self.fine * 0.7, 0.005),
                        0.01,
                        0.002,
                        sides="all",
                    )
                    self.part("trim").add(strap)


def seam(role: Any) -> str:
    """The role of the stitching on a role's cloth: its colour, darker."""
    return f"{role}_seam"


def band_x(x: float, half: float, low: float, high: float) -> Outline:
    """An upright band about ``x`` between two heights."""
    return rounded(x, (low + high) / 2, half, (high - low) / 2, min(half, 0.004))


def star(x: float, z: float, r: float) -> Outline:
    """A five-pointed star of outer radius ``r`` with soft points."""

    def distance(px: np.ndarray, pz: np.ndarray) -> np.ndarray:
        a, b = px - np.float32(x), pz - np.float32(z)
        angle = np.arctan2(a, b)
        fold = np.abs((angle + np.float32(np.pi / 5)) % np.float32(2 * np.pi / 5) - np.float32(np.pi / 5))
        q = np.sqrt(a * a + b * b)
        u, v = q * np.sin(fold), q * np.cos(fold)
        # The edge from the outer point (0, r) to the inner corner.
        ri = r * 0.46
        ex, ez = ri * np.sin(np.pi / 5), ri * np.cos(np.pi / 5)
        nx, nz = r - ez, ex
        return (
            (u * np.float32(nx) + (v - np.float32(r)) * np.float32(nz)) / np.float32(np.hypot(nx, nz))
        ) + 0

    return Outline(distance, (x - r, z - r), (x + r, z + r))


def heart(x: float, z: float, r: float) -> Outline:
    """A heart about ``r`` in half width: two lobes and a rotated square."""
    lobe = r * 0.52
    left, right = (
        oval(x - lobe * 0.86, z + lobe * 0.5, lobe, lobe),
        oval(x + lobe * 0.86, z + lobe * 0.5, lobe, lobe),
    )

    def tip(px: np.ndarray, pz: np.ndarray) -> np.ndarray:
        u, v = np.abs(px - np.float32(x)), pz - np.float32(z)
        return np.maximum(
            (u * np.float32(0.78) - v * np.float32(0.62)) - np.float32(lobe * 1.02),
            v - np.float32(lobe * 0.55),
        )

    body_ = Outline(tip, (x - r, z - r * 1.2), (x + r, z + r))
    return left.joined(right).joined(body_, 0.004)
