"""Tops: a shell over the torso and arms with its hem, cuffs, collar, and what is on its front."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.fit import SHOULDER
from fabricate.kit.frames import HERE, Array, Frame, rotation
from fabricate.kit.outlines import Outline, band_x, oval, rounded, star, stroke
from fabricate.kit.patterns import KEYS as PATTERN
from fabricate.kit.patterns import Sleeve, pattern
from fabricate.kit.primitives import Box, Ellipsoid, Ring, RoundCone
from fabricate.kit.sdf import sample
from fabricate.kit.skeleton import Limb, Vec
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["COLLARS", "KEYS", "badge", "collar", "open_neck", "padded", "put", "sleeves", "top"]

COLLARS = ("crew", "shirt", "hood", "fur", "ring", "none")
KEYS = {
    "colour": "top",
    "loose": 0.008,
    "hem": -0.012,
    "tuck": False,
    "sleeve": 0.45,
    "cuff": "",
    "cuff_loose": 0.004,
    "cuff_deep": 0.020,
    "hem_band": "",
    "collar": COLLARS,
    "collar_colour": "",
    "quilts": 0.0,
    "zip": "",
    "buttons": 0,
    "placket": "",
    "pocket": ("", "kangaroo", "chest"),
    "badge": False,
    "pack": "",
    "tie": "",
    **PATTERN,
}
"""``loose``: how far the cloth stands off the body. ``hem``: its height above the pelvis joint. ``sleeve``:
the share 0..1 of the arm. ``cuff``, ``hem_band``, ``zip``, ``placket``, ``pack``, ``tie``: the colour role of
one, or none. ``quilts``: how deep the padding's seams are."""


def top(w: Wardrobe, g: Garment) -> None:
    """Put a top on; the sleeves' length is remembered, for the skin ends inside them."""
    s = w.s
    trunk = padded(_trunk(w, g), w.at(0, 0, g["hem"]), s.chest.turn[:, 2], g["quilts"], 0.048 * w.fit.tall)
    cloth = Clay().add(trunk)
    arms = sleeves(w, g, cloth)
    w.part(g["colour"]).add(cloth)
    if g["hem_band"]:
        rim = Clay().add(Offset(trunk, w.fine))
        rim.keep(w.above(g["hem"] - w.fine), 0.004)
        rim.keep(w.under(g["hem"] + 0.020), 0.004)
        w.part(g["hem_band"]).add(rim)
    collar(w, g)
    _closing(w, g, cloth)
    _pockets(w, g, cloth)
    pattern(w, g, trunk, arms)


def sleeves(w: Wardrobe, g: Garment, cloth: Clay) -> list[Sleeve]:
    """Put sleeves with their cuffs on a trunk; their length is remembered, for the skin ends inside them."""
    s, loose = w.s, g["loose"]
    w.sleeve = max(w.sleeve, g["sleeve"])
    found: list[Sleeve] = []
    cuffs: list[Clay] = []
    for limb in s.arms:
        wide, narrow = loose + 0.002, loose + g["cuff_loose"]
        sleeve = body.arm_to(s, limb, g["sleeve"], wide, narrow)
        sleeve = padded(sleeve, limb.a, limb.c - limb.a, g["quilts"], 0.048 * w.fit.tall)
        cloth.add(sleeve, 0.022)
        found.append((limb, g["sleeve"], wide, narrow))
        if g["cuff"]:
            cuffs.append(_cuff(w, g, limb, cloth))
    for cuff in cuffs:
        w.part(g["cuff"]).add(cuff)
    return found


def padded(cloth: Clay, start: Vec, way: Vec, deep: float, step: float) -> Clay:
    """The cloth puffed out between seams ``deep`` in, every ``step`` from ``start`` along ``way``."""
    if not deep:
        return cloth
    x, y, z = (np.asarray(way) / np.linalg.norm(way) / step * np.pi).astype(np.float32)
    shift = np.float32(np.dot((x, y, z), start))

    def puffs(p: Array) -> Array:
        along = np.abs(np.sin(p[0] * x + p[1] * y + p[2] * z - shift))
        return np.asarray(np.float32(deep) * (np.sqrt(along) - np.float32(0.7)))

    return Clay().add(Warped(cloth, puffs, deep * 0.7))


