import { DECLARABLE_TYPES } from '#lib/plan/column-type';

type Schema = { readonly [keyword: string]: unknown };

const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  minLength: 1,
  description,
  ...more,
});
const oneOf = (description: string, values: readonly string[], otherwise?: string): Schema => ({
  enum: values,
  description,
  ...(otherwise === undefined ? {} : { default: otherwise }),
});
const fields = (description: string, properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
  ...(required.length > 0 ? { required } : {}),
});
const expression = (description: string): Schema => ({
  type: ['string', 'number', 'boolean'],
  description: `${description} SQL of the DuckDB dialect over the event's own columns.`,
});

const INSTANT =
  '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?\\s?([Zz]|[+-]\\d{2}(:?\\d{2})?)$';
const instant = (description: string): Schema =>
  text(`${description} An instant with an offset.`, { pattern: INSTANT, examples: ['2024-06-10T12:00:00Z'] });
const zone = (description: string): Schema => text(description, { examples: ['UTC', 'Europe/Berlin'] });
const interval = (description: string, more: Schema = {}): Schema =>
  fields(
    description,
    {
      from: instant('The start; belongs to the stretch.'),
      to: instant('The end; does not belong to the stretch.'),
      ...more,
    },
    ['from', 'to'],
  );

const ARCHIVE = fields(
  'Where the archived events are and what their columns mean.',
  {
    at: text("A path or glob, relative to the plan's folder.", { examples: ['archive/**/*.parquet'] }),
    format: oneOf('auto: each file by its own content.', ['auto', 'csv', 'json', 'parquet'], 'auto'),
    layout: oneOf('hive: folders such as date=2024-06-10/hour=12.', ['auto', 'plain', 'hive'], 'auto'),
    slack: text("How far an event's time or arrival may lie outside its partition's.", {
      pattern: '^(0|(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?)$',
      default: '2h',
    }),
    fields: fields(
      'Which columns tell what an event is.',
      {
        id: text('The event id. Without it: no duplicate check, and a warning.'),
        time: text('When it happened.'),
        ingested: text('When the bus got it.'),
        sequence: text('Breaks ties of equal time.'),
        deleted: expression('State latest only: which events are tombstones.'),
      },
      ['time'],
    ),
    types: {
      type: 'object',
      description: 'Types of columns; those not named are inferred from all records.',
      additionalProperties: { type: 'string', examples: DECLARABLE_TYPES },
    },
    timezone: zone('The zone of times written without an offset.'),
    rejects: {
      description: 'Records that may be quarantined before the patch is blocked: a number, or a percentage.',
      oneOf: [
        { type: 'integer', minimum: 0 },
        { type: 'string', pattern: '^(\\d+|\\d{1,3}(\\.\\d+)?\\s?%)$' },
      ],
      default: 0,
      examples: [0, '0.1%'],
    },
    conflicts: oneOf(
      'Of two contents with one id: block the patch, or take one by arrival.',
      ['block', 'first', 'last'],
      'block',
    ),
  },
  ['at', 'fields'],
);

const VERSION = fields(
  'A version of the calculation.',
  {
    version: { type: 'integer', minimum: 1, description: 'Its number.' },
    since: instant('From when it was deployed; every version but the first has it.'),
    where: expression('Which events count; only TRUE passes.'),
    keys: {
      type: 'object',
      description: 'Live key column: expression.',
      additionalProperties: expression('The key.'),
    },
    measures: {
      type: 'object',
      description: 'Live column: aggregate over the events of one row (sum count min max avg first last).',
      minProperties: 1,
      additionalProperties: expression('The measure.'),
    },
  },
  ['version', 'keys', 'measures'],
);

const CALCULATION = fields(
  'How the live rows are calculated.',
  {
    name: text('Its name.'),
    versions: {
      type: 'array',
      minItems: 1,
      items: VERSION,
      description: 'One or more, in the order of `since`.',
    },
    replay_with: {
      description:
        'deployed: each event with the version that was deployed at its time; or one version for all.',
      oneOf: [{ const: 'deployed' }, { type: 'integer', minimum: 1 }],
      default: 'deployed',
    },
  },
  ['name', 'versions'],
);

