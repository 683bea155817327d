import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const [DESK, PHONE] = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/**
 * Holds a page against WCAG 2.2 AA at a desk and on a phone, and its contrast in the dark too; it must not scroll
 * sideways, and nothing may hang below its content. Leaves it at a desk, light.
 */
export async function checkLook(page: Page, name: string): Promise<void> {
  // Colours that fade would be measured half-way.
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await checkRules(page, `${name}, dark`, (axe) => axe.withRules(['color-contrast']));
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  for (const [size, viewport] of [
    ['phone', PHONE],
    ['desk', DESK],
  ] as const) {
    await page.setViewportSize(viewport);
    await checkRules(page, `${name}, ${size}`, (axe) => axe.withTags(STANDARD));
    const { wide, high, main } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      high: document.documentElement.scrollHeight,
      main: (document.querySelector('main')?.getBoundingClientRect().bottom ?? 0) + window.scrollY,
    }));
    expect.soft(wide, `${name}, ${size}: the page scrolls sideways`).toBeLessThanOrEqual(viewport.width);
    expect
      .soft(high, `${name}, ${size}: something hangs below the content`)
      .toBeLessThanOrEqual(Math.max(viewport.height, Math.ceil(main)));
  }
}

async function checkRules(page: Page, what: string, choose: (axe: AxeBuilder) => AxeBuilder): Promise<void> {
  // Pages here have no frames; without a second page for them axe takes half the time.
  const axe = choose(new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }));
  const { violations } = await axe.analyze();
  // a bar that stays in sight covers half of a control until the page is scrolled on: that is no small control
  const isCovered = ({ failureSummary = '' }): boolean => failureSummary.includes('partially obscured');
  const words = violations
    .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.filter((node) => !isCovered(node)) }))
    .filter(({ nodes }) => nodes.length > 0)
    .map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`,
    );
  expect.soft(words, what).toEqual([]);
}
