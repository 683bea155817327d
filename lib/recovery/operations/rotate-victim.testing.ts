import { openStore } from '#lib/adapters/store/client';
import { rotateKey, type Step } from '#lib/recovery/operations/rotate-key';
import { readEnv } from '#lib/recovery/setup/env';

// A rotation that is killed at a step.

const [step] = process.argv.slice(2);
const env = readEnv();
const url = env.databaseUrl ?? '';
await rotateKey(openStore(url), env, url, (passed: Step) => {
  if (passed === step) process.kill(process.pid, 'SIGKILL');
});
