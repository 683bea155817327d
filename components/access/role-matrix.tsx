import { ROLE_WORDS } from '#components/access/role-words.ts';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Icon } from '#components/ui/icon';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { ROLES, type Role } from '#lib/incident/people';

type RoleMatrixProps = {
  /** Of each permission, the least role that holds it. */
  permissions: Readonly<Record<string, Role | 'anyone'>>;
  /** What no token does. */
  inPerson: readonly string[];
};

/** Who may do what: the table that the server itself goes by. */
export function RoleMatrix({ permissions, inPerson }: RoleMatrixProps) {
  const rows = Object.entries(permissions).flatMap(([name, least]) =>
    least === 'anyone' ? [] : [[name, least] as const],
  );
  return (
    <Card labelledBy="roles">
      <CardHeader titleId="roles" title="Roles" />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
          {ROLES.map((role) => (
            <div key={role} className="flex gap-2">
              <dt className="w-18 flex-none font-medium first-letter:uppercase">{role}</dt>
              <dd className="text-text-2">{ROLE_WORDS[role]}</dd>
            </div>
          ))}
        </dl>
      </CardBody>
      <Table caption="What each role may do" density="compact" frameClassName="border-line border-t">
        <thead>
          <tr>
            <Th>May</Th>
            {ROLES.map((role) => (
              <Th key={role}>{role}</Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([permission, least]) => (
            <Tr key={permission}>
              <Td>
                {wordsOf(permission)}
                {inPerson.includes(permission) ? <span className="text-text-3"> (in person)</span> : null}
              </Td>
              {ROLES.map((role, at) => (
                <Td key={role}>
                  {at >= ROLES.indexOf(least) ? (
                    <>
                      <Icon name="check" size={14} className="text-ok" />
                      <span className="sr-only">yes</span>
                    </>
                  ) : (
                    <span className="text-text-3">
                      <span aria-hidden="true">–</span>
                      <span className="sr-only">no</span>
                    </span>
                  )}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
      <p className="border-line border-t px-3.5 py-2 text-text-3 text-xs">
        A token does what its person may do, within its scope; what is marked “in person” it never does.
      </p>
    </Card>
  );
}

/** `patch.approve` → `Approve a patch`-like words that need no list of their own: `patch: approve`. */
function wordsOf(permission: string): string {
  const [noun = '', verb = ''] = permission.split('.').map((word) => word.replaceAll('_', ' '));
  return `${noun.charAt(0).toUpperCase()}${noun.slice(1)}: ${verb}`;
}
