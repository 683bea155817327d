import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { isNumeric } from '#lib/compare/columns';
import type { DiscrepancyColumns } from '#lib/compare/discrepancy';

const PlanFile = z.object({
  live: z.object({ state: z.string(), bucket: z.object({ column: z.string() }).nullish() }),
});

/** The columns of a finished run's discrepancies, from its own files. Failures: run.incomplete, patch.damaged. */
export async function readRunColumns(dir: string): Promise<DiscrepancyColumns> {
  const header = await readPatchHeader(dir);
  const { live } = PlanFile.parse(JSON.parse(await readFile(join(dir, RUN_FILES.plan), 'utf8')));
  const bucketName = live.state === 'bucketed' ? live.bucket?.column : undefined;
  const shown = ({ name, type }: { name: string; type: string }) => ({ name, type });
  const keys = header.keys.filter((k) => k.name !== bucketName).map(shown);
  const bucket = header.keys.find((k) => k.name === bucketName);
  return {
    keys,
    bucket: bucket === undefined ? null : shown(bucket),
    measures: header.measures.map(({ name, type }) => ({ name, type, numeric: isNumeric(type) })),
  };
}