def _trunk(w: Wardrobe, g: Garment) -> Clay:
    """The cloth round the torso: cut at the hem, open at the neck."""
    s, loose, hem, size = w.s, g["loose"], g["hem"], w.s.size
    trunk = body.torso(s, loose)
    if not g["tuck"]:
        w.hidden.add("waist")
        # The hem hangs a little free of the hips.
        free = 0.006 if w.fit.plain else 0.0 if body.boxy(s) else 0.014
        low = size["hip"] + size["thigh_r"] + loose + free * w.fit.girth
        foot, waist = w.fit.z(hem - 0.05), w.fit.z(0.03)
        hips = body.seat(s)
        high = max(size["belly_r"], hips * 0.93) + loose
        trunk.add(body.barrel(s, waist, foot, high, max(low, hips + loose)), 0.03 * w.fit.girth)
    trunk.keep(w.above(hem), 0.008)
    return open_neck(w, trunk)


def open_neck(w: Wardrobe, trunk: Clay) -> Clay:
    """The cloth of a trunk open at the neck."""
    # Looked at from the world's own up: the neck's foot moves with the chest, its opening stays level.
    n = w.fit.neck
    neckline = Frame.at(w.nape().origin + np.array([0, -0.012, 0.028]) * n, w.s.chest.turn, n)
    return trunk.cut(Ellipsoid(neckline, (0.056, 0.058, 0.045)), 0.008 * n)


def _cuff(w: Wardrobe, g: Garment, limb: Limb, cloth: Clay) -> Clay:
    """A cuff cut from the sleeve as it is, blended into the body, so that no cloth covers it."""
    end, way = limb.at(g["sleeve"])
    cuff = Clay().add(Offset(cloth, max(w.fine * 0.9, 0.005)))
    # Of the half that it is on alone: a bent arm's shoulder may lie between the same two planes.
    halves = body.arm_halves(w.s, limb, 0.0, g["cuff_loose"])
    cuff.keep(Offset(halves[g["sleeve"] >= limb.elbow], g["loose"] + 0.013))
    cuff.keep(body.plane(end + way * 0.002, way), 0.004)
    return cuff.keep(body.plane(end - way * max(g["cuff_deep"], w.line * 1.2), -way), 0.004)


def collar(w: Wardrobe, g: Garment) -> None:
    """A ring for a crew neck, two leaves for a shirt, a roll with its cords for a hood, a thick roll of fur,
    the metal ring that a helmet sits on.
    """
    turn = w.s.chest.turn
    ring, fine = w.nape(0, -0.002, -0.010, tilt=8), w.fine / w.fit.neck
    trim = w.part(g["collar_colour"] or g["colour"])
    if g["collar"] == "crew":
        trim.add(Ring(ring, 0.056, max(0.0105, fine * 1.3), 0.9))
    elif g["collar"] == "shirt":
        for side in (-1, 1):
            lean = rotation("z", side * 28) @ rotation("x", -24) @ rotation("y", side * 24)
            leaf = Frame.at(ring.point((side * 0.034, -0.052, -0.008)), turn @ lean, ring.scale)
            trim.add(Box(leaf, (0.024, max(0.0085, fine), 0.017), 0.007), 0.004 * ring.scale)
        trim.add(Ring(ring, 0.055, max(0.011, fine * 1.3), 1.15), 0.006 * ring.scale)
    elif g["collar"] == "hood":
        _hood(w, ring, trim, g["loose"])
    elif g["collar"] == "fur":
        trim.add(Ring(ring.inside((0, 0.006, -0.004)), 0.070, 0.027, 0.95))
    elif g["collar"] == "ring":
        low = ring.inside((0, -0.004, -0.036))
        w.part(g["colour"]).add(Ring(low, 0.088, 0.022, 0.9), 0.012 * ring.scale)
        trim.add(Ring(low.inside((0, 0, 0.014)), 0.090, 0.017, 0.9))


def _hood(w: Wardrobe, ring: Frame, trim: Clay, loose: float) -> None:
    n = ring.scale
    roll = Frame.at(ring.point((0, 0.008, 0.0)), w.s.chest.turn @ rotation("x", 14), n)
    hood = Clay().add(Ring(roll, 0.062, 0.023, 1.0))
    hood.add(Ellipsoid(w.nape(0, 0.046, -0.020, tilt=-18), (0.086, 0.056, 0.048)), 0.03 * n)
    trim.add(hood, 0.012 * n)
    r = max(0.0058 * w.fit.girth, w.fine)
    for side in (-1, 1):
        a, b = w.at(side * 0.026, -0.072, SHOULDER - 0.018), w.at(side * 0.030, -0.098, SHOULDER - 0.082)
        if not w.fit.plain:
            a, b = (_onto(w, point, loose) for point in (a, b))
        cord = w.part("trim").add(RoundCone(HERE, a, b, r, r))
        cord.add(Ellipsoid(Frame.at(b), (r * 1.5, r * 1.5, r * 2.0)))


