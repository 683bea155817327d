import type { Page } from '@playwright/test';
import { holdTable } from './support/databases.ts';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { FAILED, operator, SHORTER } from './support/seed.ts';
import { expect, test } from './support/test.ts';

const review = (page: Page) => page.getByRole('region', { name: 'Approval' });
const reason = (page: Page) => page.getByRole('textbox', { name: 'Reason' });
const approve = (page: Page) => page.getByRole('button', { name: 'Approve patch' });

test('the list, the set-up and what is not there', async ({ page, request }) => {
  await operator(request).openSample();
  await page.goto('/incidents');
  await expect(page.getByRole('link', { name: 'The points worker lost events' })).toBeVisible();
  await checkLook(page, 'the list');
  await page.goto('/incidents?state=closed');
  await expect(page.getByText('No incident is closed.')).toBeVisible();
  await checkLook(page, 'the list without closed ones');
  await page.goto('/incidents/new');
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await checkLook(page, 'a new incident');
  for (const nowhere of ['/incidents/INC-999999', '/nowhere', '/r#none']) {
    await page.goto(nowhere);
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    await expect(page.getByText(/Can't show INC-999999|nothing at this address|leads nowhere/)).toBeVisible();
    await checkLook(page, nowhere);
  }
});

test('archive, set-up, window and a preview with an open row', async ({ page, request }) => {
  const incident = await operator(request).openSample();
  await page.goto(`/incidents/${incident}/archive`);
  await expect(page.getByRole('region', { name: 'What the archive holds' })).toBeVisible();
  await checkLook(page, 'the archive');
  await page.goto(`/incidents/new?incident=${incident}`);
  await expect(page.getByRole('textbox', { name: 'Expression for points' })).toHaveValue('sum(points)');
  await checkLook(page, 'the set-up');
  await page.goto(`/incidents/${incident}/window`);
  await expect(page.getByRole('slider', { name: 'Window start' })).toBeVisible();
  await checkLook(page, 'the window');

  await operator(request).preview(incident, FAILED);
  await page.goto(`/incidents/${incident}/preview`);
  await expect(page.getByRole('button', { name: 'u-48213' }).first()).toBeVisible();
  await checkLook(page, 'the preview');
  await page.getByRole('listbox', { name: 'Rows by difference, a filter each' }).focus();
  for (const key of ['End', 'ArrowLeft', 'Enter']) await page.keyboard.press(key);
  await expect(page.getByText('1 row shown.')).toBeVisible();
  await expect(page.getByRole('option', { selected: true })).toHaveAccessibleName(
    '+2,000 up to +2,200: 1 row',
  );
  await page.keyboard.press('Enter');
  await expect(page.getByText('392 rows.')).toBeVisible();
  await page.getByRole('button', { name: 'u-48213' }).first().click();
  await expect(page.getByRole('table', { name: 'Events behind this row, in order' })).toBeVisible();
  await page.getByRole('button', { name: 'Raw records' }).click();
  await checkLook(page, 'the preview with a row');
});

test('a preview under way says so and can be stopped', async ({ page, request }) => {
  const client = operator(request);
  const incident = await client.openSample();
  const release = await holdTable('points.hourly_points');
  try {
    await client.startPreview(incident, SHORTER);
    await page.goto(`/incidents/${incident}/preview`);
    await expect(page.getByText('Read the live rows, now')).toBeVisible();
    await checkLook(page, 'a preview under way');
    await page.getByRole('button', { name: 'Cancel' }).click();
    // The database is still waiting; the operator is not.
    await expect(page.getByText('This preview was cancelled.')).toBeVisible();
  } finally {
    await release();
  }
});

test('review, apply, report and the shared report', async ({ page, request, browser, baseURL }) => {
  const client = operator(request);
  const incident = await client.openSample();
  const patch = await client.propose(incident, FAILED);
  await page.goto(`/incidents/${incident}/review`);
  await expect(page.getByText('1 to 50 of 392')).toBeVisible();
  await checkLook(page, 'the review');
  const someoneElse = await signInAs(browser, 'approver');
  await operator(someoneElse.request).approve(patch);
  await someoneElse.close();
  await page.goto(`/incidents/${incident}/apply`);
  await page.getByRole('button', { name: 'Apply 392 rows' }).click();
  await expect(page.getByText('Tick this to go on.')).toBeVisible();
  await checkLook(page, 'before the apply');
  await client.apply(patch);
  await page.reload();
  await expect(page.getByText('392 of 392 rows match what the archive says.')).toBeVisible();
  await checkLook(page, 'after the apply');
  const link = await client.share(incident);
  await page.goto(`/incidents/${incident}/report`);
  await expect(page.getByRole('button', { name: 'Revoke' })).toBeVisible();
  await checkLook(page, 'the report');
  await page.getByRole('button', { name: 'Create link' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await checkLook(page, 'the dialog of a share link');
  await page.goto(new URL(link, baseURL).href);
  await expect(page.getByRole('article')).toContainText('Applied and verified');
  await checkLook(page, 'the shared report');
});

test('the keyboard alone goes from the list into an incident', async ({ page, request }) => {
  const client = operator(request);
  await client.draft('A second one');
  await client.openSample();
  await page.goto('/incidents');
  const links = page.getByRole('table').getByRole('rowheader').or(page.getByRole('table').getByRole('link'));
  await expect(links.first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('j');
  const first = await focusedName(page);
  await page.keyboard.press('j');
  expect(await focusedName(page)).not.toBe(first);
  await page.keyboard.press('k');
  expect(await focusedName(page)).toBe(first);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/incidents\/INC-\d+\//);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(first);
});

const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent ?? '');

test('of two tabs that approve at once, one wins and the other is told', async ({ request, browser }) => {
  const client = operator(request);
  const incident = await client.openSample();
  await client.propose(incident, FAILED);
  const someoneElse = await signInAs(browser, 'approver');
  const [page, other] = [await someoneElse.newPage(), await someoneElse.newPage()];
  const tabs = [page, other];
  for (const tab of tabs) {
    await tab.goto(`/incidents/${incident}/review`);
    await reason(tab).fill('Looks right');
  }
  await Promise.all(tabs.map((tab) => approve(tab).click()));
  const told = (tab: Page) => review(tab).getByRole('alert');
  await expect.poll(async () => (await told(page).count()) + (await told(other).count())).toBe(1);
  const [loser, winner] = (await told(page).count()) === 1 ? [page, other] : [other, page];
  await expect(told(loser)).toContainText('is approved');
  await expect(review(winner)).toContainText('1 of 1 needed');
  await told(loser).getByRole('button', { name: 'Reload' }).click();
  await expect(review(loser)).toContainText('1 of 1 needed');
  await expect(review(loser).locator('blockquote')).toHaveText(['Looks right']);
  await someoneElse.close();
});

test('an approval of what was changed meanwhile is refused, with the reason', async ({
  browser,
  request,
  context,
}) => {
  const someoneElse = await signInAs(browser, 'approver');
  const page = await someoneElse.newPage();
  const client = operator(request);
  const incident = await client.openSample();
  const patch = await client.propose(incident, FAILED);
  await page.goto(`/incidents/${incident}/review?patch=${patch.id}`);
  await reason(page).fill('Looks right');
  const other = await context.newPage();
  await other.goto(
    `/incidents/${incident}/window?from=2026-11-21T12:00Z&to=2026-11-21T12:30Z&clock=ingested`,
  );
  await other.getByRole('button', { name: 'Preview', exact: true }).click();
  await expect(other.getByRole('button', { name: 'Send for review' })).toBeVisible({ timeout: 30_000 });
  await approve(page).click();
  await expect(review(page).getByRole('alert')).toContainText('was withdrawn');
  await review(page).getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText(/This patch was taken back/)).toBeVisible();
  await expect(approve(page)).toHaveCount(0);
  await someoneElse.close();
});
