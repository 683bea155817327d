import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { archiveText } from '#lib/compare/oracle/archive-text.testing';
import { consultOracle } from '#lib/compare/oracle/oracle';
import { type RandomIncident, randomIncident } from '#lib/compare/oracle/random-incident.testing';
import { KNOWN_WARNINGS } from '#lib/compare/oracle/warnings';
import { ArchiveWriter } from '#lib/recovery/method/oracle-archive.testing';
import { previewFolder } from '#lib/recovery/method/preview-folder.testing';
import type { Summary } from '#lib/replay/run';

// RECOUNT_ORACLE_RUNS and RECOUNT_ORACLE_SEED run more, or a failing seed again.
const RUNS = Number(process.env.RECOUNT_ORACLE_RUNS ?? 20);
const SEED = process.env.RECOUNT_ORACLE_SEED;
// RECOUNT_ORACLE_SHRINK=no gives a difference as it was met: making it small takes minutes.
const SHRINK = process.env.RECOUNT_ORACLE_SHRINK !== 'no';

const root = mkdtempSync(join(tmpdir(), 'recount-oracle-'));
const writer = new ArchiveWriter();
afterAll(async () => {
  await writer.close();
  rmSync(root, { recursive: true, force: true });
});
let turn = 0;

async function previewOf({ files, archive }: RandomIncident): Promise<{ summary: Summary; csv: string }> {
  const folder = join(root, `incident-${turn++}`);
  mkdirSync(join(folder, 'archive'), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  await writer.write(folder, archive);
  try {
    return await previewFolder(folder, 1 + (turn % 2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line of CSV as Recount writes it: NULL empty, the empty string quoted. */
const csvLine = (fields: readonly (string | null)[]): string =>
  fields
    .map((f) => (f === null ? '' : f === '' || /[",\n\r]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f))
    .join(',');

/** What was expected and what came, in full: an assertion's message shortens them. */
function differenceOf(error: unknown): string {
  const { expected, actual } = (error ?? {}) as { expected?: unknown; actual?: unknown };
  const shown = (value: unknown): string =>
    typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return `${error}\nexpected\n${shown(expected)}\nreceived\n${shown(actual)}`;
}

/** The failing incident as its files, the smallest that was found. */
function tell(run: fc.RunDetails<[RandomIncident]>): void {
  if (!run.failed) return;
  const [random] = run.counterexample ?? [];
  const files = [
    ...[...(random?.files ?? [])].map(([name, text]) => `--- ${name}\n${text}`),
    ...(random?.archive ?? []).map((f) => `--- ${f.path} (${f.form}, ${f.compression})\n${archiveText(f)}`),
  ];
  throw new Error(
    `seed ${run.seed}, path ${run.counterexamplePath}\n${files.join('\n')}\n${differenceOf(run.errorInstance)}`,
  );
}

it('finds what the oracle finds, on random incidents', { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomIncident(), async (random) => {
      const truth = consultOracle(random.incident);
      const { summary, csv } = await previewOf(random);
      expect(csv).toBe(`${[truth.columns, ...truth.rows].map(csvLine).join('\n')}\n`);
      expect(summary.cells).toEqual(truth.cells);
      expect(summary.archive).toMatchObject(truth.archive);
      expect(summary.net_delta).toEqual(truth.netDelta);
      expect(summary.patch).toMatchObject({ ...truth.patch, blocked_by: truth.blockedBy });
      expect(summary.window.spill_over).toEqual(truth.spillOver);
      expect(summary.control ?? null).toEqual(truth.control);
      const known = new Set<string>(KNOWN_WARNINGS);
      expect(summary.warnings.map((w) => w.code).filter((code) => known.has(code))).toEqual(truth.warnings);
      const differs = truth.rows.some((row) => row[0] !== 'superseded');
      expect(summary.checksums.recalculated === summary.checksums.live).toBe(!differs);
    }),
    {
      numRuns: RUNS,
      endOnFailure: !SHRINK,
      reporter: tell,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    },
  );
});
