import { z } from 'zod';
import { eventStream } from '#lib/recovery/http/event-stream';
import { isFinal, readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import type { RunView } from '#lib/replay/run';

export const RunInput = z.object({ id: z.uuid() });
type Input = z.output<typeof RunInput>;

/** A run as it stands. Failure not_found. */
export const readRun = ({ store }: Context, { id }: Input): Promise<RunView> => readRunView(store, id);

/** A run as it goes on, until it is finished. Failure not_found. */
export async function watchRun({ store }: Context, { id }: Input, request: Request): Promise<Response> {
  await readRunView(store, id);
  return eventStream(async () => {
    const view = await readRunView(store, id);
    return { view, final: isFinal(view.state) };
  }, request.signal);
}
