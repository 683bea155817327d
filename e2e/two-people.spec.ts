import type { BrowserContext, Page } from '@playwright/test';
import type { PatchView } from '#lib/patch/patch';
import { ask } from './support/databases.ts';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { corrected, differences, readLiveRows, readTruth } from './support/points.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test, watch } from './support/test.ts';

// A recovery by two people, each in a browser of their own. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' });

const TABLE = 'points.hourly_points';
let ole: BrowserContext;
let mira: BrowserContext;
let oles: Page;
let miras: Page;
let offences: readonly (readonly string[])[] = [];
let incident = '';
let first: PatchView;
let seal = '';

const approval = (page: Page) => page.getByRole('region', { name: 'Approval' });
const reason = (page: Page) => page.getByRole('textbox', { name: 'Reason' });

test.beforeAll(async ({ browser, baseURL }) => {
  ole = await signInAs(browser, 'operator', 'Ole Operator');
  mira = await signInAs(browser, 'approver', 'Mira Approver');
  [oles, miras] = [await ole.newPage(), await mira.newPage()];
  offences = [watch(oles, baseURL), watch(miras, baseURL)];
});
test.afterEach(() => expect(offences.flat(), 'what the page may not do').toEqual([]));
test.afterAll(async () => {
  await ole.close();
  await mira.close();
});

