"""The report as one page that needs nothing else: pictures, styles and words in a single HTML file."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from fabricate.solid.report_style import STYLE

__all__ = ["ORDER", "page"]

FILES = {
    "figure.stl": "the solid, for any slicer (millimetres)",
    "figure.3mf": "parts, names and colours, for slicers that print in colour",
    "colours": "one STL a colour, all in one frame",
    "figure.glb": "for viewers and augmented reality, true to size",
    "accessories.3mf": "the accessories, one object each",
    "preview.png": "the picture above",
}
MARKS = {"ok": "✓", "warn": "!", "fail": "✕"}
ORDER = {"fail": 0, "warn": 1, "ok": 2}
"""How urgent a check is: the worst first."""
SHOTS = {
    "thin": "thin walls",
    "islands": "layers that begin in mid-air",
    "trapped": "volumes without a way out",
    "overhangs": "overhangs",
    "thickened": "what was thickened",
}
"""The pictures of troubles, worst first, and what each shows."""


def page(data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """The report as HTML text.

    ``data`` is what report.json holds; ``pictures`` are JPEG bytes: ``preview``, ``marks`` when something is
    marked, and one a trouble under its own name (``thin``, ``islands``, ``trapped``, ``overhangs``,
    ``thickened``), which take the place of ``marks``. All of ``data`` but ``name``, ``checks``, ``measures``
    and ``printable`` may be absent: a mesh that was only checked has no base. Known too: ``repairs`` (lines),
    ``sliced`` (a line) or ``unsliced`` (why not), ``thickened`` (``before`` and ``after``: shares of the
    surface), ``orientations`` (``orient.table_of``; the first is the one taken), ``pieces`` (rows of name,
    size, join). Every word from outside is escaped; nothing is loaded from elsewhere.
    """
    name = data["name"] or "Your figure"
    views = "front, side and back" if "base" in data else "from all sides"
    told = "sliced" in data
    shots = {key: pictures[key] for key in SHOTS if key in pictures}
    blocks = [
        _head(data, name),
        _picture(pictures.get("preview"), f"{name}, {views}"),
        _section("At a glance", _numbers(data)),
        _section("Sliced for real", _sliced(data)),
        _section(
            "Will it print?", _checks([c for c in data["checks"] if not (told and c["name"] == "slices")])
        ),
        _section("Where to look", _shots(shots)) if shots else _marked(pictures.get("marks"), data),
        _section("Repaired", _repairs(data)),
        _section("How it lies best", _orientations(data.get("orientations", ()))),
        _section("Pieces", _pieces(data.get("pieces", ()))),
        _pair(data),
        _section("Colours", _parts(data.get("parts", ()))),
        _taken(data.get("understood", ())),
        _section("Files", _files(data.get("files", {}))),
    ]
    title = escape(f"{name}: print report")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(block for block in blocks if block)
        + "\n<footer>Made with fabricate on this computer; nothing was uploaded.</footer>\n"
        "</main>\n</body>\n</html>\n"
    )


def _section(title: str, inside: str, kind: str = "") -> str:
    return f'<section class="{kind}"><h2>{escape(title)}</h2>{inside}</section>' if inside else ""


def _head(data: Mapping[str, Any], name: str) -> str:
    levels = [check["level"] for check in data["checks"]]
    if not data["printable"]:
        kind, word = "fail", "Not printable yet"
        lead = (
            "The files are written all the same, but a printer would fail. What is wrong and helps is below."
        )
    elif "warn" in levels:
        kind, word = "warn", "Printable, with care"
        lead = "It will print. Something deserves a look first: see the lines marked ! below."
    else:
        kind, word = "ok", "Ready to print"
        lead = "Every check passed. Open figure.stl or figure.3mf in your slicer and go."
    if "base" not in data and kind == "ok":
        lead = "Every check passed. Open the file in your slicer and go."
    elif "base" not in data and kind == "fail":
        lead = "A printer would fail with this file. What is wrong, and what helps, is below."
    under = f"<small>{escape(data['title'])}</small>" if data.get("title") else ""
    return (
        f'<header><h1>{escape(name)}{under}</h1><span class="verdict {kind}">{word}</span></header>'
        f'<p class="lead">{lead}</p>'
    )


def _image(data: bytes, words: str) -> str:
    text = base64.b64encode(data).decode()
    return f'<img alt="{escape(words, quote=True)}" src="data:image/jpeg;base64,{text}">'


def _picture(data: bytes | None, words: str) -> str:
    return f'<section class="picture">{_image(data, words)}</section>' if data else ""


def _marked(data: bytes | None, report: Mapping[str, Any]) -> str:
    if not data:
        return ""
    thin = float(report["measures"].get("thin_share", 0.0)) > 0
    keys = '<span class="key" style="background:#e0a13a"></span>hangs over: wants support'
    if thin:
        keys = '<span class="key" style="background:#c8372d"></span>thinner than the printer can make' + keys
    words = "the figure from before and behind with its trouble spots marked"
    return f'<section class="picture"><h2>Where to look</h2>{_image(data, words)}<p>{keys}</p></section>'


def _shots(shots: Mapping[str, bytes]) -> str:
    return '<div class="shots">' + "".join(_image(shots[key], SHOTS[key]) for key in shots) + "</div>"


def _sliced(data: Mapping[str, Any]) -> str:
    """A slicer's own word, or why there is none."""
    if said := data.get("sliced"):
        return f'<div class="slice ok"><span class="mark">✓</span><b>{escape(said)}</b></div>'
    if said := data.get("unsliced"):
        return f'<div class="slice fail"><span class="mark">✕</span><b>{escape(said)}</b></div>'
    return ""


