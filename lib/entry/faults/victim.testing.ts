import { Socket } from 'node:net';
import { Failure } from '#lib/base/failure';
import { BY, storeAt } from '#lib/entry/faults/world.testing';
import { type PatchSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveTable } from '#lib/patch/live-store';
import type { ApplyStep } from '#lib/patch/patch';

// A process that is killed: started ahead, it waits for a patch, works on it, and kills itself (kill -9) at the named
// moment. It runs the product's own code; what it adds is a look at each message that goes to a server.

export type Moment =
  | { readonly kind: 'step'; readonly step: ApplyStep; readonly nth: number }
  | { readonly kind: 'before_commit' }
  /** COMMIT is with the network; `afterUs`: so much later. */
  | { readonly kind: 'commit_sent'; readonly afterUs: number }
  /** Right before or after the n-th message to a server, the signing in included. */
  | { readonly kind: 'message'; readonly n: number; readonly when: 'before' | 'after' }
  /** Killed by the parent, so much after it was told to begin. */
  | { readonly kind: 'ms'; readonly ms: number };

export type Order = {
  readonly verb: 'apply' | 'undo' | 'rehearse';
  readonly url: string;
  readonly table: string;
  readonly live: LiveTable;
  readonly spec: PatchSpec;
  readonly moment: Moment;
};

export type Said = { readonly ready: true } | { readonly ended: string };

const say = (said: Said): void => void process.send?.(said);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

let watch: ((data: Buffer, when: 'before' | 'after') => void) | null = null;

type Chunks = Buffer | string | { readonly chunk: Buffer | string; readonly encoding: BufferEncoding }[];
type Write = (
  this: Socket,
  many: boolean,
  data: Chunks,
  encoding: BufferEncoding,
  done: () => void,
) => unknown;

/** Every message on its way to the kernel passes here. */
function watchMessages(): void {
  const prototype = Socket.prototype as unknown as { _writeGeneric: Write };
  const write = prototype._writeGeneric;
  prototype._writeGeneric = function (many, data, encoding, done) {
    const look = watch;
    // the channel to the parent is no socket of this kind of address
    if (look === null || this.remotePort === undefined) return write.call(this, many, data, encoding, done);
    const parts = Array.isArray(data)
      ? data.map(({ chunk }) => Buffer.from(chunk as Buffer))
      : [Buffer.from(data as Buffer)];
    const message = Buffer.concat(parts);
    look(message, 'before');
    const result = write.call(this, many, data, encoding, done);
    look(message, 'after');
    return result;
  };
}

const COMMIT = Buffer.from('COMMIT\0', 'latin1');

function setWatch(moment: Moment): void {
  let count = 0;
  watch = (message, when) => {
    if (when === 'before') count += 1;
    if (moment.kind === 'message' && count === moment.n && when === moment.when) die();
    if (moment.kind !== 'commit_sent' || when === 'before' || !message.includes(COMMIT)) return;
    if (moment.afterUs === 0) die();
    setTimeout(die, moment.afterUs / 1_000);
  };
}

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
  setWatch(order.moment);
  work(order)
    .catch((error: unknown) => (error instanceof Failure ? error.code : `fault: ${error}`))
    .then((ended) => {
      watch = null;
      say({ ended });
    });
});
process.on('disconnect', () => process.exit());
say({ ready: true });
