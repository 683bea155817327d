import { format, inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from '#lib/base/secret';

it('gives itself out only when it is asked to', () => {
  const secret = new Secret('hunter2');
  const held = { address: { password: secret }, list: [secret] };
  const printed = [
    JSON.stringify(held),
    inspect(held, { depth: 9, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    `${secret}`,
    String(secret),
    JSON.stringify({ ...secret }),
    Object.keys(secret).join(),
  ];
  expect(printed.join('\n')).not.toContain('hunter2');
  expect(printed[3]).toBe('[secret]');
  expect(secret.reveal()).toBe('hunter2');
});
