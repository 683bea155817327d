import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { consultOracle } from '#lib/compare/oracle/oracle';
import { type RandomIncident, randomIncident } from '#lib/compare/oracle/random-incident.testing';
import { parsePlan } from '#lib/plan/parse';
import { preview } from '#lib/recovery/method/preview';
import { openArchive, openLiveStore, openWork } from '#lib/recovery/setup/wiring';
import type { Summary } from '#lib/replay/run';

// RECOUNT_ORACLE_RUNS and RECOUNT_ORACLE_SEED run more, or a failing seed again.
const RUNS = Number(process.env.RECOUNT_ORACLE_RUNS ?? 60);
const SEED = process.env.RECOUNT_ORACLE_SEED;

const root = mkdtempSync(join(tmpdir(), 'recount-oracle-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let turn = 0;

async function previewOf({ files }: RandomIncident): Promise<{ summary: Summary; csv: string }> {
  const folder = join(root, `incident-${turn++}`);
  mkdirSync(join(folder, 'archive'), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const { plan, problems } = parsePlan(readFileSync(join(folder, 'plan.yaml'), 'utf8'));
  if (plan === null) throw new Error(problems.map((p) => p.message).join(' '));
  const outDir = join(folder, 'out');
  const work = { dataDir: join(folder, 'data'), memoryLimit: '512MB', threads: 1 + (turn % 2) };
  const session = await openWork(work, { folders: [outDir], files: [] }, 'here');
  const live = openLiveStore(
    { store: plan.live.store, table: null, folder, timezone: plan.live.bucket?.timezone ?? 'UTC' },
    () => undefined,
  );
  try {
    const source = openArchive(plan.archive.at, folder);
    const places = {
      source,
      live,
      session,
      outDir,
      planFolder: folder,
      author: 'test',
      threads: work.threads,
    };
    const summary = await preview(plan, { ...places, stageDir: join(work.dataDir, 'staged') });
    return { summary, csv: readFileSync(join(outDir, 'discrepancies.csv'), 'utf8') };
  } finally {
    await live.close();
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line of CSV as Recount writes it: NULL empty, the empty string quoted. */
const csvLine = (fields: readonly (string | null)[]): string =>
  fields
    .map((f) => (f === null ? '' : f === '' || /[",\n\r]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f))
    .join(',');

/** The failing incident as its files, the smallest that was found. */
function tell(run: fc.RunDetails<[RandomIncident]>): void {
  if (!run.failed) return;
  const files = [...(run.counterexample?.[0].files ?? [])].map(([name, text]) => `--- ${name}\n${text}`);
  throw new Error(
    `seed ${run.seed}, path ${run.counterexamplePath}\n${files.join('\n')}\n${run.errorInstance}`,
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
      const differs = truth.rows.some((row) => row[0] !== 'superseded');
      expect(summary.checksums.recalculated === summary.checksums.live).toBe(!differs);
    }),
    { numRuns: RUNS, reporter: tell, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
});
