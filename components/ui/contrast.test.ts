import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8');
const tokens = [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];
const themes = {
  light: new Map(tokens.map(([, name, light]) => [name!, light!])),
  dark: new Map(tokens.map(([, name, , dark]) => [name!, dark!])),
};

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Foreground, then every background it may stand on. WCAG 2.2 AA: 4.5 for text, 3 for what is drawn. */
const TEXT: Record<string, readonly string[]> = {
  text: ['bg', 'surface', 'sunken', 'hover', 'selected'],
  'text-2': ['bg', 'surface', 'sunken', 'hover', 'selected'],
  'text-3': ['bg', 'surface', 'sunken', 'hover', 'selected'],
  accent: ['bg', 'surface', 'accent-soft', 'selected', 'hover'],
  'on-accent': ['accent', 'accent-hover'],
  'on-danger': ['danger', 'danger-hover'],
  plus: ['surface', 'bg', 'plus-soft', 'selected', 'hover'],
  minus: ['surface', 'bg', 'minus-soft', 'selected', 'hover'],
  ok: ['ok-soft', 'surface', 'bg', 'hover', 'selected'],
  warn: ['warn-soft', 'surface', 'bg', 'hover', 'selected'],
  danger: ['danger-soft', 'surface', 'bg', 'hover', 'selected'],
  violet: ['violet-soft', 'surface'],
};
const DRAWN: Record<string, readonly string[]> = {
  control: ['surface', 'bg'],
  focus: ['surface', 'bg', 'sunken', 'selected'],
  accent: ['surface'],
  'series-live': ['surface'],
  'series-gap': ['surface'],
  'series-dup': ['surface'],
  'series-late': ['surface'],
  'series-rej': ['surface'],
};

const pairs = (table: Record<string, readonly string[]>): [string, string][] =>
  Object.entries(table).flatMap(([fore, backs]) => backs.map((back): [string, string] => [fore, back]));

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const ratio = (fore: string, back: string): number => {
    const [a, b] = [themes[theme].get(fore), themes[theme].get(back)];
    if (a === undefined || b === undefined)
      throw new Error(`globals.css has no token ${a === undefined ? fore : back}`);
    return contrast(a, b);
  };
  it.each(pairs(TEXT))('text %s on %s', (fore, back) =>
    expect(ratio(fore, back)).toBeGreaterThanOrEqual(4.5),
  );
  it.each(pairs(DRAWN))('drawn %s on %s', (fore, back) =>
    expect(ratio(fore, back)).toBeGreaterThanOrEqual(3),
  );
});