def _repairs(data: Mapping[str, Any]) -> str:
    """What was mended, one line each, and the thin surface before and after."""
    lines = [str(line) for line in data.get("repairs", ())]
    share = data.get("thickened")
    if share:
        words = "thin surface: {before:.1f} % before, {after:.1f} % after thickening"
        lines.append(words.format(before=100 * share["before"], after=100 * share["after"]))
    return _list(lines)


def _orientations(rows: Sequence[Mapping[str, Any]]) -> str:
    """The best ways to lay it, the first taken."""
    if not rows:
        return ""
    lines = []
    for number, row in enumerate(rows):
        mark = '<span class="mark">✓</span>' if number == 0 else ""
        share = 100 * float(row.get("face_marks", 0.0))
        said = "the front stays clean" if share < 1 else f"supports touch {share:.0f} % of the front"
        said = said if row.get("fits", True) else "does not fit the bed"
        lines.append(
            f'<tr><td class="name">{mark}{escape(str(row["way"]))}</td>'
            f'<td class="num">{float(row["support_cm2"]):.1f} cm²</td>'
            f'<td class="num">{float(row["height_mm"]):.0f} mm</td>'
            f'<td>{escape(str(row.get("time", "")))}</td><td class="quiet">{said}</td></tr>'
        )
    head = '<th>how</th><th class="num">to support</th><th class="num">height</th><th>time</th><th></th>'
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _pieces(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    lines = (
        f'<tr><td class="name">{escape(str(row.get("name", "")))}</td>'
        f"<td>{escape(str(row.get('size', '')))}</td>"
        f'<td class="quiet">{escape(str(row.get("join", "")))}</td></tr>'
        for row in rows
    )
    return f"<table><tr><th>piece</th><th>size</th><th>how it is joined</th></tr>{''.join(lines)}</table>"


def _pair(data: Mapping[str, Any]) -> str:
    """How to print it, and what is good to know, side by side."""
    left = _section("How to print it", _list(data.get("printing", ())))
    right = _section("Good to know", _list(data.get("notes", ())))
    return f'<div class="two">{left}{right}</div>' if left and right else left + right


def _numbers(data: Mapping[str, Any]) -> str:
    m = data["measures"]
    size = [m.get(f"{side}_mm") for side in ("width", "depth", "height")]
    based = "base" in data and data["base"]["template"] != "none"
    rows: list[tuple[str, str, str]] = []
    if data.get("figure_mm") is not None:
        rows.append((f"{data['figure_mm']:.1f}", "mm", "the figure itself"))
    if None not in size:
        words = "with its base, w × d × h" if based else "width × depth × height"
        rows.append((" × ".join(f"{side:.0f}" for side in size), "mm", words))
    if data.get("base") and data["base"]["width_mm"]:
        rows.append((f"{data['base']['width_mm']:.0f}", "mm", f"{data['base']['template']} base"))
    if m.get("grams") is not None:
        rows.append((f"{m['grams']:.0f}", "g", f"of {m['material']}, about"))
        rows.append((f"{m['volume_mm3'] / 1000:.0f}", "cm³", "volume"))
    if data.get("time") and not data.get("sliced"):
        rows.append((str(data["time"]), "", "to print, roughly"))
    if m.get("tip_deg") is not None:
        rows.append((f"{m['tip_deg']:.0f}", "°", "before it tips over"))
    if m.get("triangles") is not None:
        rows.append((f"{m['triangles'] / 1000:,.0f}", "k", "triangles"))
    if not rows:
        return ""
    cells = (f"<div><b>{escape(v)}<i>{unit}</i></b><span>{escape(w)}</span></div>" for v, unit, w in rows)
    return f'<div class="numbers">{"".join(cells)}</div>'


def _checks(checks: Sequence[Mapping[str, str]]) -> str:
    rows = []
    for check in sorted(checks, key=lambda c: ORDER[c["level"]]):
        advice = f"<em>{escape(check['advice'])}</em>" if check["advice"] else ""
        rows.append(
            f'<tr class="{check["level"]}"><td class="name"><span class="mark">{MARKS[check["level"]]}</span>'
            f"{escape(check['name'])}</td><td>{escape(check['value'])}{advice}</td>"
            f'<td class="limit">{escape(check["limit"])}</td></tr>'
        )
    head = '<tr><th>check</th><th>measured</th><th class="limit">asked for</th></tr>'
    return f"<table>{head}{''.join(rows)}</table>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line[:1].upper() + line[1:])}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _parts(parts: Sequence[Mapping[str, Any]]) -> str:
    chips = "".join(
        f'<div class="chip"><u style="background:{escape(part["colour"], quote=True)}"></u>'
        f"<span>{escape(_spoken(part['name']))}"
        f"<small>{escape(part['colour'])} · filament {part['extruder']}</small></span></div>"
        for part in parts
    )
    return f'<div class="chips">{chips}</div>' if chips else ""


def _spoken(name: str) -> str:
    """A part's name as words: ``prop/hair_tie`` is its name in the files."""
    return name.replace("/", ": ").replace("_", " ")


def _taken(understood: Sequence[str]) -> str:
    """What the figure was made from, and how to have it otherwise."""
    if not understood:
        return ""
    how = (
        '<p class="how">Not quite? Say what you want and run again, for example '
        "<code>--set likeness.hair.style=bun</code> or <code>--set likeness.glasses=none</code>, "
        "or edit <code>spec.toml</code> in this folder. Only what changes is made again.</p>"
    )
    return _section("What was taken from your photo and words", _list(understood) + how)


def _files(files: Mapping[str, int]) -> str:
    rows = "".join(
        f'<tr><td class="name"><a href="{escape(name, quote=True)}">{escape(name)}</a></td>'
        f'<td class="quiet">{escape(FILES.get(name, ""))}</td><td class="num quiet">{_size(size)}</td></tr>'
        for name, size in files.items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
