import { describe, expect, it } from 'vitest';
import { contentOf, contentSha, type EditionContent, readContent } from '#lib/calculation/edition-content';
import { diffContents } from '#lib/calculation/edition-diff';
import { contentToText, textToContent } from '#lib/calculation/edition-text';

const version = {
  version: 1,
  where: "type <> 'test'",
  keys: { user_id: 'user_id', region: 'upper(region)' },
  measures: { total: 'sum(value)', events: 'count(*)' },
};
const later = { ...version, version: 2, since: '2024-06-01T00:00:00Z' };
const written = { calculation: { name: 'x', versions: [version] } };

function read(name: string, what: object): { content: EditionContent; sha256: string } {
  const { content, plan, problems } = readContent(name, what);
  if (content === null || plan === null) throw new Error(JSON.stringify(problems));
  expect(contentOf(plan)).toEqual(content);
  return { content, sha256: contentSha(plan) };
}
const ofVersions = (...versions: object[]) => read('totals', { calculation: { versions } });

describe('what an edition is', () => {
  it('is named by the library, and the same whatever its name and order', () => {
    const one = read('totals', written);
    expect(one.content.calculation.name).toBe('totals');
    expect(read('other', written).sha256).toBe(one.sha256);
    const turned = {
      ...version,
      keys: { region: 'upper(region)', user_id: 'user_id' },
      measures: { events: 'count(*)', total: 'sum(value)' },
    };
    expect(ofVersions(turned).sha256).toBe(one.sha256);
  });

  it('is another one where anything that it calculates is', () => {
    const one = ofVersions(version, later);
    const others = [
      ofVersions(version),
      ofVersions(version, { ...later, since: '2024-06-01T00:00:01Z' }),
      ofVersions({ ...version, where: 'true' }, later),
      ofVersions({ ...version, keys: { ...version.keys, region: 'region' } }, later),
      ofVersions(version, { ...later, measures: { ...later.measures, total: 'sum(value) + 0' } }),
      read('totals', { calculation: { versions: [version, later], replay_with: 2 } }),
      read('totals', { calculation: { versions: [version, later] }, deleted: "op = 'd'" }),
    ];
    const shas = [one, ...others].map(({ sha256 }) => sha256);
    expect(new Set(shas).size).toBe(shas.length);
  });

  it('says every problem, with its place', () => {
    const { content, problems } = readContent('totals', {
      calculation: { versions: [{ version: 1, keys: { a: '' }, measurs: {} }], replay_with: 'x' },
    });
    expect(content).toBeNull();
    expect(problems.map(({ at }) => at?.path)).toEqual(
      expect.arrayContaining(['calculation.versions[0].measurs', 'calculation.replay_with']),
    );
    expect(readContent('totals', {}).content).toBeNull();
  });

  it('is written as text and read again as it was', () => {
    const one = read('totals', { calculation: { versions: [version, later] }, deleted: "op = 'd'" });
    expect(read('totals', textToContent(contentToText(one.content)))).toEqual(one);
  });

  it('refuses a text that is no calculation, in words', () => {
    for (const text of ['', '- 1', 'a: [', 'a: 1\na: 2', 'a: &x [1]\nb: *x'])
      expect(() => textToContent(text)).toThrow(expect.objectContaining({ code: 'plan.unreadable' }));
  });
});

describe('what two editions say differently', () => {
  const one = ofVersions(version).content;

  it('is nothing for the same', () => {
    expect(diffContents(one, one)).toEqual([]);
  });

  it('is told expression by expression', () => {
    const { where: _where, ...counted } = version;
    const two = ofVersions({
      ...counted,
      keys: { user_id: 'user_id', region: 'region' },
      measures: { total: 'sum(value)', largest: 'max(value)' },
    }).content;
    expect(diffContents(one, two)).toEqual([
      { part: 'Version 1', what: 'Events that count', before: "type <> 'test'", after: null },
      { part: 'Version 1', what: 'Key region', before: 'upper(region)', after: 'region' },
      { part: 'Version 1', what: 'Measure events', before: 'count(*)', after: null },
      { part: 'Version 1', what: 'Measure largest', before: null, after: 'max(value)' },
    ]);
  });

  it('tells a version that came, and what is replayed and deleted', () => {
    const two = read('totals', {
      calculation: { versions: [version, later], replay_with: 2 },
      deleted: "op = 'd'",
    }).content;
    expect(diffContents(one, two).map(({ part, what, before }) => [part, what, before])).toEqual([
      ['All versions', 'Replayed with', 'the version that was deployed'],
      ['All versions', 'Events that delete', null],
      ['Version 2', 'The version', null],
      ['Version 2', 'Deployed since', null],
      ['Version 2', 'Events that count', null],
      ['Version 2', 'Key user_id', null],
      ['Version 2', 'Key region', null],
      ['Version 2', 'Measure total', null],
      ['Version 2', 'Measure events', null],
    ]);
  });
});
