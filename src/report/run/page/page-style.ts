/** The style of the page: one column on a phone, light and dark as the reader's system has it, fit for print. */

export const PAGE_STYLE = `
:root{color-scheme:light dark;
--page:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#16202c;--soft:#5a6776;--track:#eef1f4;
--good:#0d7a5f;--goodback:#e0f3ec;--warn:#8a5a00;--warnback:#fdf0d5;--bad:#b3261e;--badback:#fbe4e2;
--current:#1f7a8c;--old:#7d8ea3;--quarantined:#d99a1c;--rejected:#c8432f;--skipped:#b9c2cc;--failed:#8c1d4f;--pending:#8f7fd6;
--embedded:#1f7a8c;--cached:#9fc9c0;--phase:#3f6ea8;--behind:#c9d8e8}
@media (prefers-color-scheme:dark){:root{
--page:#11161c;--card:#1a2129;--line:#2d3742;--text:#e6ebf0;--soft:#9aa8b7;--track:#252e38;
--good:#67d3b1;--goodback:#12352c;--warn:#f0bd63;--warnback:#3a2c10;--bad:#ff9b91;--badback:#431c1a;
--current:#4fb3c6;--old:#8496aa;--quarantined:#e3ad3f;--rejected:#ec7460;--skipped:#5d6a78;--failed:#d9659b;--pending:#a99af0;
--embedded:#4fb3c6;--cached:#40766c;--phase:#7aa7df;--behind:#34475c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:24px;line-height:1.25;margin:10px 0 6px;overflow-wrap:anywhere}
h2{font-size:15px;margin:0 0 10px}
h3{font-size:14px;margin:14px 0 6px;overflow-wrap:anywhere}
p{margin:0 0 8px}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.soft,.note,.axis{color:var(--soft)}
.note,.axis{font-size:13px}
.pill{display:inline-block;padding:3px 11px;border-radius:99px;font-weight:650;font-size:13px}
.success .pill{background:var(--goodback);color:var(--good)}
.warning .pill{background:var(--warnback);color:var(--warn)}
.failed .pill,.not_available .pill{background:var(--badback);color:var(--bad)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;min-width:0}
.verdict{border-left-width:5px;margin:16px 0}
.success .verdict{border-left-color:var(--good)}
.warning .verdict{border-left-color:var(--warn)}
.failed .verdict,.not_available .verdict{border-left-color:var(--bad)}
.verdict p:last-child{margin-bottom:0}
.next{display:inline-block;background:var(--track);border-radius:6px;padding:3px 9px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin:0 0 12px}
.tile b{display:block;font-size:22px;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:12px;margin-bottom:12px}
.wide{grid-column:1/-1}
.bars{margin:0}
.bar{display:grid;grid-template-columns:92px minmax(0,1fr) auto;gap:10px;align-items:center;min-height:26px}
.bar dt{font-size:13px;overflow-wrap:anywhere}
.bar dd{margin:0}
.line svg{display:block;width:100%;height:12px;border-radius:3px}
.number{font-size:13px;min-width:64px;text-align:right;font-variant-numeric:tabular-nums}
.stack{display:block;width:100%;height:26px;border-radius:6px;margin-bottom:10px}
.columns{display:block;width:100%;height:120px;border-bottom:1px solid var(--line)}
.axis{display:flex;justify-content:space-between;margin:4px 0 8px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:0;padding:0;font-size:13px}
.legend li{white-space:nowrap}
.key{width:11px;height:11px;margin-right:6px;vertical-align:-1px}
svg .track{fill:var(--track)}svg .behind{fill:var(--behind)}
svg .current,svg .applied{fill:var(--current)}svg .old_kept{fill:var(--old)}svg .quarantined,svg .partial{fill:var(--quarantined)}
svg .rejected{fill:var(--rejected)}svg .skipped,svg .no_changes{fill:var(--skipped)}svg .failed{fill:var(--failed)}
svg .pending,svg .interrupted,svg .killed{fill:var(--pending)}svg .embedded{fill:var(--embedded)}svg .cached{fill:var(--cached)}svg .phase{fill:var(--phase)}
svg .create,svg .replace{fill:var(--current)}svg .update,svg .move{fill:var(--phase)}svg .repair{fill:var(--quarantined)}svg .delete{fill:var(--rejected)}
.block{margin-bottom:12px}
table{width:100%;border-collapse:collapse;font-size:13.5px}
th{text-align:left;color:var(--soft);font-weight:550;padding:4px 12px 6px 0;border-bottom:1px solid var(--line)}
td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
th.n,td.n{padding-right:28px;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.no{color:var(--bad);font-weight:650}.yes{color:var(--good)}
.facts{display:grid;grid-template-columns:150px minmax(0,1fr);gap:7px 12px;margin:0;font-size:13.5px}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
details summary{cursor:pointer;font-weight:600;font-size:15px}
details[open] summary{margin-bottom:8px}
footer{color:var(--soft);font-size:12.5px;margin-top:20px;overflow-wrap:anywhere}
@media (max-width:640px){
main{padding:18px 12px 32px}
h1{font-size:20px}
.card{padding:14px}
.grid{grid-template-columns:minmax(0,1fr)}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}
.tile b{font-size:19px}
.bar{grid-template-columns:84px minmax(0,1fr) auto;gap:8px}
.legend li{white-space:normal}
table,tbody,tr{display:block}
.facts{grid-template-columns:minmax(0,1fr);gap:0}
.facts dd{margin-bottom:7px}
thead{display:none}
tr{border-bottom:1px solid var(--line);padding:8px 0}
tr:last-child{border-bottom:0}
td,td.n{display:inline-block;border:0;padding:1px 16px 1px 0;text-align:left;white-space:normal}
td:first-child{display:block;padding-right:0}
td:empty{display:none}
td:not(:first-child)::before{content:attr(data-label) " ";color:var(--soft);font-size:12.5px}
}
@media print{body{background:#fff}.card{break-inside:avoid}}
`;
