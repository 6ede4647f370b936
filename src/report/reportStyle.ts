import {Html} from './html';

/** How many series have a colour and a shape of their own. */
export const SERIES_STYLES = 6;

// Okabe & Ito's colours, told apart by colour-blind readers; lighter ones on a dark ground. Shapes
// differ as well, for print. No font, script or image comes from elsewhere.
const CSS = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--ground:#fff;--panel:#f6f8fa;
--s0:#5f6b76;--s1:#0067a5;--s2:#c2410c;--s3:#00785a;--s4:#a0447f;--s5:#7a5c00;--good:#116329;--bad:#b3261e;--heat:194,65,12}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--line:#30363d;--ground:#0d1117;--panel:#161b22;
--s0:#a3adb8;--s1:#58b2ec;--s2:#ff9a4d;--s3:#3ecfa3;--s4:#e59ac8;--s5:#e3c04b;--good:#56d364;--bad:#ff8a80;--heat:255,154,77}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
color:var(--ink);background:var(--ground)}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .4rem}h2{font-size:1.2rem;margin:2.4rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
p{max-width:46rem;margin:.4rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}
a{color:var(--s1)}:focus-visible{outline:3px solid var(--s1);outline-offset:2px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(14.5rem,1fr));gap:.8rem;margin:1rem 0;padding:0;list-style:none}
.cards li{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
.cards b{display:block;font-size:1.9rem;line-height:1.2;font-variant-numeric:tabular-nums}.cards span{display:block}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem .7rem;color:var(--soft);font-size:.875rem}caption>span{display:inline-block;position:sticky;left:.7rem;max-width:min(46rem,calc(100vw - 4rem))}
th,td{padding:.32rem .7rem;border-top:1px solid var(--line);text-align:right;white-space:nowrap}
thead th,thead td{font-size:.875rem;border-top:0;vertical-align:bottom}th[scope=row],th.left,td.left{text-align:left;font-weight:400}
th[scope=row],th.left:first-child,thead td:first-child{position:sticky;left:0;background:var(--ground);z-index:1}table.head td .small{display:block}.head th[scope=row]{font-weight:600}
tr.tail th[scope=row]::after{content:" tail";font-size:.75rem;color:var(--soft)}
td.plot{width:55%;min-width:12rem;padding:0 1rem}td.plot svg,figure svg{display:block;width:100%;overflow:visible}
.axis{color:var(--soft);font-size:.75rem;display:flex;justify-content:space-between}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.5rem 0;padding:0;list-style:none;font-size:.875rem}
.key svg{width:1rem;height:1rem;margin-right:.4rem;vertical-align:-.15rem;overflow:visible}
${Array.from({length: SERIES_STYLES}, (_, i) => `.s${i}{color:var(--s${i})}`).join('')}
svg text{fill:var(--soft);font-size:.75rem}.grid{stroke:var(--line)}
figure{margin:1rem 0}.curve{padding:.5rem 1rem 0 3rem}
.matrix th,.matrix td{text-align:center;padding:.25rem .45rem}.matrix th[scope=row]{text-align:left}.matrix td{background:rgba(var(--heat),calc(var(--share)*.75))}
.matrix td.right{background:none;font-weight:600}.matrix th[scope=col]{font-weight:400}
.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(15.5rem,1fr));gap:1rem;padding:0;list-style:none}
.examples li{border:1px solid var(--line);border-radius:.6rem;padding:.7rem}
.examples figure{display:grid;grid-template-columns:repeat(3,1fr);gap:.4rem;margin:0}
.examples img{width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;background:var(--panel);border-radius:.25rem}
.examples span{font-size:.75rem;color:var(--soft)}.examples figcaption{grid-column:1/-1;font-size:.875rem}
.examples .good{color:var(--good)}.examples .bad{color:var(--bad);font-weight:600}
.warning{border-left:4px solid var(--s2);background:var(--panel);padding:.5rem .9rem;margin:.6rem 0;border-radius:0 .4rem .4rem 0}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;font-size:.875rem;margin:.5rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}code{font:.875em ui-monospace,SFMono-Regular,Menlo,monospace}
@media (max-width:34rem){th,td{padding:.32rem .45rem}td.plot{min-width:8.5rem;padding:0 .6rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
@media print{thead th{white-space:normal}td.plot{min-width:7rem;padding:0 .5rem}th,td{padding:.25rem .45rem}th[scope=row],th.left:first-child,thead td:first-child{position:static}body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible;border:0}h2{break-after:avoid}
tr,li,.warning{break-inside:avoid}a{color:inherit}.matrix td{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

/** The style sheet of a report. */
export const reportStyle = new Html(`<style>${CSS.replace(/\n/g, '')}</style>`);
