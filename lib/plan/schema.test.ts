import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parsePlan } from '#lib/plan/parse';
import { PLAN_TEXT, planWith } from '#lib/plan/sample.testing';
import { PLAN_SCHEMA, planSchemaText } from '#lib/plan/schema';

const schema = z.fromJSONSchema(PLAN_SCHEMA);
const valid = (text: string): boolean => schema.safeParse(parse(text)).success;
const BUCKET = '  bucket: { column: hour, size: 1h, timezone: UTC }\n';

/** The example of the contract as the documentation prints it; its alternatives are those of one state. */
function exampleOfDocs(): string {
  const page = readFileSync('docs/recovery-plan.md', 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  return example
    .replace(/^ {4}deleted:.*\n/m, '')
    .replace(/^ {2}baseline:.*\n/m, '')
    .replace('tolerance: { score: 1e-9 }', 'tolerance: { total: 1e-9 }');
}

describe('the schema of a plan', () => {
  it('is the file that is published (vitest -u writes it)', async () => {
    await expect(planSchemaText()).toMatchFileSnapshot('../../public/recovery-plan.schema.json');
  });

  it('holds for the example of the documentation, and the parser reads it', () => {
    const example = exampleOfDocs();
    expect(example).toContain('recount: 1');
    expect(parsePlan(example).problems).toEqual([]);
    expect(valid(example)).toBe(true);
    expect(valid(PLAN_TEXT)).toBe(true);
  });

  it.each([
    ['slack: 2h', 'slack: 1d12h'],
    ['rejects: 0', 'rejects: "0.1%"'],
    ['replay_with: deployed', 'replay_with: 1'],
    ['"type <> \'test\'"', 'true'],
    [`bucketed\n  keys: [user_id]\n${BUCKET}`, 'running\n  keys: [user_id]\n  baseline: none\n'],
    [
      `bucketed\n  keys: [user_id]\n${BUCKET}`,
      'running\n  keys: [user_id]\n  baseline: { at: 2024-06-10T00:00:00Z, table: b }\n',
    ],
  ])('holds for %j as %j, as the parser does', (from, to) => {
    expect(valid(planWith([from, to]))).toBe(true);
    expect(parsePlan(planWith([from, to])).problems).toEqual([]);
  });

  it.each([
    ['recount: 1', 'recount: 2'],
    ['  format: auto', '  fromat: auto'],
    ['    time: timestamp', '    tiem: timestamp'],
    ['rejects: 0', 'rejects: -1'],
    ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T12:00:00'],
    ['clock: time', 'clock: arrival'],
    ['state: bucketed', 'state: bucket'],
    ['size: 1h', 'size: 2d'],
    [BUCKET, ''],
    [`bucketed\n  keys: [user_id]\n${BUCKET}`, 'running\n  keys: [user_id]\n'],
    ['guard: delta', 'guard: deltas'],
    ['archive_is_complete: false', 'archive_is_complete: "no"'],
    ['  name: user-totals\n', ''],
  ])('refuses %j as %j, as the parser does', (from, to) => {
    expect(valid(planWith([from, to]))).toBe(false);
    expect(parsePlan(planWith([from, to])).problems).not.toEqual([]);
  });

  it('describes every field', () => {
    const bare: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties } = node as { properties?: Record<string, unknown> };
      for (const [name, inner] of Object.entries(properties ?? {})) {
        if (!('description' in (inner as object))) bare.push(`${path}.${name}`);
        walk(inner, `${path}.${name}`);
      }
    };
    walk(PLAN_SCHEMA, '');
    expect(bare).toEqual([]);
  });
});