test('who prepared it cannot approve it, and reads why', async () => {
  const client = operator(ole.request);
  incident = await client.openSample();
  first = await client.propose(incident, FAILED);
  await oles.goto(`/incidents/${incident}/review`);
  const press = approval(oles).getByRole('button', { name: 'Approve patch' });
  await expect(press).toHaveAttribute('aria-disabled', 'true');
  // a press says why, also where nothing hovers
  await press.dispatchEvent('click');
  await expect(oles.locator('[popover]:popover-open')).toHaveText(
    'To approve, ask an admin for the approver role.',
  );
  await expect(approval(oles)).toContainText('To approve, ask an admin for the approver role.');
  await expect(approval(oles)).toContainText(/May approve: .*Mira Approver/);
  await expect(oles.getByRole('button', { name: /^Go on to apply/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await checkLook(oles, 'the review, for who prepared it');
  // nor past the page
  const answer = await ole.request.post(`/api/v1/patches/${first.id}/approve`, {
    data: { seal: first.seal, reason: 'me' },
  });
  expect(answer.status()).toBe(403);
});

test('the approver asks for changes, and the author reads which', async () => {
  await miras.goto(`/incidents/${incident}/review`);
  await approval(miras).getByRole('button', { name: 'Request changes' }).click();
  await expect(approval(miras).getByText('Say what has to change.')).toBeVisible();
  await reason(miras).fill('The largest row was mended by hand: leave it out.');
  await approval(miras).getByRole('button', { name: 'Request changes' }).click();
  await expect(miras.getByText('Mira Approver asked for changes; nothing was written.')).toBeVisible();
  await checkLook(miras, 'the review, sent back');
  await oles.reload();
  await expect(oles.getByText('Mira Approver asked for changes; nothing was written.')).toBeVisible();
  await expect(oles.getByText('“The largest row was mended by hand: leave it out.”')).toBeVisible();
});

test('a new patch has a new seal and is approved by someone else', async () => {
  const left = await ole.request.post(`/api/v1/runs/${first.runId}/left-out`, {
    data: { rows: [0], reason: 'mended by hand' },
  });
  expect(left.ok(), await left.text()).toBe(true);
  await oles.goto(`/incidents/${incident}/preview`);
  await oles.getByRole('button', { name: 'Send for review' }).click();
  await oles.waitForURL(/\/review/);
  await expect(oles.getByText('1 to 50 of 391')).toBeVisible();
  await miras.goto(oles.url());
  await reason(miras).fill('Now it is right.');
  // she has not shown for long that it is her
  const password = 'correct horse battery';
  await mira.request.post('/api/v1/me/password', { data: { password, email: 'mira@example.org' } });
  await ask('records', "update session set proved_at = now() - interval '13 hours' where person_id = $1", [
    'e2e-mira-approver',
  ]);
  await approval(miras).getByRole('button', { name: 'Approve patch' }).click();
  await miras.getByRole('textbox', { name: 'Your password' }).fill(password);
  await checkLook(miras, 'a proof is asked for');
  // in one column the decision stands above the rows; what was typed went with it there and back
  await miras.setViewportSize({ width: 390, height: 844 });
  await expect(miras.getByText('1 to 10 of 391')).toBeVisible();
  const top = async (name: string): Promise<number> =>
    (await miras.getByRole('region', { name, exact: true }).boundingBox())?.y ?? Number.NaN;
  expect(await top('Approval')).toBeLessThan(await top('Rows'));
  expect(await top('Rehearsal')).toBeLessThan(await top('Approval'));
  await expect(miras.getByRole('list', { name: 'Rows of the patch' }).getByRole('listitem')).toHaveCount(10);
  await miras.setViewportSize({ width: 1440, height: 900 });
  await expect(reason(miras)).toHaveValue('Now it is right.');
  await miras.getByRole('button', { name: 'Confirm' }).click();
  await expect(approval(miras)).toContainText('1 of 1 needed');
  await expect(approval(miras)).toContainText(/Mira Approver approved/);
  const seals = await ask<{ seal: string; state: string }>(
    'records',
    'select seal, state from patch where run_id = $1 order by number',
    [first.runId],
  );
  expect(seals.map(({ state }) => state)).toEqual(['cancelled', 'approved']);
  seal = seals[1]?.seal ?? '';
  expect(seal).not.toBe(first.seal);
});

test('who prepared it applies it, and the ledger names both', async () => {
  const before = await readLiveRows();
  await oles.reload();
  await oles.getByRole('link', { name: 'Go on to apply 391 rows' }).click();
  const form = oles.getByRole('region', { name: 'Apply', exact: true });
  await form.getByRole('checkbox').check();
  await form.getByRole('textbox').fill(TABLE);
  await form.getByRole('button', { name: 'Apply 391 rows' }).click();
  await expect(oles.getByText('391 of 391 rows match what the archive says.')).toBeVisible({
    timeout: 60_000,
  });
  // all but the one that was left out
  expect(differences(corrected(before, readTruth()), await readLiveRows())).toHaveLength(1);
  const [line] = await ask<{ author: string; approved_by: string }>(
    'sample',
    'select author, approved_by from recount.patch_ledger where seal = $1',
    [seal],
  );
  expect(line).toEqual({ author: 'Ole Operator', approved_by: 'Mira Approver' });
});

test('the policies are read by everyone, and changed by an admin', async ({ page }) => {
  await miras.goto('/settings/policies');
  await expect(
    miras.getByText('You can view the policies. To change them, ask an admin for the admin role.'),
  ).toBeVisible();
  await expect(miras.getByRole('button', { name: 'Save policies' })).toHaveAttribute('aria-disabled', 'true');
  await page.goto('/settings/policies');
  await checkLook(page, 'the policies');
  await page.getByRole('button', { name: 'Add a rule' }).click();
  await page.getByRole('textbox', { name: 'Rule 1: from so many rows' }).fill('100,000');
  await checkLook(page, 'the policies with a rule');
  await page.getByRole('button', { name: 'Save policies' }).click();
  await expect(page.getByRole('button', { name: 'Save policies' })).toHaveAttribute('aria-disabled', 'true');
  await miras.reload();
  await expect(miras.getByRole('textbox', { name: 'Rule 1: from so many rows' })).toHaveValue('100000');
  await page.getByRole('button', { name: 'Remove rule 1' }).click();
  await page.getByRole('button', { name: 'Save policies' }).click();
  await expect(page.getByText('No rules yet.')).toBeVisible();
  await expect.poll(async () => (await ask('records', 'select 1 from approval_rule')).length).toBe(0);
});
