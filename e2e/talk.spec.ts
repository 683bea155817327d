import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from '@playwright/test';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test, watch } from './support/test.ts';

// Two people talk about a preview, each in a browser of their own. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' });

let ina: BrowserContext;
let tom: BrowserContext;
let inas: Page;
let toms: Page;
let offences: readonly (readonly string[])[] = [];
let incident = '';

const bell = (page: Page) => page.getByRole('button', { name: /^Notifications/ }).first();
const thread = (page: Page, author: string) => page.getByRole('article', { name: `Comment of ${author}` });

test.beforeAll(async ({ browser, baseURL }) => {
  ina = await signInAs(browser, 'operator', 'Ina Talker');
  tom = await signInAs(browser, 'viewer', 'Tom Talker');
  [inas, toms] = [await ina.newPage(), await tom.newPage()];
  offences = [watch(inas, baseURL), watch(toms, baseURL)];
});
test.afterEach(() => expect(offences.flat(), 'what the page may not do').toEqual([]));
test.afterAll(async () => {
  await ina.close();
  await tom.close();
});

test('a row is talked about, and who is mentioned hears of it', async () => {
  const client = operator(ina.request);
  incident = await client.openSample();
  const { runId } = await client.propose(incident, FAILED);
  await inas.goto(`/incidents/${incident}/preview?run=${runId}&key=0&q=u-10127`);
  const panel = inas.getByRole('complementary', { name: 'Row' });
  await panel.getByRole('button', { name: 'Comment', exact: true }).click();
  const text = panel.getByRole('textbox', { name: 'Comment on this row' });
  await panel.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(panel.getByText('Write something first.')).toBeVisible();
  await text.pressSequentially('Is <b>this</b> right, @tom');
  await panel.getByRole('button', { name: 'Tom Talker' }).click();
  await expect(text).toHaveValue('Is <b>this</b> right, @Tom Talker ');
  await text.press('Control+Enter');
  await expect(thread(panel.page(), 'Ina Talker')).toContainText('Is <b>this</b> right, @Tom Talker');
  await expect(inas.getByRole('row').filter({ hasText: '1 open thread' })).toHaveCount(1);
  await checkLook(inas, 'a row with a comment');
});

test('the bell leads there, and the answer leads back', async () => {
  await toms.goto('/incidents');
  await expect(bell(toms)).toHaveAccessibleName('Notifications, 1 unread');
  await bell(toms).click();
  const popup = new AxeBuilder({ page: toms }).setLegacyMode().include('[role="dialog"]');
  expect((await popup.analyze()).violations).toEqual([]);
  await toms
    .getByRole('link', { name: /^Unread: Ina Talker mentioned you in a comment on preview \d+/ })
    .click();
  await toms.waitForURL(/key=0#thread-/);
  await expect(bell(toms)).toHaveAccessibleName('Notifications');
  await expect(thread(toms, 'Ina Talker')).toBeVisible();
  await thread(toms, 'Ina Talker').getByRole('button', { name: 'Answer' }).click();
  await toms.getByRole('textbox', { name: 'Your answer' }).fill('Yes: its events were lost.');
  await toms.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(thread(toms, 'Ina Talker')).toContainText('Yes: its events were lost.');

  await inas.goto('/incidents');
  await bell(inas).click();
  await expect(
    inas.getByRole('link', { name: /Tom Talker answered in a thread on preview \d+/ }),
  ).toContainText('Yes: its events were lost.');
  await inas.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(bell(inas)).toHaveAccessibleName('Notifications');
});

test('the review shows it, and it is settled there', async () => {
  await inas.goto(`/incidents/${incident}/review`);
  const card = inas.getByRole('region', { name: 'Comments' });
  await expect(card).toContainText('1 open');
  await card.getByRole('textbox', { name: 'Comment on this preview' }).fill('The window is as agreed.');
  await card.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(card).toContainText('2 open');
  await expect(card.getByRole('textbox', { name: 'Comment on this preview' })).toHaveValue('');
  const own = card.getByRole('article').last();
  await own.getByRole('button', { name: 'More for your comment' }).click();
  await inas.getByRole('menuitem', { name: 'Change' }).click();
  await own.getByRole('textbox', { name: 'Your comment' }).fill('The window is right.');
  await own.getByRole('button', { name: 'Save' }).click();
  await expect(card).toContainText('The window is right.');
  await checkLook(inas, 'the review with comments');
  const row = card.getByRole('article').filter({ hasText: 'Row' });
  await row.getByRole('button', { name: 'Resolve' }).click();
  await expect(card).toContainText('1 open');
  await card.getByRole('button', { name: 'Show 1 resolved thread' }).click();
  await expect(card).toContainText('Resolved by Ina Talker');
});

test('a comment is deleted by who wrote it, and by no other', async () => {
  const card = inas.getByRole('region', { name: 'Comments' });
  const own = card.getByRole('article').filter({ hasText: 'The window is right.' });
  await own.getByRole('button', { name: 'More for your comment' }).click();
  await inas.getByRole('menuitem', { name: 'Delete' }).click();
  await checkLook(inas, 'deleting a comment');
  await inas.getByRole('button', { name: 'Delete comment' }).click();
  await expect(card).toContainText(/Comment deleted by Ina Talker on \d/);
  await expect(card).not.toContainText('The window is right.');
  await expect(card).not.toContainText('open');
  await toms.goto(inas.url());
  const read = toms.getByRole('region', { name: 'Comments' });
  await expect(read).toContainText(/Comment deleted by Ina Talker on \d/);
  await read.getByRole('button', { name: 'Show 1 resolved thread' }).click();
  await expect(read.getByRole('button', { name: 'More for your comment' })).toHaveCount(1);
  await expect(read.getByRole('button', { name: /^More for the comment of/ })).toHaveCount(0);
});

test('what is turned off is not told', async () => {
  await toms.goto('/settings/notifications');
  const mentioned = toms.getByRole('checkbox', { name: /^Somebody mentions you/ });
  await expect(mentioned).toBeChecked();
  await mentioned.uncheck();
  await toms.reload();
  await expect(mentioned).not.toBeChecked();
  await checkLook(toms, 'what one is told');
  const { latestRun } = await (await ina.request.get(`/api/v1/incidents/${incident}`)).json();
  const data = { run: latestRun.id, body: 'again @Tom Talker', mentions: ['e2e-tom-talker'] };
  expect((await ina.request.post('/api/v1/comments', { data })).status()).toBe(201);
  expect((await (await tom.request.get('/api/v1/notifications')).json()).unread).toBe(0);
});
