import type { Metadata } from 'next';
import { PeoplePage } from '#components/access/people-page';
import { RoleMatrix } from '#components/access/role-matrix';
import { IN_PERSON, PERMISSIONS } from '#lib/recovery/access/policy';

export const metadata: Metadata = { title: 'People and roles' };

export default function People() {
  return (
    <div className="grid gap-4">
      <div>
        <PeoplePage />
      </div>
      <RoleMatrix permissions={PERMISSIONS} inPerson={IN_PERSON} />
    </div>
  );
}
