/** The report's own style: no font, image or script from anywhere. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#171b21;--soft:#5a6472;--rule:#e2e6eb;--shade:#f1f4f8;
--source:#3f6fb5;--target:#d9660a;--wanted:#7a8494;--limit:#c2293a;--good:#157a48;--good-bg:#dff3e7;--bad:#b3202f;--bad-bg:#fbe3e5;
--warn:#8a5a00;--warn-bg:#fdf0d3;--calm:#41556e;--calm-bg:#e6ecf4}
@media (prefers-color-scheme:dark){:root{--bg:#0e1116;--card:#161b22;--ink:#e8ecf2;--soft:#98a4b3;--rule:#2a313b;--shade:#1b212a;
--source:#7aa7ec;--target:#ff9d4d;--wanted:#8e99a9;--limit:#ff7b86;--good:#5fd39a;--good-bg:#12301f;--bad:#ff8e97;--bad-bg:#3a171b;
--warn:#f2c14e;--warn-bg:#33280d;--calm:#a9bdd8;--calm-bg:#1f2a38}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
code,.any,.why,.note,.lead,.facts b,.alarm li{overflow-wrap:anywhere}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
h1{font-size:30px;line-height:1.15;margin:4px 0 8px;letter-spacing:-.02em;display:flex;flex-wrap:wrap;gap:12px;align-items:center}
h1 .pill{font-size:14px;letter-spacing:0}
h2{font-size:19px;margin:0 0 12px;letter-spacing:-.01em}
h3{font-size:15px;margin:0}
.brand{color:var(--soft);font-size:13px;font-weight:600;letter-spacing:.04em;text-transform:uppercase;margin:0}
.brand i{display:inline-block;width:34px;height:10px;border-radius:5px;margin-right:8px;background:linear-gradient(90deg,var(--source),var(--target));print-color-adjust:exact;-webkit-print-color-adjust:exact}
.lead{margin:0;color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:2px 18px;margin:10px 0 0;padding:0;list-style:none;color:var(--soft);font-size:13.5px}
.facts b{color:var(--ink);font-weight:600}
nav{position:sticky;top:0;z-index:5;background:var(--bg);border-bottom:1px solid var(--rule);margin:20px 0 24px}
nav ul{max-width:1120px;margin:0 auto;padding:0 20px;display:flex;gap:20px;overflow-x:auto;list-style:none;scrollbar-width:none}
nav a{display:block;padding:10px 0;color:var(--soft);text-decoration:none;font-size:14px;white-space:nowrap}
nav a:hover,nav a:focus{color:var(--ink)}
section{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:22px 24px;margin:0 0 20px;scroll-margin-top:56px}
section>p{margin:0 0 14px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(184px,1fr));gap:14px}
.tile{border:1px solid var(--rule);border-radius:10px;padding:14px 16px}
.tile dt{font-size:13px;color:var(--soft)}
.tile dd{margin:2px 0 0;font-size:23px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums;line-height:1.25}
.tile dd.small{font-size:13px;font-weight:400;letter-spacing:0;color:var(--soft);line-height:1.45;margin-top:4px}
.tile .source,.legend .source,.tip .source{--c:var(--source)}
.tile .target,.legend .target,.tip .target{--c:var(--target)}
.tile i.source,.tile i.target{display:inline-block;width:9px;height:9px;border-radius:50%;background:var(--c);margin-right:6px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.alarm{border-color:var(--bad);background:var(--bad-bg)}
.alarm h2{color:var(--bad)}
.alarm ul{margin:0;padding-left:20px}
.pill{display:inline-block;padding:1px 9px;border-radius:99px;font-size:12.5px;font-weight:600;white-space:nowrap;background:var(--calm-bg);color:var(--calm);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.pill.pass,.pill.completed,.pill.finished,.pill.approved,.pill.shown{background:var(--good-bg);color:var(--good)}
.pill.fail,.pill.rolled_back,.pill.rollback,.pill.rejected,.pill.exception,.pill.abandoned,.pill.blocked,.pill.cancelled{background:var(--bad-bg);color:var(--bad)}
.pill.insufficient,.pill.blind,.pill.extended,.pill.paused,.pill.waiting,.pill.overtaken,.pill.cut_short{background:var(--warn-bg);color:var(--warn)}
.strip{position:relative;height:34px;margin:2px 0 0 62px;border-radius:7px;overflow:hidden;background:var(--shade)}
.strip span{position:absolute;top:0;bottom:0;padding:6px 8px;font-size:12.5px;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;border-right:2px solid var(--card);background:var(--calm-bg);color:var(--calm);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.strip .cutover{background:color-mix(in srgb,var(--target) 20%,var(--card));color:var(--target)}
.strip .shadow{background:color-mix(in srgb,var(--source) 20%,var(--card));color:var(--source)}
.strip .rolled_back,.strip .cut_short{box-shadow:inset -5px 0 0 var(--bad)}
.strip .decommission{background:var(--good-bg);color:var(--good)}
.waits{position:relative;height:9px;margin:3px 0 12px 62px}
.waits i{position:absolute;top:1px;height:7px;min-width:3px;border-radius:3px;background:var(--warn);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.plot{margin:0 0 26px;break-inside:avoid}
.plot:last-child{margin-bottom:0}
figcaption{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline;margin-bottom:10px}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;list-style:none;margin:0;padding:0;font-size:13px;color:var(--soft)}
.legend li::before{content:"";display:inline-block;width:16px;height:3px;border-radius:2px;background:var(--c);margin-right:6px;vertical-align:middle;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend .wanted{--c:color-mix(in srgb,var(--wanted) 45%,var(--card))}.legend li.wanted::before{height:6px}.legend .limit{--c:var(--limit)}
.note{flex-basis:100%;margin:0;font-size:13px;color:var(--soft)}
.none{margin:0;color:var(--soft)}
.chart{display:grid;grid-template-columns:54px minmax(0,1fr);column-gap:8px}
.y,.x{position:relative;font-size:12px;color:var(--soft);font-variant-numeric:tabular-nums}
.y span{position:absolute;right:0;transform:translateY(50%);white-space:nowrap;line-height:1}
.x{grid-column:2;height:22px}
.x span{position:absolute;top:6px;transform:translateX(-50%);white-space:nowrap;line-height:1}
.x .first{transform:none}.x .last{transform:translateX(-100%)}
.area{position:relative;height:220px}
.area svg{display:block;width:100%;height:100%;overflow:hidden}
svg path{fill:none;vector-effect:non-scaling-stroke}
.shade{fill:var(--shade)}
.hole{fill:var(--bad);opacity:.16}
.grid{stroke:var(--rule);stroke-width:1}
.mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 4;opacity:.75}
.mark.back{stroke:var(--bad);stroke-dasharray:none;opacity:1}
path.limit{stroke:var(--limit);stroke-width:1.3;stroke-dasharray:6 4}
.line{stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}
.line.source{stroke:var(--source)}.line.target{stroke:var(--target)}.line.wanted{stroke:var(--wanted);stroke-width:6;opacity:.38;stroke-linecap:butt}
svg path.band{stroke:none;opacity:.2}
svg path.band.source{fill:var(--source)}svg path.band.target{fill:var(--target)}
.cross{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.tip{position:absolute;top:6px;z-index:3;pointer-events:none;background:var(--card);border:1px solid var(--rule);border-radius:8px;box-shadow:0 4px 16px rgba(0,0,0,.16);padding:7px 10px;font-size:12.5px;line-height:1.45;white-space:nowrap;font-variant-numeric:tabular-nums}
.tip b{display:block;font-weight:600;color:var(--soft)}
.tip span::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:6px;background:var(--c,var(--wanted))}
.tip span{display:block}
details{margin-top:8px}
summary{cursor:pointer;color:var(--soft);font-size:13px;width:max-content;max-width:100%}
.scroll{overflow-x:auto;margin-top:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
caption{text-align:left;color:var(--soft);font-size:13px;padding:0 0 6px}
th,td{text-align:left;vertical-align:top;padding:7px 12px 7px 0;border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--soft);font-size:12.5px}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody tr:last-child td{border-bottom:0}
td .why{display:block;color:var(--soft);font-size:12.5px}
code{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
footer{padding-bottom:40px;color:var(--soft);font-size:13px}
footer p{margin:0 0 8px}
@media (max-width:640px){
main,header,footer,nav ul{padding-left:14px;padding-right:14px}
header{padding-top:20px}h1{font-size:25px}section{padding:18px 15px;border-radius:10px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}.tile{padding:11px 12px}.tile dd{font-size:19px}.tile dd.small{font-size:12.5px}
.area{height:170px}.x .odd{display:none}
.chart{grid-template-columns:44px minmax(0,1fr)}.strip,.waits{margin-left:52px}
.strip span{padding:7px 4px;font-size:11px}
}
@media (max-width:640px){
.scroll thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.scroll table,.scroll tbody,.scroll tr,.scroll td,.scroll caption{display:block}
.scroll tr{border:1px solid var(--rule);border-radius:9px;padding:8px 11px;margin-bottom:9px}
.scroll td,.scroll td.n{border:0;padding:2px 0;text-align:left;white-space:normal;display:grid;grid-template-columns:92px minmax(0,1fr);gap:8px}
.scroll td::before{content:attr(data-name);color:var(--soft);font-size:12.5px}
.scroll td>*{justify-self:start}.scroll td .why{grid-column:2}
}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--shade:#f3f3f3;--source:#2f5fa5;--target:#c25500;--wanted:#666;--limit:#b3202f;
--good:#0f5c36;--good-bg:#e4f3ea;--bad:#99141f;--bad-bg:#fae6e8;--warn:#6d4700;--warn-bg:#fbf0d8;--calm:#33475f;--calm-bg:#e8edf3}
body{font-size:11px}nav,.tip,.cross{display:none!important}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
section{border:0;padding:0;margin:0 0 18px;border-radius:0}h2{break-after:avoid}
.area{height:150px}tr,.tile{break-inside:avoid}details>summary{display:none}details::details-content{content-visibility:visible;block-size:auto}
@page{margin:16mm 14mm}
}
`;
