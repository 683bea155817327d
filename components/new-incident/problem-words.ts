import type { Missing } from '#components/new-incident/draft.ts';
import type { DraftPlan } from '#lib/incident/incident';

/** What the page calls a field, and what it says while the field is empty. The plan's own words are for its file. */
type FieldWords = { readonly label: string; readonly empty?: string; readonly fix?: string };

const FIELDS: Readonly<Record<string, FieldWords>> = {
  window: { label: 'Window', empty: 'No window is chosen.', fix: 'Choose it on the timeline.' },
  'archive.at': {
    label: 'Archive',
    empty: 'No archive is chosen.',
    fix: 'Upload its files, or choose a folder on this server.',
  },
  'archive.fields.time': {
    label: 'Happened at',
    empty: 'No column says when an event happened.',
    fix: 'Choose it under “Happened at”.',
  },
  'archive.fields.id': { label: 'Event id' },
  'archive.fields.ingested': { label: 'Arrived at' },
  'archive.fields.sequence': { label: 'Sequence' },
  'archive.format': { label: 'Format' },
  'archive.layout': { label: 'Folders' },
  'archive.rejects': { label: 'Unreadable records allowed' },
  'archive.conflicts': { label: 'One id with two contents' },
  'archive.slack': { label: 'Slack around folders' },
  'archive.timezone': { label: 'Zone of the archive’s times' },
  'live.store': {
    label: 'Live store',
    empty: 'No live store is chosen.',
    fix: 'Connect a database, or choose a file.',
  },
  'live.table': { label: 'Table', empty: 'No table is chosen.', fix: 'Choose it under “Table”.' },
  'live.state': {
    label: 'What a row holds',
    empty: 'It is not said what a row holds.',
    fix: 'Choose it under “What a row holds”.',
  },
  'live.keys': {
    label: 'Key columns',
    empty: 'No key column is chosen.',
    fix: 'Tick the columns that name a row.',
  },
  'live.bucket': {
    label: 'Bucket',
    empty: 'The bucket is not described.',
    fix: 'Choose its column and length.',
  },
  'live.bucket.column': {
    label: 'Bucket column',
    empty: 'No column says which stretch of time a row is of.',
    fix: 'Choose it under “Bucket column”.',
  },
  'live.bucket.size': {
    label: 'Length',
    empty: 'The bucket has no length.',
    fix: 'Write 15m, 1h, 1d, 1w or 1mo.',
  },
  'live.bucket.timezone': { label: 'Cut by the clock of' },
  'live.baseline': {
    label: 'Where the total begins',
    empty: 'It is not said where the running total begins.',
    fix: 'Choose it under “Where the total begins”.',
  },
  'live.baseline.at': {
    label: 'It holds the events before',
    empty: 'It is not said up to when the copy goes.',
    fix: 'Write the instant under “It holds the events before”.',
  },
  'live.baseline.table': {
    label: 'Table of the copy',
    empty: 'No copy of the table is chosen to begin with.',
    fix: 'Choose it under “Table of the copy”.',
  },
  'live.cut': { label: 'How far the live rows have come' },
  'archive.fields.deleted': { label: 'Events that remove the row' },
  'patch.only_in_live': { label: 'A live row without any archived event' },
  'patch.guard': { label: 'How sums and counts are written' },
  'calculation.name': {
    label: 'Name',
    empty: 'The calculation has no name.',
    fix: 'Give it one; the report calls it so.',
  },
  'calculation.versions': {
    label: 'Measures',
    empty: 'No live column is recalculated yet.',
    fix: 'Add one under “Measures”.',
  },
  'calculation.replay_with': { label: 'Which version replays an event' },
  'control.from': {
    label: 'Healthy stretch from',
    empty: 'The healthy stretch has no beginning.',
    fix: 'Write it, or empty its end too.',
  },
  'control.to': {
    label: 'Healthy stretch to',
    empty: 'The healthy stretch has no end.',
    fix: 'Write it, or empty its beginning too.',
  },
  'calculation.versions[0].keys': { label: 'Keys' },
  'calculation.versions[0].where': { label: 'Only events where' },
  'calculation.versions[0].measures': {
    label: 'Measures',
    empty: 'No live column is recalculated yet.',
    fix: 'Add one under “Measures”.',
  },
};
const NAMED = /^(?:calculation\.versions\[\d+\]\.(?:keys|measures)|archive\.types|compare\.tolerance)\.(.+)$/;
const OF_LATER = /^calculation\.versions\[[1-9]\d*\]\.(since|where|keys|measures)$/;
const LATER: Readonly<Record<string, FieldWords>> = {
  since: {
    label: 'Deployed at',
    empty: 'It is not said when a later version was deployed.',
    fix: 'Write it under “Deployed at”.',
  },
  where: { label: 'Only events where' },
  keys: { label: 'Keys' },
  measures: { label: 'Measures' },
};

/** A problem as the page tells it: fields by their labels, and an empty field by what it is for. */
export function toldProblem(problem: Missing, plan: DraftPlan): Missing {
  const { path } = problem;
  const named = NAMED.exec(path)?.[1];
  const later = LATER[OF_LATER.exec(path)?.[1] ?? ''];
  const words =
    FIELDS[path] ??
    later ??
    (named === undefined ? undefined : { label: `${named}${ofLaterVersion(path, plan)}` });
  if (words === undefined) return problem;
  if (words.empty !== undefined && words.fix !== undefined && isEmpty(valueAt(plan, path))) {
    return { path, message: words.empty, fix: words.fix };
  }
  return { ...problem, message: byLabel(problem.message, path, words.label).replaceAll('`', '') };
}

/** A message with the fields that it names as the page calls them. */
const byLabel = (message: string, path: string, label: string): string =>
  message.replaceAll(/`([^`]+)`/g, (all, name: string) => {
    const called = name === path ? label : name.includes('.') ? FIELDS[name]?.label : undefined;
    return called === undefined ? all : `“${called}”`;
  });

/** Which version a path belongs to, where it is not the first. */
function ofLaterVersion(path: string, plan: DraftPlan): string {
  const index = Number(/^calculation\.versions\[(\d+)\]/.exec(path)?.[1] ?? 0);
  return index === 0 ? '' : ` of version ${plan.calculation?.versions?.[index]?.version ?? index + 1}`;
}

/** What stands in a draft at a path such as `calculation.versions[0].keys`. */
export function valueAt(plan: DraftPlan, path: string): unknown {
  let value: unknown = plan;
  for (const part of path.split(/[.[\]]+/).filter((one) => one !== '')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
