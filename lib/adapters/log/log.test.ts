import { expect, it } from 'vitest';
import { openLog } from '#lib/adapters/log/log';
import { Secret } from '#lib/base/secret';

function gather(form: 'words' | 'json') {
  const lines: string[] = [];
  return { lines, log: openLog('web', form, { write: (line) => lines.push(line) }) };
}
const ESC = '\u001b';

it('json is one object a line, whatever stands in it', () => {
  const { lines, log } = gather('json');
  log.error(`two\nlines ${ESC}[31m\0 "quoted"`, { requestId: 'r1', stack: 'Error: x\n  at y' });
  log.event('request', {
    requestId: 'r2',
    method: 'GET',
    route: '/api/v1/runs/[id]',
    status: 200,
    elapsedMs: 3,
    actor: 'mira',
  });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.trimEnd()).not.toContain('\n');
    expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
  }
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({
    level: 'error',
    process: 'web',
    requestId: 'r1',
    msg: `two\nlines ${ESC}[31m\0 "quoted"`,
  });
  expect(first.time).toMatch(/^\d{4}-.*Z$/);
  expect(second).toMatchObject({
    level: 'info',
    msg: 'request',
    route: '/api/v1/runs/[id]',
    actor: 'mira',
    status: 200,
  });
});

it('words are read at a terminal, which they cannot steer', () => {
  const { lines, log } = gather('words');
  log.warn(`a name with ${ESC}]0;evil\u0007 and\r\nmore`, { patch: 'x' });
  log.event('request', { requestId: 'r', method: 'GET', route: '/', status: 200, elapsedMs: 1, actor: null });
  expect(lines).toEqual(['web: a name with \\x1b]0;evil\\x07 and\\x0d\nmore patch="x"\n']);
});

it.each(['words', 'json'] as const)('%s hold no secret', (form) => {
  const { lines, log } = gather(form);
  log.error('cannot reach postgres://ann:hunter2@db.example.org/ledger', {
    stack: 'Error: postgresql://ann:hunter2@db:1/x',
    kept: new Secret('hunter2'),
  });
  if (form === 'json')
    log.info('x', { password: 'hunter2', headers: { authorization: 'hunter2', cookie: 'hunter2' } });
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines.join('')).toContain('[secret]@db.example.org');
});
