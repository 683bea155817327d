#!/usr/bin/env node
// Stryker, a stage after the other. Run: npm run test:mutation [-- base window …]. Reports: .recount/mutation/.
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
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STAGES);
const unknown = names.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`No stage ${unknown.join(', ')}; there are ${Object.keys(STAGES).join(', ')}.`);
  process.exit(2);
}
for (const name of names) {
  const ran = spawnSync(process.execPath, [stryker, 'run', resolve(here, 'stryker.config.mjs')], {
    cwd: root,
    env: { ...process.env, MUTATION_STAGE: name },
    stdio: 'inherit',
  });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}
