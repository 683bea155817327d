import { closeStore, openStore } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { Answer, Flags } from '#lib/entry/command';
import { withRecords } from '#lib/entry/with-records';
import type { ErasedView } from '#lib/incident/retention';
import { shellActor } from '#lib/recovery/access/actor';
import { eraseNow } from '#lib/recovery/retention/erase-incident';
import { incidentId } from '#lib/recovery/setup/find-incident';
import { closeReader } from '#lib/recovery/setup/reader-session';

/** `erase`: what is kept of one closed incident, while Recount runs or not. */
export async function eraseCommand({ incident, reason }: Flags): Promise<Answer> {
  if (incident === undefined) throw new Failure('command.invalid', 'erase needs --incident N.');
  if (reason === undefined || reason.trim() === '')
    throw new Failure('command.invalid', 'erase needs --reason TEXT.', {
      fix: 'Say why: it stands in the audit and on the page of the incident.',
    });
  return withRecords(async (env, url) => {
    const store = openStore(url);
    try {
      const id = await incidentId(store, /^\d+$/.test(incident) ? `INC-${incident}` : incident);
      const erased = await eraseNow({ store, env, actor: shellActor() }, id, reason.trim());
      return {
        value: { status: erased.doneAt === null ? 'begun' : 'erased', ...erased },
        words: wordsOf(erased),
      };
    } finally {
      await closeReader();
      await closeStore(store);
    }
  });
}

function wordsOf({ doneAt, files, bytes }: ErasedView): string {
  const what = `${files ?? 0} files, ${((bytes ?? 0) / 1024 ** 2).toFixed(1)} MiB`;
  return doneAt === null
    ? `Marked: ${what}. Staged events are being read at this moment; the worker removes them when that is over.\n`
    : `Erased: ${what}. The report and the audit remain.\n`;
}
