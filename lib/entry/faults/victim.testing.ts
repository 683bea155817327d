import { Failure } from '#lib/base/failure';
import { die, endWatch, type Moment, say, setWatch, watchMessages } from '#lib/entry/faults/watch.testing';
import { BY, storeAt } from '#lib/entry/faults/world.testing';
import { type PatchSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveTable } from '#lib/patch/live-store';
import type { ApplyStep } from '#lib/patch/patch';

// A process that is killed: started ahead, it waits for a patch, works on it, and kills itself (kill -9) at the named
// moment. It runs the product's own code; what it adds is a look at each message that goes to a server.

export type Order = {
  readonly verb: 'apply' | 'undo' | 'rehearse';
  readonly url: string;
  readonly table: string;
  readonly live: LiveTable;
  readonly spec: PatchSpec;
  readonly moment: Moment;
  /** Held, not killed. */
  readonly freeze?: boolean;
};

async function work({ verb, url, table, live, spec, moment }: Order): Promise<string> {
  const store = storeAt(url, table);
  const patch = sealedPatch(live, spec);
  const seen = new Map<string, number>();
  const onProgress = ({ step }: { readonly step: ApplyStep }): void => {
    seen.set(step, (seen.get(step) ?? 0) + 1);
    if (moment.kind === 'step' && moment.step === step && seen.get(step) === moment.nth) die();
  };
  const beforeCommit = async (): Promise<void> => {
    if (moment.kind === 'before_commit') die();
  };
  if (verb === 'apply') return store.apply(patch, { ...BY, onProgress, beforeCommit });
  if (verb === 'undo') return store.undo(patch, { ...BY, onProgress, beforeCommit });
  const { problems } = { problems: [], ...(await store.rehearse(patch, { ...BY, onProgress })) };
  return problems.length === 0 ? 'rehearsed' : 'rehearsed with problems';
}

watchMessages();
process.on('message', (order: Order) => {
  setWatch(order.moment, 0, order.freeze === true ? 'freeze' : 'kill');
  work(order)
    .catch((error: unknown) => (error instanceof Failure ? error.code : `fault: ${error}`))
    .then((ended) => {
      endWatch();
      say({ ended });
    });
});
process.on('disconnect', () => process.exit());
say({ ready: true });
