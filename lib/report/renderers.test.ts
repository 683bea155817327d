import { describe, expect, it } from 'vitest';
import { buildReport } from '#lib/report/build-report';
import { maskKeys } from '#lib/report/mask-keys';
import { reportFacts, rowOf, standingOf } from '#lib/report/report.testing';
import { correctionsCsv, neutralCell } from '#lib/report/report-csv';
import { reportHtml } from '#lib/report/report-html';
import { reportJson } from '#lib/report/report-json';
import { markdownText, reportMarkdown } from '#lib/report/report-markdown';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'a|b|c',
  'line\nbreak',
  '[click](javascript:alert(1))',
  '![x](http://evil.example/p.png)',
  'www.evil.example',
  '@someone',
  '`code`',
  'left\u202eright',
  'it\'s & "that"',
];
const report = buildReport(
  reportFacts({
    title: '<b>Bold</b> | # title',
    largest: HOSTILE.map((key) => rowOf(key, '1', '2', '1')),
    timeline: {
      clock: 'ingested',
      archive: { fromMs: 0, toMs: 120_000 },
      view: { fromMs: Date.parse('2026-11-21T12:00:00Z'), toMs: Date.parse('2026-11-21T13:00:00Z') },
      binMs: 60_000,
      bins: [{ fromMs: Date.parse('2026-11-21T12:00:00Z'), events: 5, duplicates: 0, late: 0, rejected: 0 }],
      overview: { binMs: 60_000, counts: [5] },
      lateAfterSeconds: 60,
      hasArrival: true,
    },
  }),
);

async function csvOf(keys: readonly string[], safe: boolean): Promise<string> {
  async function* rows() {
    yield keys.map((key) => ({
      op: 'update' as const,
      keys: [key],
      before: [null],
      after: ['-5'],
      delta: ['-5'],
    }));
  }
  const parts: string[] = [];
  for await (const part of correctionsCsv({ keys: ['=k'], measures: ['points'] }, rows(), safe))
    parts.push(part);
  return parts.join('');
}

describe('CSV', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['@sum(a)', "'@sum(a)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['\nx', "'\nx"],
    ['＝1', "'＝1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠a', "'＠a"],
    [' =1', "' =1"],
    ['-5', '-5'],
    ['-0.50', '-0.50'],
    ['+7', '+7'],
    ['1e-9', '1e-9'],
    ['', ''],
    ['plain', 'plain'],
  ])('neutralises %j', (text, cell) => {
    expect(neutralCell(text)).toBe(cell);
  });

  it('is safe for a spreadsheet or exact, and tells NULL from empty', async () => {
    const keys = ['=HYPERLINK("http://x")', '', 'a,b', '007'];
    expect(await csvOf(keys, true)).toBe(
      'op,"\'=k",points_before,points_after,points_change\n' +
        'update,"\'=HYPERLINK(""http://x"")",,-5,-5\nupdate,"",,-5,-5\nupdate,"a,b",,-5,-5\nupdate,007,,-5,-5\n',
    );
    expect(await csvOf(keys, false)).toBe(
      'op,=k,points_before,points_after,points_change\n' +
        'update,"=HYPERLINK(""http://x"")",,-5,-5\nupdate,"",,-5,-5\nupdate,"a,b",,-5,-5\nupdate,007,,-5,-5\n',
    );
  });
});

describe('HTML', () => {
  const html = reportHtml(report);
  it('makes no element of a value', () => {
    expect(html).not.toMatch(/<script|<img|<b>Bold|onerror=alert\(1\)>/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).toContain('left\\u{202e}right');
  });

  it('stands alone: nothing is loaded from anywhere', () => {
    expect(html).not.toMatch(/\b(src|href)\s*=\s*["'](?!data:)/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html).toContain('@media print');
    expect(html).toContain('<svg');
  });
});

describe('Markdown', () => {
  const text = reportMarkdown(report);
  it('keeps every value in its cell', () => {
    const rows = text.split('\n').filter((line) => line.includes('| changed |'));
    expect(rows).toHaveLength(HOSTILE.length);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(7);
  });

  it('makes no HTML, link, image or mention of a value', () => {
    expect(text).not.toMatch(/<(img|script|b)\b/);
    expect(text).not.toMatch(/(?<!\\)\]\(/);
    expect(text).not.toContain('http://');
    expect(text).not.toContain('www.');
    expect(text).not.toMatch(/@someone/);
    expect(markdownText('a\nb')).toBe('a\\\\u{a}b');
  });

  it('names author and approver', () => {
    expect(text).toContain('- author: alex\n- approved\\_by: self-approved by alex'.replace('\\_', '_'));
    const alone = buildReport(
      reportFacts({
        patch: standingOf({
          approval: { author: 'alex', approvedBy: null, selfApproved: false, reason: null, at: null },
        }),
      }),
    );
    expect(reportMarkdown(alone)).toContain('- approved_by: none');
    expect(reportHtml(alone)).toContain('approved_by: <b>none</b>');
    expect(reportJson(alone)).toMatchObject({ author: 'alex', approved_by: 'none' });
  });
});

it('masked keys stay apart and lead back to nothing', () => {
  const facts = reportFacts({ largest: ['user-1', 'user-2', '7'].map((key) => rowOf(key, '1', '2', '1')) });
  const masked = maskKeys(buildReport(facts), (key) => `h${key.length}${key.at(-1)}`);
  expect(masked.largest.map((row) => row.keys)).toEqual([['us…h61'], ['us…h62'], ['…h17']]);
  expect(masked.largest[0]?.live).toEqual(['1']);
});
