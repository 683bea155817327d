#!/usr/bin/env node
// Stryker, a stage after the other. Run: npm run test:mutation [-- base window …]. Reports: .recount/mutation/.
// With --fast by fast.mjs, in minutes: to see what new tests kill.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAGES } from './stages.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const stryker = resolve(here, 'node_modules/@stryker-mutator/core/bin/stryker.js');
if (!existsSync(stryker)) {
  console.error('Stryker is not installed. Run: npm ci --prefix bench/mutation');
  process.exit(2);
}
const args = process.argv.slice(2);
const isFast = args.includes('--fast');
const given = args.filter((arg) => arg !== '--fast');
const names = given.length > 0 ? given : Object.keys(STAGES);
const unknown = names.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`No stage ${unknown.join(', ')}; there are ${Object.keys(STAGES).join(', ')}.`);
  process.exit(2);
}
for (const name of names) {
  if (isFast) {
    const { judgeStage } = await import('./fast.mjs');
    await judgeStage(name, STAGES[name]);
    continue;
  }
  const ran = spawnSync(process.execPath, [stryker, 'run', resolve(here, 'stryker.config.mjs')], {
    cwd: root,
    env: { ...process.env, MUTATION_STAGE: name },
    stdio: 'inherit',
  });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}
