"""The look of the report page."""

from __future__ import annotations

__all__ = ["STYLE"]

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
.shots{display:grid;grid-template-columns:1fr;gap:18px}
.shots img{display:block;width:100%;height:auto;border-radius:10px;border:1px solid var(--line)}
.slice{display:flex;align-items:center;gap:14px;flex-wrap:wrap}.slice b{font-size:19px}
.slice.fail b{color:var(--fail)}
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
