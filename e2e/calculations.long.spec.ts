import type { Page } from '@playwright/test';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { prepared, put, showPreview } from './support/set-up.ts';
import { expect, test, watch } from './support/test.ts';

// A calculation from one incident into the library, tested, published, and taken by the next. Each test goes on where the
// one before ended.
test.describe.configure({ mode: 'serial' });

const HOURS = [10, 11, 12];
const USERS = ['ann', 'ben', 'cem'];
const NAME = 'hourly totals';
const FROM = 'calculations-first.csv';

let page: Page;
let first = '';
let offences: readonly string[] = [];

const region = (name: string) => page.getByRole('region', { name, exact: true });
const button = (name: string) => page.getByRole('button', { name, exact: true });

/** An incident over hourly totals of three users, of which noon is wrong. */
const incidentOver = (title: string, live: string) =>
  prepared(page.request, {
    title,
    archive: 'calculations-events.csv',
    live,
    plan: {
      archive: { fields: { id: 'id', time: 'at' } },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z', clock: 'time' },
      calculation: {
        name: NAME,
        versions: [{ version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)' } }],
      },
      live: { state: 'bucketed', keys: ['user_id'], bucket: { column: 'hour', size: '1h', timezone: 'UTC' } },
      control: { from: '2024-06-10T10:00:00Z', to: '2024-06-10T12:00:00Z' },
    },
  });

test.beforeAll(async ({ browser, baseURL }) => {
  page = await (await browser.newContext()).newPage();
  offences = watch(page, baseURL);
  const events = HOURS.flatMap((hour) =>
    USERS.map((user, i) => `${hour}-${i},2024-06-10T${hour}:15:00Z,${user},${i + 1}.50`),
  );
  put('calculations-events.csv', ['id,at,user_id,value', ...events]);
  const rows = HOURS.flatMap((hour) =>
    USERS.map((user, i) => `${user},2024-06-10T${hour}:00:00Z,${hour === 12 ? 9 : i + 1}.50`),
  );
  for (const file of [FROM, 'calculations-second.csv']) put(file, ['user_id,hour,total', ...rows]);
  first = await incidentOver('Totals of the first', FROM);
});
test.afterEach(() => expect(offences, 'what the page may not do').toEqual([]));
test.afterAll(() => page.context().close());

test('an incident gives the library its calculation', async () => {
  await page.goto(`/incidents/new?incident=${first}`);
  await button('Save as calculation').click();
  const dialog = page.getByRole('dialog', { name: 'Save as calculation' });
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue(NAME);
  await dialog.getByRole('textbox', { name: 'Description' }).fill('What every user was worth in an hour.');
  await dialog.getByRole('button', { name: 'Save into the library' }).click();
  await expect(page.getByRole('heading', { name: NAME, level: 1 })).toBeVisible();
  await expect(page.getByText('What every user was worth in an hour.')).toBeVisible();
  await expect(region('Draft of edition 1')).toContainText('total: sum(value)');
});

test('it is published only when a healthy stretch speaks for it', async () => {
  const draft = region('Draft of edition 1');
  await expect(button('Publish edition 1')).toHaveAttribute('aria-disabled', 'true');
  await expect(draft.getByRole('textbox', { name: 'Healthy from' })).toHaveValue('2024-06-10T10:00:00Z');

  await draft
    .getByRole('textbox', { name: 'Calculation' })
    .fill('versions:\n  - version: 1\n    keys: { user_id: user_id }\n    measures: { total: random() }\n');
  await button('Save the draft').click();
  await expect(draft.getByRole('alert')).toContainText('random');
  await button('Take the change back').click();

  await button('Test on this stretch').click();
  await expect(region('Test on a healthy stretch')).toContainText('6 rows agree', { timeout: 30_000 });
  await checkLook(page, 'a draft that was tested');
  await button('Publish edition 1').click();
  await expect(region('Editions')).toContainText('Published by this');
  await expect(button('New draft')).toBeVisible();
});

test('where rows differ a reason is asked for, and stays with the edition', async () => {
  await button('New draft').click();
  const draft = region('Draft of edition 2');
  await draft
    .getByRole('textbox', { name: 'Calculation' })
    .fill(
      'versions:\n  - version: 1\n    keys: { user_id: user_id }\n    measures: { total: sum(value * 2) }\n',
    );
  await button('Save the draft').click();
  const changed = page.getByRole('list', { name: 'What the draft says differently from edition 1' });
  await expect(changed).toContainText('Measure total');
  await expect(changed).toContainText('Before: sum(value)');
  await expect(changed).toContainText('Now: sum(value * 2)');

  await draft.getByRole('combobox', { name: 'Archive and live table of' }).click();
  await page.getByRole('option', { name: new RegExp(`^${first} `) }).click();
  await expect(draft.getByRole('textbox', { name: 'Healthy from' })).toHaveValue('2024-06-10T10:00:00Z');
  await button('Test on this stretch').click();
  await expect(region('Test on a healthy stretch')).toContainText('6 of 6 rows differ', { timeout: 30_000 });
  await button('Publish edition 2').click();
  await expect(draft).toContainText('Say why it is published as it is.');
  await draft.getByRole('textbox', { name: 'Reason' }).fill('Points count twice from July on.');
  await button('Publish edition 2').click();
  await expect(region('Editions')).toContainText('Points count twice from July on.');
  await expect(region('Compare editions')).toContainText('Measure total');
  await checkLook(page, 'a calculation with editions');
});

test('the next incident takes an edition, and its preview and the library say so', async () => {
  const second = await incidentOver('Totals of the second', 'calculations-second.csv');
  await page.goto(`/incidents/new?incident=${second}`);
  const section = region('Calculation');
  const choice = section.getByRole('combobox', { name: 'From the library' });
  await choice.click();
  await page.getByRole('option', { name: new RegExp(`^${NAME}, edition 2`) }).click();
  await expect(section.getByText(`As in edition 2 of ${NAME}.`)).toBeVisible();
  await choice.click();
  await page.getByRole('option', { name: new RegExp(`^${NAME}, edition 1`) }).click();
  await expect(section.getByText(`As in edition 1 of ${NAME}.`)).toBeVisible();

  await showPreview(page, second);
  await expect(page.getByRole('link', { name: `edition 1 of ${NAME}` })).toBeVisible();

  await page.goto(`/incidents/new?incident=${second}`);
  await section.getByRole('textbox', { name: 'Only events where' }).fill('value > 0');
  await expect(section.getByText(`Changed since edition 1 of ${NAME}.`)).toBeVisible();

  await page.goto('/calculations');
  await checkLook(page, 'the library');
  await page.getByRole('link', { name: NAME, exact: true }).filter({ visible: true }).click();
  await expect(region('Used by')).toContainText(second);
  await expect(region('Used by')).toContainText('1 preview by it');
  await expect(region('Used by')).toContainText('Changed since');
});

test('one is begun by itself and renamed; one that is retired is not taken any more', async () => {
  const library = page.url();
  await page.goto('/calculations');
  await button('New calculation').click();
  const dialog = page.getByRole('dialog', { name: 'New calculation' });
  await dialog.getByRole('button', { name: 'Save as a draft' }).click();
  await expect(dialog).toContainText('Give it a name.');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('counts of a day');
  await checkLook(page, 'a new calculation');
  await dialog.getByRole('button', { name: 'Save as a draft' }).click();
  await expect(page.getByRole('heading', { name: 'counts of a day', level: 1 })).toBeVisible();
  await expect(region('Draft of edition 1')).toContainText('events: count(*)');
  await button('Rename').click();
  const rename = page.getByRole('dialog', { name: 'Name and description of counts of a day' });
  await rename.getByRole('textbox', { name: 'Name' }).fill('daily counts');
  await rename.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'daily counts', level: 1 })).toBeVisible();
  await button('Discard').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await expect(page).toHaveURL(/\/calculations$/);

  await page.goto(library);
  await button('Retire').click();
  await page
    .getByRole('dialog', { name: `Retire ${NAME}?` })
    .getByRole('button', { name: 'Retire' })
    .click();
  await expect(page.getByText('no other takes it')).toBeVisible();
  await checkLook(page, 'a retired calculation');
  await page.goto(`/incidents/new?incident=${first}`);
  await expect(button('Save as calculation')).toBeVisible();
  await expect(region('Calculation').getByRole('combobox', { name: 'From the library' })).toHaveCount(0);
  await page.goto(library);
  await button('Take back into use').click();
  await expect(button('Retire')).toBeVisible();
});

test('who may only look is told whom to ask', async ({ browser }) => {
  const address = page.url();
  const viewer = await (await signInAs(browser, 'viewer')).newPage();
  await viewer.goto(address);
  const fresh = viewer.getByRole('button', { name: 'New draft' });
  await expect(fresh).toHaveAttribute('aria-disabled', 'true');
  await expect(fresh).toHaveAccessibleDescription('To change it, ask an admin for the operator role.');
  await viewer.context().close();
});
