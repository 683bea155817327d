import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { refuseErased } from '#lib/recovery/retention/erased';
import type { Summary } from '#lib/replay/run';

export type FinishedRun = {
  readonly id: string;
  readonly number: number;
  readonly incidentId: string;
  readonly planRevision: number;
  readonly dir: string;
  readonly summary: Summary;
  readonly net: { measure: string; net: string; plus: string; minus: string }[];
};

/** Written by `preview` alone and kept as it was; what is read of it here is checked. */
const Summed = z.custom<Summary>(
  (value) =>
    z
      .object({
        cells: z.object({ match: z.number() }),
        net_delta: z.record(z.string(), z.string()),
        net_parts: z.record(z.string(), z.object({ plus: z.string(), minus: z.string() })),
      })
      .safeParse(value).success,
  'is no summary of a preview',
);

export const readSummary = (value: unknown): Summary => Summed.parse(value);

/** The net deltas of a summary. */
export const netOf = ({ net_delta, net_parts = {} }: Summary): FinishedRun['net'] =>
  Object.entries(net_delta).map(([measure, net]) => ({
    measure,
    net,
    plus: net_parts[measure]?.plus ?? '0',
    minus: net_parts[measure]?.minus ?? '0',
  }));

/** A run that is done, with its folder. Failures: not_found, run.incomplete, data.erased. */
export async function findFinishedRun(store: StoreTransaction, id: string): Promise<FinishedRun> {
  const run = await store.run.findUnique({ where: { id } });
  if (run === null) throw new Failure('not_found', 'There is no such run.');
  const { number, incidentId, planRevision, dir, summary } = run;
  if (run.state !== 'done' || dir === null || summary === null) {
    throw new Failure('run.incomplete', 'This run has no results (yet).', {
      fix: 'Wait until it is done, or start a new preview.',
    });
  }
  refuseErased('The files of this preview', run.erasedAt);
  const read = readSummary(summary);
  return { id, number, incidentId, planRevision, dir, summary: read, net: netOf(read) };
}