const LIVE_FIELDS = fields(
  'Where the live rows are and what one holds.',
  {
    store: text(`\${NAME} of an environment variable with postgres://…; or a .csv or .parquet file.`),
    table: text('schema.table; not for a file.'),
    state: oneOf('What a live row holds: the window, its bucket, all time, or the newest event.', [
      'window',
      'bucketed',
      'running',
      'latest',
    ]),
    keys: {
      type: 'array',
      items: text('A key column.'),
      uniqueItems: true,
      description: 'What tells a live row.',
    },
    bucket: fields(
      'State bucketed only.',
      {
        column: text('The live column that holds the start of the bucket.'),
        size: text('Minutes or hours that divide a day, or a day, week, month.', {
          pattern: '^([1-9]\\d*[mh]|1d|1w|1mo)$',
          examples: ['15m', '1h', '1d', '1w', '1mo'],
        }),
        timezone: { ...zone('The zone whose local clock cuts the buckets.'), default: 'UTC' },
      },
      ['column', 'size'],
    ),
    baseline: {
      description:
        'State running only: rows to start from; none: the archive holds every event there ever was.',
      oneOf: [
        { const: 'none' },
        fields(
          'Rows to start from.',
          {
            at: instant('The instant that the baseline holds.'),
            table: text('Its table, in the same store.'),
          },
          ['at', 'table'],
        ),
      ],
    },
    cut: text('The live rows hold the events up to here: an instant, or the name of a live column.'),
  },
  ['store', 'state', 'keys'],
);

/** What a state needs beside its name. */
const state = (names: readonly string[], required: readonly string[]): Schema => ({
  type: 'object',
  properties: {
    state: { enum: names },
    ...Object.fromEntries(required.map((name) => [name, { type: ['object', 'string'] }])),
  },
  required: ['state', ...required],
});

const LIVE: Schema = {
  ...LIVE_FIELDS,
  anyOf: [state(['window', 'latest'], []), state(['bucketed'], ['bucket']), state(['running'], ['baseline'])],
};

const COMPARE = fields('How values are compared.', {
  tolerance: {
    type: 'object',
    description: 'Measure: absolute tolerance; for floats only.',
    additionalProperties: { oneOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] },
  },
});

const PATCH = fields('What the patch may do.', {
  only_in_live: oneOf('Live rows of which the archive holds no event.', ['keep', 'delete'], 'keep'),
  archive_is_complete: {
    type: 'boolean',
    default: false,
    description: 'true: you state that a plain archive has no gap.',
  },
  guard: oneOf(
    'Running sums and counts: add the delta, or guard them by value.',
    ['delta', 'value'],
    'delta',
  ),
});

/** The recovery plan as JSON Schema 2020-12, for editors. `parsePlan` is the judge: it knows more than a schema can say. */
export const PLAN_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Recount recovery plan',
  ...fields(
    'One recovery as one file: where the archive is, which window failed, how the live rows are calculated, where they live.',
    {
      recount: { const: 1, description: 'The version of the plan format.' },
      title: { type: ['string', 'null'], description: 'What happened, in a line. Not part of the seal.' },
      archive: ARCHIVE,
      window: interval('The stretch that failed, half-open.', {
        clock: oneOf('The clock in which the failure is told.', ['time', 'ingested'], 'time'),
      }),
      calculation: CALCULATION,
      live: LIVE,
      compare: COMPARE,
      patch: PATCH,
      control: interval('A healthy stretch that the calculation must reproduce.'),
    },
    ['recount', 'archive', 'window', 'calculation', 'live'],
  ),
};

/** The schema's file, as public/recovery-plan.schema.json holds it. */
export const planSchemaText = (): string => `${JSON.stringify(PLAN_SCHEMA, null, 2)}\n`;
