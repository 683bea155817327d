import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import { isNumeric } from '#lib/compare/columns';
import type { DiscrepancyColumns, WrittenDigits } from '#lib/compare/discrepancy';

type Written = WrittenDigits & { readonly name: string; readonly type: string };

const PlanFile = z.object({
  archive: z.object({ conflicts: z.enum(['block', 'first', 'last']).default('block') }),
  live: z.object({ state: z.string(), bucket: z.object({ column: z.string() }).nullish() }),
  patch: z
    .object({ only_in_live: z.enum(['keep', 'delete']).default('keep') })
    .default({ only_in_live: 'keep' }),
});

/** What a finished run's plan says of rows that only the live store has, and of ids in conflict. Failure run.incomplete. */
export async function readRunPlan(
  dir: string,
): Promise<{ onlyInLive: 'keep' | 'delete'; conflicts: 'block' | 'first' | 'last' }> {
  const { archive, patch } = await readPlanFile(dir);
  return { onlyInLive: patch.only_in_live, conflicts: archive.conflicts };
}

async function readPlanFile(dir: string): Promise<z.output<typeof PlanFile>> {
  const path = join(dir, RUN_FILES.plan);
  try {
    return PlanFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Failure('run.incomplete', `${path} cannot be read: the folder holds no finished preview.`, {
      cause,
    });
  }
}

/** The columns of a finished run's discrepancies, from its own files. Failures: run.incomplete, patch.damaged. */
export async function readRunColumns(dir: string): Promise<DiscrepancyColumns> {
  const header = await readPatchHeader(dir);
  const { live } = await readPlanFile(dir);
  const bucketName = live.state === 'bucketed' ? live.bucket?.column : undefined;
  const shown = ({ name, type, digits }: Written) => ({
    name,
    type,
    ...(digits === undefined ? {} : { digits }),
  });
  const keys = header.keys.filter((k) => k.name !== bucketName).map(shown);
  const bucket = header.keys.find((k) => k.name === bucketName);
  return {
    keys,
    bucket: bucket === undefined ? null : shown(bucket),
    measures: header.measures.map((m) => ({ ...shown(m), numeric: isNumeric(m.type) })),
  };
}
