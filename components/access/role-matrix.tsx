import { DEEDS } from '#components/access/permission-words.ts';
import { ROLE_WORDS } from '#components/access/role-words.ts';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Icon } from '#components/ui/icon';
import { Pill, Tag } from '#components/ui/pill';
import { GroupRow, Table, Td, Th, Tr } from '#components/ui/table';
import { ROLES, type Role } from '#lib/incident/people';

type RoleMatrixProps = {
  /** Of each permission, the least role that holds it. */
  permissions: Readonly<Record<string, Role | 'anyone'>>;
  /** What no token does. */
  inPerson: readonly string[];
};

/** Who may do what: the table that the server itself goes by, in words. */
export function RoleMatrix({ permissions, inPerson }: RoleMatrixProps) {
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
              <Th key={role} className="w-20 max-md:hidden">
                <span className="block text-center first-letter:uppercase">{role}</span>
              </Th>
            ))}
            <Th className="md:hidden">From the role</Th>
          </tr>
        </thead>
        {DEEDS.map(({ title, deeds }) => (
          <tbody key={title}>
            <GroupRow columns={ROLES.length + 1} title={title} />
            {deeds.map(({ words, permissions: [first] }) => (
              <Tr key={words}>
                <th
                  scope="row"
                  className="h-row border-line border-b py-1 pr-2.5 pl-3.5 text-left font-normal text-pretty group-last/row:border-b-0"
                >
                  {words} {inPerson.includes(first) ? <Tag>in person</Tag> : null}
                </th>
                {ROLES.map((role) => (
                  <Td key={role} className="text-center max-md:hidden">
                    <Holds held={isHeld(role, permissions[first])} />
                  </Td>
                ))}
                <Td className="md:hidden">
                  <Pill>{permissions[first]}</Pill>
                </Td>
              </Tr>
            ))}
          </tbody>
        ))}
      </Table>
      <p className="border-line border-t px-3.5 py-2 text-pretty text-text-3 text-xs">
        A token does what its person may do, within its scope; what is marked “in person” it never does.
      </p>
    </Card>
  );
}

const isHeld = (role: Role, least: Role | 'anyone' | undefined): boolean =>
  least === 'anyone' || (least !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least));

function Holds({ held }: { held: boolean }) {
  return held ? (
    <>
      <Icon name="check" size={14} className="inline text-ok" />
      <span className="sr-only">yes</span>
    </>
  ) : (
    <>
      <span aria-hidden="true" className="text-text-3">
        –
      </span>
      <span className="sr-only">no</span>
    </>
  );
}
