import { describe, expect, it } from 'vitest';
import { archiveOfDraft, changesPreview, fillDraft, planSha, planWithoutWindow } from '#lib/incident/draft';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan } from '#lib/incident/incident';
import { missingOfDraft } from '#lib/plan/parse';

const PLACES = {
  archiveAt: '/data/archive',
  live: { kind: 'postgres', store: `\${LIVE_DATABASE_URL}` },
} as const;
const WHOLE: DraftPlan = {
  archive: { fields: { id: 'event_id', time: 'at' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
  calculation: {
    name: 'totals',
    versions: [
      { version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)', events: 'count(*)' } },
    ],
  },
  live: { table: 'public.totals', state: 'window', keys: ['user_id'] },
};
const filled = fillDraft(WHOLE, 'Totals', PLACES);

describe('fillDraft', () => {
  it('makes a whole plan of a draft and what was chosen', () => {
    expect(missingOfDraft(filled)).toEqual([]);
    expect(planSha(filled)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('replaces places that were written, and drops them where nothing is chosen', () => {
    const sly: DraftPlan = {
      ...WHOLE,
      archive: { ...WHOLE.archive, at: '/etc/**' },
      live: { ...WHOLE.live, store: '/etc/passwd.csv' },
    };
    expect(JSON.stringify(fillDraft(sly, 'Totals', PLACES))).not.toContain('/etc');
    const bare = fillDraft(sly, 'Totals', { archiveAt: null, live: null });
    expect(bare.archive?.at).toBeUndefined();
    expect(missingOfDraft(bare).map((p) => p.at?.path)).toEqual(['archive.at', 'live.store']);
  });

  it('takes the table away from a file, which is one', () => {
    const file = fillDraft(WHOLE, 'Totals', {
      archiveAt: '/a',
      live: { kind: 'file', store: '/b/live.csv' },
    });
    expect(file.live?.table).toBeUndefined();
    expect(missingOfDraft(file)).toEqual([]);
  });
});

describe('changesPreview', () => {
  it('sees what a preview depends on, and not the title or the form', () => {
    expect(changesPreview(filled, { ...filled, title: 'Another' })).toBe(false);
    expect(changesPreview(filled, { ...filled, window: { ...filled.window, clock: 'time' } })).toBe(false);
    expect(
      changesPreview(filled, { ...filled, window: { ...filled.window, to: '2024-06-10T12:31:00Z' } }),
    ).toBe(true);
    expect(changesPreview(filled, { ...filled, archive: { ...filled.archive, slack: '3h' } })).toBe(true);
    expect(changesPreview({}, { live: { keys: ['a'] } })).toBe(true);
  });

  it('takes the order of measures for a change', () => {
    const [version] = WHOLE.calculation?.versions ?? [];
    const turned = { ...version!, measures: { events: 'count(*)', total: 'sum(value)' } };
    expect(changesPreview(filled, { ...filled, calculation: { name: 'totals', versions: [turned] } })).toBe(
      true,
    );
  });
});

describe('parts of an unfinished draft', () => {
  it('reads the archive alone, and names only its problems', () => {
    expect(archiveOfDraft({ archive: { at: '/a', fields: { time: 't' } } })).toMatchObject({
      archive: { at: '/a', fields: { time: 't', id: null } },
      problems: [],
    });
    const { archive, problems } = archiveOfDraft({ archive: { slack: 'soon' }, live: { state: 'odd' } });
    expect(archive).toBeNull();
    expect(problems.map((p) => p.at?.path)).toEqual(['archive.at', 'archive.slack', 'archive.fields.time']);
  });

  it('reads all but the window', () => {
    const { window: _, ...rest } = filled;
    expect(planWithoutWindow(rest)?.calculation.name).toBe('totals');
    expect(planWithoutWindow({ ...rest, live: {} })).toBeNull();
  });
});

describe('DraftSchema', () => {
  it('takes drafts, keeps the order and unknown fields, and names what has a wrong type', () => {
    expect(DraftSchema.parse({})).toEqual({});
    expect(JSON.stringify(DraftSchema.parse(filled))).toBe(JSON.stringify(filled));
    expect(missingOfDraft(DraftSchema.parse({ ...filled, windo: {} }))).toMatchObject([
      { code: 'plan.field.unknown', at: { path: 'windo' } },
    ]);
    expect(DraftSchema.safeParse({ live: { keys: 'a' } }).error?.issues[0]?.path).toEqual(['live', 'keys']);
  });
});