def _onto(w: Wardrobe, point: Vec, loose: float) -> Vec:
    """A point moved along the chest's front onto the cloth of the torso."""
    cloth, front = body.torso(w.s, loose), w.s.chest.turn @ np.array([0, -1.0, 0])
    point = point + front * 0.05
    for _ in range(12):
        point = point - front * float(sample(cloth, [point])[0])
    return point


def put(w: Wardrobe, cloth: Clay, role: str, outline: Outline, layers: float, sink: float = 0.012) -> None:
    """Raise an outline on the chest by a number of layers of relief."""
    lift = max(w.fine * 0.75, 0.0045)
    w.part(role).add(w.raised(cloth, outline, lift * layers, sink, lift * 0.4))


def _closing(w: Wardrobe, g: Garment, cloth: Clay) -> None:
    """Zip, or buttons on their placket."""
    shoulder, hem = SHOULDER, g["hem"]
    if g["zip"]:
        teeth = band_x(0.0, max(0.009, w.drawn), hem, shoulder - 0.010)
        put(w, cloth, g["zip"], teeth, 1.0)
        put(w, cloth, "metal", rounded(0, shoulder - 0.060, 0.0085, 0.015, 0.006), 2.2)
    if g["buttons"]:
        placket = band_x(0.0, 0.016, hem, shoulder - 0.012)
        put(w, cloth, g["placket"] or g["colour"], placket, 0.8)
        for k in range(g["buttons"]):
            z = shoulder - 0.055 - k * (shoulder - 0.055 - hem - 0.035) / max(g["buttons"] - 1, 1)
            put(w, cloth, "trim", oval(0, z, 0.0100, 0.0100), 2.0)


def _pockets(w: Wardrobe, g: Garment, cloth: Clay) -> None:
    """Pocket, badge, chest pack and tie."""
    role, line = g["colour"], max(0.0075, w.drawn)
    if g["pocket"] == "kangaroo":
        shape = rounded(0, 0.048, 0.072, 0.042, 0.016, -0.28)
        put(w, cloth, role, shape, 1.6, 0.02)
        put(w, cloth, seam(role), shape.line(line), 2.3, 0.02)
    if g["pocket"] == "chest":
        put(w, cloth, seam(role), rounded(0.046, 0.174, 0.026, 0.028, 0.007).line(line), 1.0)
        put(w, cloth, "trim", rounded(0.046, 0.198, 0.027, max(0.0050, w.drawn / 2), 0.004), 1.7)
    if g["badge"]:
        badge(w, cloth)
    if g["pack"]:
        _pack(w, cloth, g["pack"])
    if g["tie"]:
        shoulder = SHOULDER
        tie = stroke([(0, shoulder - 0.045), (0, shoulder - 0.10), (0, 0.075)], [0.026, 0.034, 0.050])
        put(w, cloth, g["tie"], tie, 1.8)
        put(w, cloth, g["tie"], rounded(0, shoulder - 0.036, 0.018, 0.014, 0.006), 2.8)


def badge(w: Wardrobe, cloth: Clay) -> None:
    """A patch on the right breast: a disc, and a star upon it."""
    put(w, cloth, "trim", oval(-0.045, 0.168, 0.030, 0.030), 1.2)
    put(w, cloth, "metal", star(-0.045, 0.168, 0.019), 2.0)


def _pack(w: Wardrobe, cloth: Clay, role: str) -> None:
    """A space suit's box of controls on the chest with its hoses, and the tank on its back."""
    lift = max(w.fine * 0.75, 0.0045)
    for side in (-1, 1):
        hose = stroke(
            [(side * 0.040, 0.118), (side * 0.074, 0.090), (side * 0.088, 0.030)], max(0.018, w.drawn)
        )
        put(w, cloth, role, hose, 1.8)
    thick = 0.022 * w.fit.girth
    put(w, cloth, role, rounded(0, 0.150, 0.056, 0.046, 0.014), thick / lift, 0.02)
    tank = rounded(0, 0.160, 0.078, 0.078, 0.022)
    deep = 0.045 * w.fit.girth
    w.part(role).add(w.raised(cloth, tank, deep, 0.02, 0.012 * w.fit.girth, around=180.0))
    lid = rounded(0, 0.190, 0.050, 0.022, 0.010)
    w.part("belt").add(w.raised(cloth, lid, deep + lift, 0.0, around=180.0))
    up = thick / lift + 1.2
    put(w, cloth, "belt", rounded(0.020, 0.168, 0.024, 0.013, 0.005), up, 0.0)
    put(w, cloth, "trim", oval(-0.028, 0.166, 0.014, 0.014), up, 0.0)
    for k, kind in enumerate(("trim", "metal", "belt")):
        put(w, cloth, kind, oval(-0.030 + 0.030 * k, 0.132, 0.0095, 0.0095), up, 0.0)
