import { AGGREGATES } from '#lib/calculation/calculation';

/**
 * What an expression may call: pure, deterministic functions whose work grows with their input and no faster.
 * Each with the fewest and most arguments. `mayFail` is for the printer: a call that can raise an error is not
 * evaluated for rows that an earlier condition leaves out.
 */
export type Callable = { readonly least: number; readonly most: number; readonly mayFail: boolean };

const entries = (least: number, most: number, mayFail: boolean, names: string): [string, Callable][] =>
  names.split(' ').map((name) => [name, { least, most, mayFail }]);

/** Functions by name, in lower case. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map([
  // numbers
  ...entries(1, 1, true, 'abs sign ceil ceiling floor sqrt cbrt ln log2 log10 exp'),
  ...entries(1, 1, false, 'isnan isinf isfinite'),
  ...entries(1, 2, true, 'round trunc log'),
  ...entries(2, 2, true, 'round_even pow power mod divide'),
  ...entries(2, 2, false, 'nullif'),
  ...entries(1, 50, false, 'greatest least'),
  // text
  ...entries(1, 1, false, 'lower lcase upper ucase length len char_length character_length strlen reverse'),
  ...entries(1, 1, false, 'ascii unicode md5 sha256 nfc_normalize strip_accents'),
  ...entries(1, 2, false, 'trim ltrim rtrim'),
  ...entries(2, 2, false, 'starts_with prefix suffix ends_with strpos position instr left right'),
  ...entries(2, 3, false, 'substring substr'),
  ...entries(3, 3, false, 'split_part'),
  ...entries(1, 50, false, 'concat concat_ws'),
  ...entries(3, 3, false, 'replace translate like_escape not_like_escape ilike_escape not_ilike_escape'),
  ...entries(2, 3, true, 'regexp_matches regexp_full_match'),
  ...entries(2, 4, true, 'regexp_extract'),
  ...entries(3, 4, true, 'regexp_replace'),
  ...entries(1, 1, true, 'chr'),
  // dates and times
  ...entries(
    2,
    2,
    true,
    'date_part datepart date_trunc datetrunc timezone strftime strptime time_bucket date_add',
  ),
  ...entries(2, 2, true, 'try_strptime'),
  ...entries(3, 3, true, 'date_diff datediff date_sub datesub make_date'),
  ...entries(1, 1, false, 'year quarter month day hour minute second millisecond microsecond week weekday'),
  ...entries(
    1,
    1,
    false,
    'dayofweek isodow dayofmonth dayofyear weekofyear isoyear yearweek dayname monthname',
  ),
  ...entries(1, 1, true, 'last_day epoch epoch_ms epoch_us epoch_ns to_timestamp'),
  ...entries(
    1,
    1,
    true,
    'to_years to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds',
  ),
  ...entries(1, 6, true, 'make_timestamp'),
]);

/** Operators by name; the fewest and most operands. */
export const OPERATORS: ReadonlyMap<string, Callable> = new Map([
  ...entries(1, 2, true, '+ -'),
  ...entries(2, 2, true, '* / // % ^ **'),
  ...entries(2, 2, false, '|| ~~ !~~ ~~* !~~* ~~~ & |'),
]);

/** Where the second operand is a divisor: DuckDB gives NULL for zero, and a calculation must not. */
export const DIVIDES: ReadonlySet<string> = new Set(['/', '//', '%', 'mod', 'divide']);

/** Functions that can make text longer by a constant: that constant stays short, and they don't nest. */
export const GROWS: ReadonlySet<string> = new Set(['replace', 'regexp_replace']);

/** Functions of an unchanging meaning whose pattern or format must be a constant, by the place of that argument. */
export const CONSTANT_ARGUMENTS: ReadonlyMap<string, readonly number[]> = new Map([
  ['replace', [1, 2]],
  ['regexp_replace', [1, 2, 3]],
  ['regexp_matches', [1, 2]],
  ['regexp_full_match', [1, 2]],
  ['regexp_extract', [1, 2, 3]],
  ['date_part', [0]],
  ['datepart', [0]],
  ['date_trunc', [0]],
  ['datetrunc', [0]],
  ['date_diff', [0]],
  ['datediff', [0]],
  ['date_sub', [0]],
  ['datesub', [0]],
  ['timezone', [0]],
]);

/** Words that the parser takes for columns and DuckDB for functions of the session. */
export const SESSION_WORDS: ReadonlySet<string> = new Set([
  'current_catalog',
  'current_date',
  'current_role',
  'current_schema',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtime',
  'localtimestamp',
  'session_user',
]);

export const isAggregate = (name: string): boolean => AGGREGATES.some((a) => a === name);

const CHANGES =
  /^(random|setseed|uuid|gen_random_uuid|uuidv\d|now|today|get_current_\w+|transaction_timestamp|current_\w+|age|txid_current|nextval|currval|getvariable|version|pg_\w+|in_search_path)$/;
const READS =
  /^(read_\w+|parquet_\w+|glob|sniff_csv|getenv|query|query_table|which_secret|duckdb_\w+|json_execute_\w+)$/;
const ROWS = /^(unnest|generate_series|range|generate_subscripts|flatten)$/;
const UNBOUNDED = /^(repeat|lpad|rpad|list_\w+|array_\w+|bar|printf|format|string_agg|to_base)$/;
const OTHER_AGGREGATES =
  /^(any_value|arbitrary|arg_m\w+|m(ax|in)_by|median|mode|mean|quantile\w*|approx_\w+|string_agg|group_concat|listagg|list|array_agg|histogram\w*|stddev\w*|var_\w+|variance|bool_\w+|bit_\w+|product|fsum|kahan_sum|sumkahan|favg|entropy|corr|covar_\w+|regr_\w+|skewness|kurtosis\w*|mad|count_if|countif|sum_no_overflow|reservoir_quantile)$/;

/** Why a function is refused, in words. */
export function whyNot(name: string): string {
  if (CHANGES.test(name)) return 'gives another value at each run or for another user';
  if (READS.test(name)) return 'reaches beyond the event';
  if (ROWS.test(name)) return 'makes rows of its own';
  if (OTHER_AGGREGATES.test(name)) return 'is no aggregate that a calculation may use';
  if (UNBOUNDED.test(name)) return 'can make a value of any size';
  return 'is not among the functions that a calculation may use';
}
