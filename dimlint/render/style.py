"""The style sheet of pages: light and dark, narrow and wide."""

from __future__ import annotations

STYLE = """
:root { --text: #1d2330; --soft: #5d6678; --line: #d9dee8; --page: #f7f8fb; --card: #ffffff; --block: #4b74c9; --edge: #35569b;
  --given: #8a94a8; --link: #2a56b0; --bad: #b3261e; --badground: #fdecea; --good: #1b6b3a; --goodground: #e5f4ea;
  --warn: #7a5200; --warnground: #fff3d6; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9f0; --soft: #9aa5bb; --line: #323a4a; --page: #14181f; --card: #1c222c;
  --block: #6d95e8; --edge: #a9c3f7; --given: #76819a; --link: #9dbcf8; --bad: #ff9a91; --badground: #43201e; --good: #8fdcaa;
  --goodground: #1c3a28; --warn: #f2cc7d; --warnground: #3d3119; --mark: #3f3917; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem; max-width: 110rem; background: var(--page); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; } h2 { margin: 0 0 .5rem; font-size: 1rem; overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
header p { margin: .3rem 0; overflow-wrap: anywhere; } .where, .hint { color: var(--soft); font-size: .9rem; }
.hint { margin: 0 0 .5rem; } .shapes { font-family: ui-monospace, Consolas, monospace; }
.status { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .8rem; vertical-align: middle; font-weight: 600; }
.verified { color: var(--good); background: var(--goodground); } .partial { color: var(--warn); background: var(--warnground); }
.wrong { color: var(--bad); background: var(--badground); }
p.verdict { padding: .6rem .8rem; border-radius: .4rem; }
section, details { min-width: 0; }
body > section, main > section {
  margin-top: 1rem; padding: .9rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.sums ul { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 0; padding: 0; list-style: none; }
.sums span { color: var(--soft); } .scroll { overflow: auto; }
.drawing { display: block; } .drawing text { fill: var(--text); font-size: 11px; text-anchor: middle; }
.drawing rect { fill: var(--block); stroke: var(--edge); } .drawing .given rect { fill: var(--given); stroke: var(--given); }
.drawing .axis { stroke: var(--line); stroke-width: 2; } .drawing .refused rect { fill: var(--badground); stroke: var(--bad);
  stroke-width: 2; stroke-dasharray: 4 3; } .drawing .refused text { fill: var(--bad); font-weight: 600; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; align-items: start; }
table { border-collapse: collapse; width: 100%; font-size: .84rem; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--line); }
th, td { padding: .22rem .5rem; white-space: nowrap; } td:first-child { padding-left: calc(.4rem + var(--depth) * 1.1rem); }
th:first-child { padding-left: .4rem; } tbody tr:nth-child(even) { background: color-mix(in srgb, var(--line) 28%, transparent); }
td:nth-child(2) { font-family: ui-monospace, Consolas, monospace; font-size: .79rem; }
.number { text-align: right; } tr.inner td:first-child { font-weight: 600; }
tbody tr.refused { background: var(--badground); color: var(--bad); font-weight: 600; } tr.refused a { color: inherit; }
summary h2 { display: inline; } pre { margin: .5rem 0 0; font: .8rem/1.5 ui-monospace, Consolas, monospace; tab-size: 4; }
pre > span { display: block; min-height: 1.5em; } pre i { display: inline-block; width: 3.2em; padding-right: 1em; text-align: right;
  font-style: normal; color: var(--soft); user-select: none; } pre > span:target { background: var(--mark); }
pre .cell { color: var(--soft); border-top: 1px solid; margin-top: .5em; }
pre .refused { background: var(--badground); color: var(--bad); font-weight: 600; }
pre .message { padding: .3rem .8rem .3rem 3.6em; white-space: normal; overflow-wrap: anywhere;
  color: var(--bad); background: var(--badground);  position: sticky; left: 0; }
@media (min-width: 1100px) { main { grid-template-columns: minmax(0, 13fr) minmax(0, 8fr); }
  .source { position: sticky; top: 1rem; } .source .scroll { max-height: calc(100vh - 7rem); } }
@media (max-width: 1099px) { .source .scroll { max-height: 75vh; } }
@media (max-width: 600px) { body { padding: .6rem; } body > section, main > section { padding: .6rem; } th, td { padding: .22rem .4rem; } }
"""
