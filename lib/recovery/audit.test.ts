import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const WRITES =
  /\b(?:tx|store)\.[a-zA-Z]+\.(?:create|createMany|update|updateMany|delete|deleteMany|upsert)\(|\$executeRaw/;
/** Steps of verbs that write the audit in the same transaction. */
const STEPS: Readonly<Record<string, string>> = {
  'lib/recovery/notifications/read-notifications.ts':
    'that somebody read what they were told is their own affair',
  'lib/recovery/audit/audit-check.ts': 'it looks at the audit: a line about every look would say nothing',
  'lib/recovery/archives/archive-moved.ts': 'the upload verbs call it',
  'lib/recovery/reports/freeze-report.ts': 'sharing and verifying call it',
  'lib/recovery/patches/stop-rehearsals.ts': 'the verbs that end a rehearsal call it',
  'lib/recovery/access/step-up.ts':
    'it uses up a proof; approving, applying and changing the policies call it',
  'lib/recovery/patches/patch-refusal.ts': 'it holds the incident; the patch verbs call it',
};

it('every verb that writes records writes the audit too', () => {
  const files = globSync('lib/recovery/**/*.ts').filter((file) => !/test(ing)?\.ts$/.test(file));
  const writing = files.filter((file) => WRITES.test(readFileSync(file, 'utf8')));
  expect(writing.length).toBeGreaterThan(15);
  const silent = writing.filter((file) => !readFileSync(file, 'utf8').includes('writeAudit('));
  expect(silent.filter((file) => !(file in STEPS))).toEqual([]);
});
