"""The report as one page that needs nothing else: pictures, styles and words in a single HTML file."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["advice_for", "page"]

FILES = {
    "figure.stl": "the solid, for any slicer (millimetres)",
    "figure.3mf": "parts, names and colours, for slicers that print in colour",
    "figure.glb": "for viewers and augmented reality, true to size",
    "accessories.3mf": "the accessories, one object each",
    "preview.png": "the picture above",
}
MARKS = {"ok": "✓", "warn": "!", "fail": "✕"}
ORDER = {"fail": 0, "warn": 1, "ok": 2}

STYLE = """
:root{--ink:#2b2926;--soft:#77716a;--line:#e6e1da;--paper:#f6f3ef;--card:#fffdfa;--ok:#2f7d4f;--warn:#a9660a;
--fail:#b3261e}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1060px;margin:0 auto;padding:40px 24px 64px}
header{display:flex;flex-wrap:wrap;gap:12px 20px;align-items:baseline;justify-content:space-between}
h1{font-size:40px;line-height:1.1;letter-spacing:-.02em;margin:0;overflow-wrap:anywhere}
h1 small{display:block;font-size:18px;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--soft);
margin-top:6px}
h2{font-size:13px;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);margin:0 0 14px}
.verdict{flex:none;border-radius:999px;padding:8px 20px;font-weight:600;color:#fff;background:var(--ok)}
.verdict.warn{background:var(--warn)}.verdict.fail{background:var(--fail)}
.lead{color:var(--soft);margin:14px 0 0;max-width:72ch}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:24px 26px;
margin-top:22px;break-inside:avoid}
.picture{padding:0;overflow:hidden}.picture img{display:block;width:100%;height:auto}
.picture p{margin:0;padding:14px 26px 18px;color:var(--soft);font-size:14.5px}
.picture h2{padding:22px 26px 0}
.key{display:inline-block;width:12px;height:12px;border-radius:3px;margin:0 6px 0 12px;vertical-align:-1px}
.key:first-child{margin-left:0}
.numbers{display:flex;flex-wrap:wrap;gap:18px 40px}
.numbers b{display:block;font-size:25px;line-height:1.25;font-weight:600;letter-spacing:-.01em;
font-variant-numeric:tabular-nums;white-space:nowrap}
.numbers b i{font-style:normal;font-size:15px;font-weight:400;color:var(--soft);margin-left:3px}
.numbers span{color:var(--soft);font-size:14px}
table{border-collapse:collapse;width:100%;font-size:15px}
th{font-weight:500;font-size:13px;color:var(--soft);text-align:left;padding:0 14px 8px 0}
td{padding:10px 14px 10px 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td:last-child,th:last-child{padding-right:0}
td.name{white-space:nowrap;font-weight:600;overflow-wrap:normal}
td.limit,td.quiet{color:var(--soft)}
td em{display:block;font-style:normal;color:var(--soft);font-size:14px;margin-top:2px}
tr.warn em{color:var(--warn)}tr.fail em{color:var(--fail)}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.mark{display:inline-grid;place-items:center;width:20px;height:20px;border-radius:50%;color:#fff;font-size:12px;
font-weight:700;line-height:1;background:var(--ok);margin-right:10px;vertical-align:1px}
.warn .mark{background:var(--warn)}.fail .mark{background:var(--fail)}
.chips{display:grid;grid-template-columns:repeat(auto-fill,minmax(168px,1fr));gap:14px 20px}
.chip{display:flex;align-items:center;gap:11px}
.chip u{width:34px;height:34px;border-radius:9px;flex:none;box-shadow:inset 0 0 0 1px rgba(0,0,0,.13)}
.chip span{line-height:1.25;font-size:15px}.chip small{display:block;color:var(--soft);font-size:13px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:0 22px}
ul{margin:0;padding-left:19px}li{margin:5px 0}li::marker{color:#bdb5aa}
code{font:14px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:#f1ece5;border-radius:5px;
padding:1px 6px;overflow-wrap:anywhere}
.how{color:var(--soft);font-size:14.5px;margin:14px 0 0}
footer{color:var(--soft);font-size:13.5px;margin-top:26px;text-align:center}
a{color:inherit;text-underline-offset:3px}
@media(max-width:640px){main{padding:24px 14px 48px}h1{font-size:31px}section{padding:20px 18px}
.picture{padding:0}td.limit,th.limit{display:none}}
@media print{body{background:#fff}section{border-color:#ccc}}
"""


def page(data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """The report as HTML text.

    ``data`` is what report.json holds; ``pictures`` are JPEG bytes: ``preview``, and ``marks`` when something
    is marked. Every word from outside is escaped; nothing is loaded from elsewhere.
    """
    name = data["name"] or "Your figure"
    blocks = [
        _head(data, name),
        _picture(pictures.get("preview"), f"{name}, front, side and back"),
        _section("At a glance", _numbers(data)),
        _section("Will it print?", _checks(data["checks"])),
        _marked(pictures.get("marks"), data),
        '<div class="two">',
        _section("How to print it", _list(data["printing"])),
        _section("Good to know", _list(data["notes"])),
        "</div>",
        _section("Colours", _parts(data["parts"])),
        _taken(data["understood"]),
        _section("Files", _files(data["files"])),
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


def advice_for(data: Mapping[str, Any]) -> list[str]:
    """How to print the figure, one sentence each, from the numbers of its report."""
    measures = data["measures"]
    resin = measures.get("process") == "resin"
    based = data["base"]["template"] != "none"
    extruders = sorted({part["extruder"] for part in data["parts"]})
    lines = [
        "Print it standing, as the file lies: " + ("the base" if based else "the feet") + " on the plate."
    ]
    over = float(measures.get("overhang_share", 0.0))
    if resin:
        lines.append("Tilt it 15 to 30 degrees backwards and support it from behind: the face stays clean.")
        lines.append("Layers of 0.05 mm or thinner; wash and cure as your resin asks.")
    else:
        lines.append("Layers of 0.12 to 0.16 mm for the face, two or three walls, 15 % infill.")
        if over > 0.005:
            lines.append(
                f"Turn supports on, tree or organic ones: {over * 100:.0f} % of the surface hangs over "
                "(chin, hands, what it holds)."
            )
        else:
            lines.append("No supports needed.")
        lines.append(
            "A brim of 4 mm helps it hold." if not based else "No brim needed: the base holds it down."
        )
    if len(extruders) > 1 and not resin:
        lines.append(
            f"In colour: open figure.3mf, which asks for {len(extruders)} filaments. "
            "In one colour: figure.stl."
        )
    if data["accessories"]:
        lines.append(
            f"Print accessories.3mf too: {', '.join(data['accessories'])}, each standing on its own."
        )
    return lines


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
    under = f"<small>{escape(data['title'])}</small>" if data["title"] else ""
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


def _numbers(data: Mapping[str, Any]) -> str:
    m = data["measures"]
    size = [m.get(f"{side}_mm") for side in ("width", "depth", "height")]
    rows: list[tuple[str, str, str]] = [(f"{data['figure_mm']:.1f}", "mm", "the figure itself")]
    if None not in size:
        rows.append((" × ".join(f"{side:.0f}" for side in size), "mm", "with its base, w × d × h"))
    if data["base"]["width_mm"]:
        rows.append((f"{data['base']['width_mm']:.0f}", "mm", f"{data['base']['template']} base"))
    if m.get("grams") is not None:
        rows.append((f"{m['grams']:.0f}", "g", f"of {m['material']}, about"))
        rows.append((f"{m['volume_mm3'] / 1000:.0f}", "cm³", "volume"))
    if m.get("tip_deg") is not None:
        rows.append((f"{m['tip_deg']:.0f}", "°", "before it tips over"))
    if m.get("triangles") is not None:
        rows.append((f"{m['triangles'] / 1000:,.0f}", "k", "triangles"))
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
