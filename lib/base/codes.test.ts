import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CODES } from '#lib/base/codes';

const PAGE = 'docs/errors.md';

/** The documentation of the codes, made from the table that the code itself uses. */
function page(): string {
  const rows = Object.entries(CODES).map(
    ([code, { exit, http, what, fix }]) => `| \`${code}\` | ${exit} | ${http} | ${what} | ${fix} |`,
  );
  return `# Errors

Every error of Recount has a code that never changes its meaning, a message that says what happened and where, and a
fix that says what to do. On the command line the code decides the exit code, over HTTP the status.

This page is made from [lib/base/codes.ts](../lib/base/codes.ts); \`UPDATE_DOCS=1 npm run test:unit\` writes it anew.

| code | exit | HTTP | when | what to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

it('docs/errors.md says what the table of codes says', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page());
  expect(readFileSync(PAGE, 'utf8')).toBe(page());
});

it('every code is dotted or a plain word, and advises', () => {
  for (const [code, { what, fix }] of Object.entries(CODES)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*$/);
    expect(what).toMatch(/\.$/);
    expect(fix.length).toBeGreaterThan(10);
  }
});
