import { Socket } from 'node:net';
import type { ApplyStep } from '#lib/patch/patch';

// What a process does that is to die at a named moment: it looks at each message that goes to a server. Nothing of the
// product is changed by it.

export type Moment =
  | { readonly kind: 'step'; readonly step: ApplyStep; readonly nth: number }
  | { readonly kind: 'before_commit' }
  /** COMMIT is with the network; `afterUs`: so much later. */
  | { readonly kind: 'commit_sent'; readonly afterUs: number }
  /** Right before or after the n-th message to a server, the signing in included. */
  | { readonly kind: 'message'; readonly n: number; readonly when: 'before' | 'after' }
  /** From the n-th message on, or from COMMIT on, the records cannot be reached for so long. */
  | { readonly kind: 'records_away'; readonly from: number | 'COMMIT'; readonly ms: number }
  /** Killed by the parent, so much after it was told to begin. */
  | { readonly kind: 'ms'; readonly ms: number };

export type Said = { readonly ready: true } | { readonly ended: string };

export const say = (said: Said): void => void process.send?.(said);

let end: 'kill' | 'freeze' | 'frozen' = 'kill';

/** Ends this process, or holds it as a stopped machine does; then it goes on from here some time later. */
export function die(): void {
  if (end === 'frozen') return;
  if (end === 'freeze') {
    end = 'frozen';
    process.kill(process.pid, 'SIGSTOP');
    return;
  }
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

type Look = (socket: Socket, message: Buffer, when: 'before' | 'after') => void;
let watch: Look | null = null;

type Chunks = Buffer | string | { readonly chunk: Buffer | string; readonly encoding: BufferEncoding }[];
type Write = (
  this: Socket,
  many: boolean,
  data: Chunks,
  encoding: BufferEncoding,
  done: () => void,
) => unknown;

/** Every message on its way to the kernel passes here. */
export function watchMessages(): void {
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
    look(this, message, 'before');
    const result = write.call(this, many, data, encoding, done);
    look(this, message, 'after');
    return result;
  };
}

const COMMIT = Buffer.from('COMMIT\0', 'latin1');

/** Looks out for the moment. `recordsPort`: messages to it are no messages to the live store. */
export function setWatch(moment: Moment, recordsPort = 0, how: 'kill' | 'freeze' = 'kill'): void {
  end = how;
  let count = 0;
  let awayUntil = 0;
  const records = new Set<Socket>();
  watch = (socket, message, when) => {
    const isRecords = socket.remotePort === recordsPort;
    if (isRecords) records.add(socket);
    if (when === 'before') count += 1;
    const isCommit = !isRecords && when === 'after' && message.includes(COMMIT);
    if (moment.kind === 'message' && count === moment.n && when === moment.when) die();
    if (moment.kind === 'commit_sent' && isCommit) {
      if (moment.afterUs === 0) die();
      setTimeout(die, moment.afterUs / 1_000);
    }
    if (moment.kind !== 'records_away') return;
    const isNow = moment.from === 'COMMIT' ? isCommit : when === 'before' && count === moment.from;
    if (isNow) {
      awayUntil = performance.now() + moment.ms;
      for (const one of records) one.destroy();
    } else if (isRecords && performance.now() < awayUntil) socket.destroy();
  };
}

export function endWatch(): void {
  watch = null;
}
