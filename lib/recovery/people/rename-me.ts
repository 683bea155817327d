import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { permit } from '#lib/recovery/access/permit';
import { refuseTakenName } from '#lib/recovery/people/free-name';
import { PersonName } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';

export const RenameInput = z.object({ name: PersonName });

/** Changes the own name, as it stands in lists, reports and ledgers from now on. Throws `conflict` where somebody has it. */
export async function renameMe(
  { store, actor }: Context,
  { name }: z.output<typeof RenameInput>,
): Promise<{ name: string }> {
  permit(actor, 'me.change');
  await changeRecords(store, async (tx) => {
    await refuseTakenName(tx, name, actor.id);
    await tx.person.update({ where: { id: actor.id }, data: { name } });
    const detail = { name: [actor.name, name] };
    await writeAudit(tx, { actor, action: 'me.rename', subject: `person ${actor.id}`, detail });
  });
  return { name };
}
