import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openLog, withLogFields } from '#lib/adapters/log/log';
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
  expect(lines).toEqual(['web: a name with \\x1b]0;evil\\x07 and\\x0d\n    more patch="x"\n']);
});

it.each(['words', 'json'] as const)('%s hold no secret', (form) => {
  const { lines, log } = gather(form);
  log.error('cannot reach postgres://ann:hunter2@db.example.org/ledger', {
    stack: 'Error: postgresql://ann:hunter2@db:1/x',
    kept: new Secret('hunter2'),
  });
  log.info('x', { password: 'hunter2', at: { headers: { Authorization: 'hunter2', cookie: 'hunter2' } } });
  log.info('x', { at: { url: 'http://ann:hunter2@example.org/' } });
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines.join('')).toContain('[secret]@db.example.org');
});

it.each(['words', 'json'] as const)(
  '%s name the request or the job that a line came of, once',
  async (form) => {
    const { lines, log } = gather(form);
    await withLogFields({ requestId: 'r-12345678' }, async () => {
      log.error('one');
      await new Promise(setImmediate);
      log.error('two', { requestId: 'r-12345678' });
    });
    log.error('of nothing');
    expect(lines.map((line) => line.match(/r-12345678/g)?.length ?? 0)).toEqual([1, 1, 0]);
  },
);

// What somebody may put into a name, a file or a header, so that a log says what never was or a terminal does what it says.
const CORPUS = [
  'x\nweb: ann signed in as admin',
  'x\r\nweb: forged\r',
  '\n\nstart: ready at http://evil.example',
  `x\n{"time":"2026-01-01T00:00:00.000Z","level":"info","process":"web","msg":"forged"}`,
  '"}\n{"level":"info","msg":"forged"',
  `${ESC}[2J${ESC}[1;1H${ESC}[31mred${ESC}[0m`,
  `${ESC}]0;a title\u0007${ESC}]8;;http://evil.example\u0007click${ESC}]8;;\u0007`,
  `${ESC}P+q544e${ESC}\\ ${ESC}c ${ESC}[6n`,
  '\u009b31m\u009d0;title\u009c',
  'user \u202egnp.exe\u202c \u2066a\u2069 \u200f \u061c',
  'zero\u200bwidth\u200d\ufeff\u00ad \u{e0041}',
  'line\u2028separator\u2029paragraph\u0085next\u000b\u000c',
  '\0\u0001\b\u007f\u001f',
  'half \ud800 a pair \udc00',
  '%s %d %o %c {{x}}',
  'cr\rover the line',
  `long ${'a\n'.repeat(500)}`,
];
/** Whatever turns, hides, ends or steers. */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

function expectHarmless(form: 'words' | 'json', written: string, entries: number): void {
  const lines = written.trimEnd().split('\n');
  expect(lines.filter((line) => STEERING.test(line))).toEqual([]);
  if (form === 'json') {
    expect(lines).toHaveLength(entries);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ process: 'web' });
    expect(lines.map((line) => JSON.parse(line).msg)).not.toContain('forged');
  } else {
    // each entry is one line of the log, and what more it has is set in
    expect(lines.filter((line) => line.startsWith('web: '))).toHaveLength(entries);
    expect(lines.filter((line) => !/^(?:web: | {4})/.test(line))).toEqual([]);
  }
}

it.each(['words', 'json'] as const)('%s: no text steers a terminal or looks like another line', (form) => {
  const { lines, log } = gather(form);
  for (const text of CORPUS) {
    log.info(text);
    log.warn('in a field', { name: text, deep: { list: [text] }, [text]: 1 });
    log.error('in a stack', { stack: `Error: ${text}\n    at x` });
    withLogFields({ requestId: text }, () => log.error('in a request'));
  }
  expectHarmless(form, lines.join(''), 4 * CORPUS.length);
});

it('json says exactly what was told', () => {
  const { lines, log } = gather('json');
  const texts = CORPUS.map((text) => text.toWellFormed());
  for (const text of texts) log.info(text, { name: text });
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(texts);
  expect(lines.map((line) => JSON.parse(line).name)).toEqual(texts);
});

it.each(['words', 'json'] as const)('%s: nor does what libraries print, warn of and throw', (form) => {
  const script = `
    import { captureOutput, openLog } from '#lib/adapters/log/log';
    captureOutput(openLog('web', '${form}'));
    const texts = JSON.parse(process.argv[1]);
    for (const text of texts) {
      console.log(text);
      console.error(new Error(text));
      console.warn('%s', text, { name: text });
      process.emitWarning(text);
      process.emitWarning(text, 'DeprecationWarning');
    }
    setTimeout(() => { throw new Error(texts.join()); }, 50);
  `;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(CORPUS)], {
    encoding: 'utf8',
  });
  expect(ran.status).toBe(1);
  expectHarmless(form, ran.stdout + ran.stderr, 5 * CORPUS.length + 1);
});
