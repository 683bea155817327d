/** The look of the report as a file: light only, since it is meant for paper and for archives. */
export const REPORT_STYLE = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#141816;font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:780px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.025em;margin:8px 0 12px;overflow-wrap:anywhere}
h2{font-size:17px;margin:32px 0 8px;break-after:avoid}
p,li,dd{overflow-wrap:anywhere}
td{overflow-wrap:break-word;max-width:36ch}
.lead{font-size:17px;max-width:66ch}
.outcome{display:inline-block;margin:0;padding:2px 10px;border-radius:999px;background:#eef0ec;color:#47504b;font-size:13px;font-weight:600}
.outcome.verified,.outcome.applied,.outcome.no_differences{background:#dcf1e0;color:#1d6b34}
.outcome.differs,.outcome.failed,.outcome.lost{background:#fce4e1;color:#b0281f}
table{width:100%;border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px 6px 0;border-bottom:1px solid #dfe3dc;text-align:left;vertical-align:top}
th{color:#5f6964;font-weight:500}
.n{text-align:right;white-space:nowrap}
.wide{overflow-x:auto}
.none,small{color:#5f6964}
.passed{color:#1d6b34}.note{color:#7a5200}.failed{color:#b0281f}.not_done{color:#5f6964}
td.passed,td.note,td.failed,td.not_done{white-space:nowrap}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px;font-size:13px;margin:0}
dt{color:#5f6964}dd{margin:0}
code,dd{font-family:ui-monospace,SFMono-Regular,Menlo,monospace}
figure{margin:16px 0}
svg{display:block;width:100%;height:auto}
.window{fill:#e4e8fb}.events{fill:#b4bdb6}.edge{stroke:#2b3fbf;fill:none}
@media print{@page{size:A4;margin:16mm}body{font-size:10pt}main{max-width:none;padding:0}tr,figure{break-inside:avoid}}
`;
