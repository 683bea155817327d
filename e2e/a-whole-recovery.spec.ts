import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { APPROVER, approveBySomeoneElse } from './support/approver.ts';
import { ask } from './support/databases.ts';
import { checkLook } from './support/look.ts';
import { stranger as openStranger } from './support/people.ts';
import { corrected, differences, type LiveRows, readLiveRows, readTruth } from './support/points.ts';
import { expect, test, watch } from './support/test.ts';

// The whole job on the sample, in the order an operator does it. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' });

const TABLE = 'points.hourly_points';
const WINDOW = { from: '2026-11-21 12:02', to: '2026-11-21 12:34' };

let page: Page;
let incident = '';
let faulty: LiveRows;
let offences: readonly string[] = [];

const stage = (name: string): RegExp => new RegExp(`/incidents/${incident}/${name}`);
const count = (n: number): string => n.toLocaleString('en-US');

test.beforeAll(async ({ browser, baseURL }) => {
  page = await (await browser.newContext()).newPage();
  offences = watch(page, baseURL);
});
test.afterEach(() => expect(offences, 'what the page may not do').toEqual([]));
test.afterAll(() => page.context().close());

/** The instant of the window's edges as the address has them. */
function edgesInAddress(): { from: string; to: string } {
  const params = new URL(page.url()).searchParams;
  return { from: params.get('from') ?? '', to: params.get('to') ?? '' };
}

const typed = (side: 'From' | 'To') => page.getByRole('textbox', { name: side, exact: true });
const handle = (side: 'start' | 'end') => page.getByRole('slider', { name: `Window ${side}` });

test('a fresh install offers the sample, and one click opens it', async () => {
  await page.goto('/');
  await expect(page.getByText('No incidents yet.')).toBeVisible();
  await checkLook(page, 'the empty list');
  await page.getByRole('button', { name: 'Open the sample' }).click();
  await page.waitForURL(/\/incidents\/INC-\d+\/archive/);
  incident = /INC-\d+/.exec(page.url())?.[0] ?? '';
  const found = page.getByRole('region', { name: 'What the archive holds' });
  await expect(found).toContainText('201,945 records = 200,000 events + 1,945 duplicates + 0 unreadable', {
    timeout: 60_000,
  });
  faulty = await readLiveRows();
});

test('the mouse drags a new window over the timeline', async () => {
  await page.getByRole('link', { name: 'Choose the window' }).click();
  await page.waitForURL(stage('window'));
  await expect(handle('start')).toHaveAttribute('aria-valuetext', `${WINDOW.from} UTC`);
  const plot = await page.getByTestId('timeline-plot').boundingBox();
  if (plot === null) throw new Error('the timeline has no plot');
  // Left of the window that the plan proposes, where nothing is selected.
  const y = plot.y + plot.height / 2;
  const [from, to] = [plot.x + plot.width * 0.08, plot.x + plot.width * 0.27];
  await page.mouse.move(from, y);
  await page.mouse.down();
  for (let step = 1; step <= 8; step++) await page.mouse.move(from + ((to - from) * step) / 8, y);
  await page.mouse.up();

  await expect(typed('From')).not.toHaveValue(WINDOW.from);
  const [start, end] = [await typed('From').inputValue(), await typed('To').inputValue()];
  expect(start < end, `${start} lies before ${end}`).toBe(true);
  expect(end < WINDOW.from, `${end} lies left of the old window`).toBe(true);
  await expect(handle('start')).toHaveAttribute('aria-valuetext', `${start} UTC`);
  await expect(handle('end')).toHaveAttribute('aria-valuetext', `${end} UTC`);
  expect(edgesInAddress()).toEqual({
    from: `${start.replace(' ', 'T')}Z`,
    to: `${end.replace(' ', 'T')}Z`,
  });

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(typed('From')).toHaveValue(WINDOW.from);
  await expect(typed('To')).toHaveValue(WINDOW.to);
});

test('typed times move the window, and what makes none is said', async () => {
  await typed('From').fill('2026-11-21 11:55');
  await typed('From').press('Enter');
  await expect(handle('start')).toHaveAttribute('aria-valuetext', '2026-11-21 11:55 UTC');
  await typed('To').fill('2026-11-21 11:40');
  await typed('To').press('Enter');
  await expect(page.getByText('The end is not after the start. Type the start too.')).toBeVisible();
  await typed('To').press('Escape');
  await expect(typed('To')).toHaveValue(WINDOW.to);
});

