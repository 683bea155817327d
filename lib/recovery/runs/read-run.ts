import { z } from 'zod';
import { mayStill } from '#lib/recovery/access/may-still';
import { permit } from '#lib/recovery/access/permit';
import { eventStream } from '#lib/recovery/http/event-stream';
import { isFinal, readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import type { RunView } from '#lib/replay/run';

export const RunInput = z.object({ id: z.uuid() });
type Input = z.output<typeof RunInput>;

/** A run as it stands. Failure not_found. */
export async function readRun({ store, actor }: Context, { id }: Input): Promise<RunView> {
  permit(actor, 'incident.read');
  return readRunView(store, id);
}

/** A run as it goes on, until it is finished or the reader may no longer read. Failure not_found. */
export async function watchRun(
  { store, actor }: Context,
  { id }: Input,
  request: Request,
): Promise<Response> {
  permit(actor, 'incident.read');
  await readRunView(store, id);
  const read = async () => {
    const view = await readRunView(store, id);
    return { view, final: isFinal(view.state) };
  };
  return eventStream(read, {
    personId: actor.id,
    gone: request.signal,
    mayStill: () => mayStill({ store, actor }, 'incident.read'),
  });
}
