import { openStore } from '#lib/adapters/store/client';
import { RECOUNT } from '#lib/recovery/access/actor';
import type { Step } from '#lib/recovery/retention/carry-out';
import { eraseNow } from '#lib/recovery/retention/erase-incident';
import { readEnv } from '#lib/recovery/setup/env';

// An erasure that is killed at a step.

const [id = '', step] = process.argv.slice(2);
const env = readEnv();
const context = { store: openStore(env.databaseUrl ?? ''), env, actor: RECOUNT };
await eraseNow(context, id, 'killed on its way', (passed: Step) => {
  if (passed === step) process.kill(process.pid, 'SIGKILL');
});