test('the keyboard sets the window exactly, on its handles', async () => {
  await handle('start').focus();
  for (const key of ['PageUp', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await expect(typed('From')).toHaveValue(WINDOW.from);
  await handle('end').focus();
  await page.keyboard.press('End');
  await expect(typed('To')).not.toHaveValue(WINDOW.to);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('PageDown');
  await expect(typed('To')).toHaveValue(WINDOW.to);
  await expect.poll(edgesInAddress).toEqual({ from: '2026-11-21T12:02Z', to: '2026-11-21T12:34Z' });
});

test('the preview finds exactly what the worker broke', async () => {
  const truth = readTruth();
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await page.waitForURL(/preview\?.*run=/);
  const inserts = truth.filter((row) => row.action === 'insert').length;
  const updates = truth.length - inserts;
  await expect(page.getByRole('region', { name: 'Next step' })).toContainText(
    `${count(truth.length)} rows to patch in one transaction (${count(updates)} changed, ${count(inserts)} added)`,
    { timeout: 60_000 },
  );
  expect(truth.length).toBe(392);
  const chips = page.getByRole('group', { name: 'Filter by kind' });
  await expect(chips.getByRole('button', { name: 'All' })).toContainText(count(truth.length));
  await chips.getByRole('button', { name: 'Missing in live' }).click();
  const rows = page.getByRole('table', { name: /Rows that differ/ });
  await expect(page.getByText(`${count(inserts)} rows shown.`)).toBeVisible();
  await expect(rows.getByRole('cell', { name: 'Too low' })).toHaveCount(0);
  await expect(page).toHaveURL(/kind=missing/);

  await chips.getByRole('button', { name: 'All' }).click();
  const { user } = truth[0] ?? { user: '' };
  await page.getByRole('searchbox', { name: 'Part of a key' }).fill(user);
  const own = truth.filter((row) => row.user === user).length;
  await expect(page.getByText(new RegExp(`^${own} rows? shown`))).toBeVisible();
  await expect(rows.getByRole('button', { name: user, exact: true })).toHaveCount(own);
  await page.getByRole('searchbox', { name: 'Part of a key' }).fill('');
  await expect(page.getByText('392 rows.')).toBeVisible();
});

test('the keyboard opens the evidence of a row, and the page stays as high as its content', async () => {
  await page.getByRole('region', { name: 'Differences, scrollable' }).focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: 'Row' });
  const events = panel.getByRole('table', { name: 'Events behind this row, in order' });
  await expect(panel.getByRole('heading')).toHaveText('u-48213');
  // 131 events, 3 of them delivered twice
  await expect(panel.getByText('134 records, 3 duplicates')).toBeVisible();
  await expect(events.getByRole('cell', { name: 'Duplicate, not counted' })).toHaveCount(3);
  const heights = await page.evaluate(() => {
    const bottoms = [...document.querySelectorAll('main section, main aside')].map(
      (part) => part.getBoundingClientRect().bottom + window.scrollY,
    );
    return { page: document.documentElement.scrollHeight, content: Math.max(...bottoms) };
  });
  expect(heights.page - heights.content, 'empty space under the page').toBeLessThan(120);
  await page.keyboard.press('j');
  await expect(panel.getByRole('heading')).not.toHaveText('u-48213');
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
});

test('a reviewer approves exactly the seal that is shown', async () => {
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(stage('review'));
  const touched = page.getByRole('region', { name: 'What this patch touches' });
  await expect(touched).toContainText('392');
  await expect(page.getByText('1 to 50 of 392')).toBeVisible();
  await expect(page.getByRole('region', { name: 'SQL', exact: true })).toContainText('INSERT INTO', {
    ignoreCase: true,
  });
  const approval = page.getByRole('region', { name: 'Approval' });
  await expect(approval).toContainText('You prepared this patch, so someone else has to approve it.');
  await approveBySomeoneElse(page, 'Compared with the log of the worker <b>x</b>');
  await expect(approval).toContainText('1 of 1 needed');
  await expect(approval).toContainText(`${APPROVER} approved`);
  await expect(approval).toContainText('Compared with the log of the worker <b>x</b>');
  expect(differences(faulty, await readLiveRows()), 'approving writes nothing').toEqual([]);
});

