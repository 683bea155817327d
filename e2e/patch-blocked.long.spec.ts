import type { Page } from '@playwright/test';
import type { DraftPlan } from '#lib/incident/incident';
import { approveBySomeoneElse } from './support/approver.ts';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { differences, prepared, put, showPreview } from './support/set-up.ts';
import { expect, test } from './support/test.ts';

const USERS = ['ann', 'ben', 'cid'];
const HEAD = 'id,at,user,amount';

/** An event of 2 for each user every 20 minutes of an hour. */
const hourOf = (hour: number): string[] =>
  [0, 20, 40].flatMap((minute) =>
    USERS.map(
      (user) =>
        `${user}-${hour}-${minute},2024-06-10T${hour}:${String(minute).padStart(2, '0')}:00Z,${user},2`,
    ),
  );

const PLAN: DraftPlan = {
  archive: { fields: { id: 'id', time: 'at' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T14:00:00Z', clock: 'time' },
  calculation: {
    name: 'hourly',
    versions: [{ version: 1, keys: { user: 'user' }, measures: { total: 'sum(amount)' } }],
  },
  live: { state: 'bucketed', keys: ['user'], bucket: { column: 'hour', size: '1h', timezone: 'UTC' } },
};

const row = (user: string, hour: number, total: number): string =>
  `${user},2024-06-10T${hour}:00:00Z,${total}`;

/** Archive folders by the hour, and live rows in which 12:00 is too low. */
function writeHours(name: string, hours: readonly number[], more: readonly string[] = []): void {
  for (const hour of hours)
    put(`${name}/events/dt=2024-06-10/hour=${hour}/events.csv`, [HEAD, ...hourOf(hour)]);
  const live = [10, 11, 12, 13, 14].flatMap((hour) =>
    USERS.map((user) => row(user, hour, hour === 12 ? 4 : 6)),
  );
  put(`${name}/hourly.csv`, ['user,hour,total', ...live, ...more]);
}

test('a healthy stretch that differs blocks the patch, and says what to check', async ({ page }) => {
  writeHours('control', [10, 11, 12, 13, 14]);
  const plan: DraftPlan = {
    ...PLAN,
    control: { from: '2024-06-10T10:00:00Z', to: '2024-06-10T12:00:00Z' },
    calculation: {
      name: 'hourly',
      versions: [{ version: 1, keys: { user: 'user' }, measures: { total: 'sum(amount) * 2' } }],
    },
  };
  const reference = await prepared(page.request, {
    title: 'A calculation that is not the worker’s',
    archive: 'control/events',
    live: 'control/hourly.csv',
    plan,
  });
  await showPreview(page, reference);
  const findings = page.getByRole('region', { name: 'Findings' });
  await expect(findings).toContainText(
    'No patch can be sent: 6 of 6 rows in the healthy stretch differ from the calculation.',
  );
  // Which ones, with both values: each is twice what is live.
  const healthy = findings.getByRole('table', { name: 'Rows of the healthy stretch that differ' });
  await expect(healthy.getByRole('row')).toHaveCount(7);
  for (const [at, text] of ['ann', '2024-06-10 10:00', '6', '12', '+6', '3'].entries())
    await expect(healthy.getByRole('row').nth(1).getByRole('cell').nth(at)).toHaveText(text);
  await checkLook(page, 'blocked by the healthy stretch');
  const send = page.getByRole('button', { name: 'Send for review' });
  await expect(send).toHaveAttribute('aria-disabled', 'true');
  await findings.getByRole('link', { name: 'Change the calculation' }).click();
  await page.getByRole('textbox', { name: 'Expression for total' }).fill('sum(amount)');
  await expect(page.getByText(/^Draft INC-\d+ is saved\.$/)).toBeVisible();
  await page.goBack();
  await page.getByRole('button', { name: 'Run again' }).first().click();
  await expect(page.getByRole('region', { name: 'Next step' })).toContainText('3 rows to patch', {
    timeout: 30_000,
  });
  await expect(findings).toBeHidden();
  await expect(send).not.toHaveAttribute('aria-disabled', 'true');
});

test('a gap of the archive blocks deleting; keeping the rows settles it', async ({ page }) => {
  writeHours('gap', [10, 11, 12, 14], [row('ghost', 13, 9)]);
  const reference = await prepared(page.request, {
    title: 'An hour is missing',
    archive: 'gap/events',
    live: 'gap/hourly.csv',
    plan: { ...PLAN, patch: { only_in_live: 'delete' } },
  });
  await showPreview(page, reference);
  const findings = page.getByRole('region', { name: 'Findings' });
  await expect(findings).toContainText('4 rows would be deleted, and the archive may have a gap there.');
  await expect(page.getByRole('region', { name: 'Next step' })).toContainText(
    'Blocked by a possible gap in the archive.',
  );
  await checkLook(page, 'blocked by a gap');
  await expect(findings).toContainText('no partition for 2024-06-10 13:00 UTC to 2024-06-10 14:00 UTC.');
  await findings.getByRole('link', { name: 'See these rows' }).click();
  await expect(page.getByText('4 rows shown.')).toBeVisible();
  await findings.getByRole('button', { name: 'Keep these rows, run again' }).click();
  await expect(page.getByRole('region', { name: 'Next step' })).toContainText(
    '3 rows to patch in one transaction (3 changed)',
    { timeout: 30_000 },
  );
  await expect(findings.getByText('No patch can be sent')).toBeHidden();
});

test('rows of a patch that stands are settled; a new preview says who was left out', async ({ page }) => {
  writeHours('stands', [10, 11, 12, 13, 14]);
  const reference = await prepared(page.request, {
    title: 'Sent already',
    archive: 'stands/events',
    live: 'stands/hourly.csv',
    plan: PLAN,
  });
  await showPreview(page, reference);
  const box = page.getByRole('checkbox', { name: /^Include ann/ });
  await box.click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('A test account');
  await page.getByRole('button', { name: 'Leave out 1 row' }).click();
  const next = page.getByRole('region', { name: 'Next step' });
  await expect(next).toContainText('2 rows to patch in one transaction, 1 left out');
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/review\?/);

  await page.goto(`/incidents/${reference}/preview`);
  await expect(next).toContainText(/2 rows in patch \d+, 1 left out/);
  await expect(next).toContainText('It was sent for review. To choose other rows, withdraw it first.');
  await expect(page.getByRole('button', { name: 'Send for review' })).toHaveCount(0);
  await expect(box).toBeDisabled();
  await differences(page).getByRole('button', { name: 'ben' }).click();
  await expect(page.getByRole('button', { name: 'Leave out of patch' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await page.getByRole('link', { name: 'Go to its review' }).click();
  await page.waitForURL(/review\?.*patch=/);

  await showPreview(page, reference);
  await expect(page.getByRole('region', { name: 'Findings' })).toContainText(
    '1 row was left out of the preview before this one.',
  );
  await expect(box).toBeChecked();
  await page.getByRole('link', { name: 'See it' }).click();
  await expect(page.getByText('1 row shown.')).toBeVisible();
});

test('an approver lets blocks through, each with a reason; the patch goes on, and the audit has it', async ({
  page,
  browser,
}) => {
  // all four at once: a record that can't be read, an id with two contents, a healthy stretch that differs, a gap
  writeHours('through', [10, 11, 12, 14], [row('ghost', 13, 9)]);
  put('through/events/dt=2024-06-10/hour=12/more.csv', [
    HEAD,
    'x,when it was,ann,2',
    'ann-12-0,2024-06-10T12:00:00Z,ann,3',
  ]);
  const reference = await prepared(page.request, {
    title: 'Blocked by four things',
    archive: 'through/events',
    live: 'through/hourly.csv',
    plan: {
      ...PLAN,
      control: { from: '2024-06-10T14:00:00Z', to: '2024-06-10T15:00:00Z' },
      calculation: {
        name: 'hourly',
        versions: [{ version: 1, keys: { user: 'user' }, measures: { total: 'sum(amount) + 1' } }],
      },
      patch: { only_in_live: 'delete' },
    },
  });
  await showPreview(page, reference);
  const findings = (of: Page) => of.getByRole('region', { name: 'Findings' });
  await expect(findings(page).getByText(/^No patch can be sent/)).toHaveCount(4);
  // who set it up lets nothing through
  const own = findings(page).getByRole('button', { name: 'Let it through' }).first();
  await expect(own).toHaveAccessibleDescription(
    'You prepared this preview, so someone else has to let it through.',
  );

  const approver = await signInAs(browser, 'approver', 'Ada Overrider');
  const tab = await approver.newPage();
  await tab.goto(page.url());
  const asked = tab.getByRole('textbox', { name: 'Reason' });
  for (const [at, what] of [
    'records that could not be read',
    'event ids with different contents',
    'the healthy stretch, which differs',
    'a possible gap in the archive',
  ].entries()) {
    await findings(tab).getByRole('button', { name: 'Let it through' }).first().click();
    const form = findings(tab).locator('form').filter({ has: asked });
    const confirm = form.getByRole('button', { name: /^Let .* through$/ });
    if (at === 0) {
      await confirm.click();
      await expect(form.getByText('Say why it may be written all the same.')).toBeVisible();
      await checkLook(tab, 'letting a block through');
    }
    await asked.fill(`Known and harmless, number ${at + 1}`);
    await confirm.click();
    await expect(findings(tab).getByText(/^Ada Overrider let .* through, for this preview/)).toHaveCount(
      at + 1,
    );
    await expect(findings(tab)).toContainText(what);
  }
  await expect(findings(tab).getByText(/^No patch can be sent/)).toHaveCount(0);

  await page.reload();
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/review\?/);
  const approval = page.getByRole('region', { name: 'Approval' });
  await expect(approval.getByText('override', { exact: true })).toHaveCount(4);
  await expect(approval).toContainText('Known and harmless, number 4');
  await checkLook(page, 'the review of a patch with overrides');
  await approveBySomeoneElse(page, 'The four are known.');
  await page.getByRole('link', { name: /^Go on to apply/ }).click();
  await page.getByRole('checkbox').check();
  await page.getByRole('textbox', { name: /^Type/ }).fill('hourly.csv');
  await page.getByRole('button', { name: /^Apply \d+ rows$/ }).click();
  await expect(page.getByText('match what the archive says')).toBeVisible({ timeout: 30_000 });
  const lines = await (
    await page.request.get(`/api/v1/audit?incident=${reference}&action=run.override`)
  ).json();
  for (const number of [1, 2, 3, 4])
    expect(JSON.stringify(lines)).toContain(`Known and harmless, number ${number}`);
  await page.goto(`/audit?incident=${reference}`);
  await expect(
    page.getByRole('row').filter({ hasText: 'Let a block of a patch through' }).first(),
  ).toBeVisible();
  await approver.close();
});
