#include "report/style.hpp"

namespace gantry::report {

// Colours of lines and parts have 4.5:1 against the paper, in both schemes, so that text may have
// them or stand on them; they keep apart for readers who are colour-blind. --h is the scale of the
// utilisation map, --k the text on it.
std::string_view style_sheet() {
  return R"css(:root {
  color-scheme: light;
  --paper: #fdfcf9; --ink: #181b1f; --soft: #565c64; --rule: #d8d6cf; --faint: #f3f1eb;
  --c0: #0b62a8; --c1: #b84700; --c2: #00705a; --c3: #97407a;
  --c4: #7a5c00; --c5: #4b5a9e; --c6: #4f5861; --c7: #a32430;
  --h0: #eef3f7; --h1: #d3e3ef; --h2: #b7d3e6; --h3: #9cc3de; --h4: #7bacd0;
  --h5: #5b96c3; --h6: #3a7fb5; --h7: #2a6699; --h8: #1b4e7c; --h9: #0b3560;
  --k0: #000; --k1: #000; --k2: #000; --k3: #000; --k4: #000;
  --k5: #000; --k6: #000; --k7: #fff; --k8: #fff; --k9: #fff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #15181c; --ink: #e7e9ec; --soft: #a9b0b9; --rule: #353b43; --faint: #1d2127;
    --c0: #6cb6f0; --c1: #f0934e; --c2: #35c9a2; --c3: #e39ac9;
    --c4: #e0c24a; --c5: #aab4f5; --c6: #b6bec7; --c7: #ff8e93;
    --h0: #222a33; --h1: #233747; --h2: #24435b; --h3: #25506f; --h4: #386a8d;
    --h5: #4c83ab; --h6: #5f9dc9; --h7: #86b6d8; --h8: #accfe8; --h9: #d3e8f7;
    --k0: #fff; --k1: #fff; --k2: #fff; --k3: #fff; --k4: #fff;
    --k5: #000; --k6: #000; --k7: #000; --k8: #000; --k9: #000;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 78rem; padding: 2rem 1.25rem 3rem;
  font: 0.9375rem/1.5 "Source Sans 3", "Source Sans Pro", "Segoe UI", system-ui, "Noto Sans",
    "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
h1, h2, .finding, .kicker, .subtitle {
  font-family: Charter, "Bitstream Charter", "Source Serif 4", "Iowan Old Style", "Palatino Linotype",
    Cambria, "Noto Serif", Georgia, "DejaVu Serif", serif;
}
header { border-bottom: 2px solid var(--ink); padding-bottom: 0.75rem; }
h1 { font-size: 2rem; font-weight: 600; line-height: 1.15; margin: 0.1rem 0 0.35rem;
  letter-spacing: -0.01em; overflow-wrap: anywhere; text-wrap: balance; }
.kicker, .subtitle { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.kicker { font-style: italic; }
section { margin-top: 2.25rem; }
h2 { font-size: 1.25rem; font-weight: 600; line-height: 1.2; margin: 0 0 0.9rem;
  padding-top: 0.45rem; border-top: 1px solid var(--rule); }
main > section:first-child { margin-top: 1.25rem; }
main > section:first-child h2 { border-top: 0; }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; overflow-wrap: anywhere; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
.finding { font-size: 1.3rem; line-height: 1.42; max-width: 54rem; margin-bottom: 1.25rem;
  text-wrap: pretty; }
.note { border-left: 3px solid var(--c1); padding-left: 0.75rem; margin: 1.1rem 0 0; }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  gap: 0.9rem 1.5rem; margin: 0; }
.key div { border-top: 1px solid var(--rule); padding-top: 0.35rem; }
.key dt { color: var(--soft); font-size: 0.8125rem; line-height: 1.3; }
.key dd { margin: 0.1rem 0 0; font-size: 1.4rem; line-height: 1.25; white-space: nowrap; }
.limits { margin: 0; }
.limits dt { font-weight: 600; overflow-wrap: anywhere; }
.limits dd { margin: 0 0 0.6rem; max-width: 54rem; }
.pair, .multiples, .stack { display: grid; gap: 1.5rem 2.25rem; align-items: start; }
.pair > *, .multiples > *, .stack > *, .settings > * { min-width: 0; }
.multiples { grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
@media (min-width: 56rem) { .pair { grid-template-columns: 1fr 1fr; } }
.spaced { margin-top: 1.5rem; }
.settings { columns: 21rem; column-gap: 2.25rem; }
.settings > * { break-inside: avoid; margin-bottom: 1.1rem; }
.settings table { width: 100%; }
.settings tbody th { white-space: normal; }
.settings td { white-space: normal; overflow-wrap: anywhere; }
figure { margin: 0; break-inside: avoid; }
figcaption, caption { font-size: 0.8125rem; line-height: 1.4; color: var(--soft); text-align: left; }
figcaption { margin-top: 0.4rem; }
caption { padding-bottom: 0.35rem; }
figcaption b, caption b { color: var(--ink); font-weight: 600; }
.scroll { overflow-x: auto; break-inside: avoid; }
.scroll:focus-visible { outline: 2px solid var(--c0); outline-offset: 3px; }
table { border-collapse: collapse; min-width: min(100%, 21rem); font-size: 0.875rem; line-height: 1.35;
  border-bottom: 1px solid var(--ink); }
section > .scroll { margin-top: 1.25rem; }
th, td { text-align: left; font-weight: 400; padding: 0.22rem 1.3rem 0.22rem 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-top: 1px solid var(--ink); border-bottom: 1px solid var(--rule);
  color: var(--soft); font-size: 0.8125rem; vertical-align: bottom; }
table:not(:has(thead)) tbody tr:first-child > * { border-top: 1px solid var(--ink); }
tbody th { min-width: 6.5rem; overflow-wrap: anywhere; }
tbody th:has(.sample) { white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--faint); }
.sample { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em; }
.b0 { background: var(--c0); } .b1 { background: var(--c1); } .b2 { background: var(--c2); }
.b3 { background: var(--c3); } .b4 { background: var(--c4); } .b5 { background: var(--c5); }
td.t { min-width: 8.5rem; }
.n { text-align: right; white-space: nowrap; }
pre { margin: 0.25rem 0 0; padding: 0.8rem 1rem; background: var(--faint); white-space: pre-wrap;
  overflow-wrap: anywhere; font: 0.8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas,
  "DejaVu Sans Mono", monospace; }
footer { margin-top: 2.5rem; padding-top: 0.5rem; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 0.8125rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 11px; fill: var(--ink); }
.axis path { stroke: var(--rule); stroke-width: 1; fill: none; }
.axis text, svg .l { fill: var(--soft); }
svg .e { text-anchor: end; }
svg .m { text-anchor: middle; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); stroke-dasharray: 6 2; }
.s2 { stroke: var(--c2); stroke-dasharray: 2 2; } .s3 { stroke: var(--c3); stroke-dasharray: 9 2 2 2; }
.s4 { stroke: var(--c4); } .s5 { stroke: var(--c5); stroke-dasharray: 6 2; }
.s6 { stroke: var(--c6); stroke-dasharray: 2 2; } .s7 { stroke: var(--c7); stroke-dasharray: 9 2 2 2; }
svg .f0 { fill: var(--c0); } svg .f1 { fill: var(--c1); } svg .f2 { fill: var(--c2); }
svg .f3 { fill: var(--c3); } svg .f4 { fill: var(--c4); } svg .f5 { fill: var(--c5); }
svg .f6 { fill: var(--c6); } svg .f7 { fill: var(--c7); }
svg .name { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px;
  stroke-linejoin: round; }
svg .on { fill: var(--paper); font-weight: 600; }
svg .part { stroke: var(--paper); stroke-width: 1; }
.dot { fill: var(--soft); fill-opacity: 0.55; }
.best { fill: var(--c0); stroke: var(--paper); stroke-width: 1; }
.h0 { fill: var(--h0); } .h1 { fill: var(--h1); } .h2 { fill: var(--h2); } .h3 { fill: var(--h3); }
.h4 { fill: var(--h4); } .h5 { fill: var(--h5); } .h6 { fill: var(--h6); } .h7 { fill: var(--h7); }
.h8 { fill: var(--h8); } .h9 { fill: var(--h9); }
svg .k0 { fill: var(--k0); } svg .k1 { fill: var(--k1); } svg .k2 { fill: var(--k2); }
svg .k3 { fill: var(--k3); } svg .k4 { fill: var(--k4); } svg .k5 { fill: var(--k5); }
svg .k6 { fill: var(--k6); } svg .k7 { fill: var(--k7); } svg .k8 { fill: var(--k8); }
svg .k9 { fill: var(--k9); }
.narrow { display: none; }
@media (max-width: 34rem) {
  body { padding: 1.25rem 1rem 2rem; }
  h1 { font-size: 1.6rem; }
  .finding { font-size: 1.12rem; }
  .scroll caption { position: sticky; left: 0; max-width: calc(100vw - 2rem); }
  .key { grid-template-columns: 1fr 1fr; }
  .key dd { font-size: 1.2rem; }
  .wide { display: none; }
  .narrow { display: block; }
}
@media print {
  @page { margin: 14mm; }
  :root { font-size: 12px; }
  html { background: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; }
  th, td { padding-right: 0.55rem; }
  .pair { grid-template-columns: 1fr 1fr; }
  .multiples { grid-template-columns: 1fr 1fr; }
  .wide { display: none; }
  .narrow { display: block; }
  .settings { columns: 2; }
  .scroll { overflow: visible; }
  h2 { break-after: avoid; }
  section { margin-top: 1.25rem; }
}
)css";
}

}  // namespace gantry::report