test('applying writes exactly the truth, in the database itself', async () => {
  await page.getByRole('link', { name: 'Go on to apply 392 rows' }).click();
  await page.waitForURL(stage('apply'));
  const form = page.getByRole('region', { name: 'Apply', exact: true });
  await form.getByRole('textbox').fill('points.other');
  await form.getByRole('button', { name: 'Apply 392 rows' }).click();
  await expect(form.getByText('Tick this to go on.')).toBeVisible();
  await expect(form.getByText(`That is not ${TABLE}.`)).toBeVisible();
  await form.getByRole('checkbox').check();
  await form.getByRole('textbox').fill(TABLE);
  await form.getByRole('button', { name: 'Apply 392 rows' }).click();
  await expect(page.getByText('392 of 392 rows match what the archive says.')).toBeVisible({
    timeout: 60_000,
  });
  expect(differences(corrected(faulty, readTruth()), await readLiveRows())).toEqual([]);
  const ledger = await ask<{ author: string; approved_by: string }>(
    'sample',
    'select author, approved_by from recount.patch_ledger',
  );
  expect(ledger).toHaveLength(1);
  await page.reload();
  await expect(page.getByText('392 of 392 rows match what the archive says.')).toBeVisible();
});

test('the report says it, and every download has it', async () => {
  await page.getByRole('link', { name: 'Open the report' }).click();
  await page.waitForURL(stage('report'));
  const report = page.getByRole('article');
  await expect(report).toContainText('Applied and verified');
  await expect(report).toContainText(APPROVER);
  await expect(report).toContainText('Compared with the log of the worker <b>x</b>');
  await page.emulateMedia({ media: 'print' });
  await expect(report.getByRole('table', { name: 'The largest corrections' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Skip to content' }), 'it is on no paper').toBeHidden();
  await page.emulateMedia({ media: null });
  const markdown = await download('Markdown');
  expect(markdown).toContain('392');
  expect(markdown).toContain(`approved_by: ${APPROVER}`);
  const truth = readTruth();
  for (const name of [/^Corrections, CSV/, /^Corrections, exact/]) {
    const lines = (await download(name)).trim().split('\n');
    expect(lines).toHaveLength(truth.length + 1);
  }
  const everything: { outcome: string; counts: unknown } = JSON.parse(await download(/^Everything, JSON/));
  expect(everything.outcome).toBe('verified');
  expect(everything.counts).toEqual({ updates: 124, inserts: 268, deletes: 0 });
  expect(await download('Web page')).toContain('&lt;b&gt;x&lt;/b&gt;');
});

async function download(name: string | RegExp): Promise<string> {
  const begun = page.waitForEvent('download');
  await page.getByRole('link', { name }).click();
  return readFileSync(await (await begun).path(), 'utf8');
}

test('a share link opens for whoever has it, until it is revoked or expires', async ({ browser }) => {
  const shared = await makeLink();
  const stranger = await (await openStranger(browser)).newPage();
  await stranger.goto(shared);
  await expect(stranger.getByRole('article')).toContainText('Applied and verified');
  await expect(stranger.getByRole('article'), 'keys are masked').not.toContainText('u-48213');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('revoked', { exact: true })).toBeVisible();
  await stranger.reload();
  await expect(stranger.getByText('This link expired or was revoked.')).toBeVisible();
  await expect(stranger.getByRole('article')).toHaveCount(0);

  const second = await makeLink();
  await stranger.goto(second);
  await expect(stranger.getByRole('article')).toBeVisible();
  await ask(
    'records',
    `update share_link set expires_at = now() - interval '1 second' where revoked_at is null`,
  );
  await stranger.reload();
  await expect(stranger.getByText('This link expired or was revoked.')).toBeVisible();
  await stranger.goto(`${second.slice(0, -4)}AAAA`);
  await stranger.reload();
  await expect(stranger.getByText('This link leads nowhere.')).toBeVisible();
  await stranger.context().close();
});

async function makeLink(): Promise<string> {
  await page.getByRole('button', { name: 'Create link' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const url = await dialog.getByRole('textbox', { name: 'Link' }).inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  return url;
}

test('the faulty rows can be put back', async () => {
  await page.getByRole('button', { name: 'Put the faulty rows back' }).click();
  await expect(
    page.getByText(/The live table has its [\d,]+ rows as the broken worker left them/),
  ).toBeVisible();
  expect(differences(faulty, await readLiveRows())).toEqual([]);
  await page.goto(`/incidents/${incident}/apply`);
  await expect(page.getByText(/It is not applied again/)).toBeVisible();
});
