import type { ArchiveGlance } from '#lib/archive/survey';

/** A column with some of its values, as far as a guess of its role needs them. */
export type RoleColumn = {
  readonly name: string;
  readonly type: string;
  readonly sample: readonly (string | null)[];
};

type Role = keyof ArchiveGlance['guess'];

/** Names by role, best first; compared without case, `_`, `-` and blanks. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  id: [
    'eventid',
    'id',
    'uuid',
    'guid',
    'messageid',
    'eventuuid',
    'recordid',
    'transactionid',
    'txid',
    'eventkey',
  ],
  time: [
    'timestamp',
    'eventtime',
    'eventtimestamp',
    'occurredat',
    'happenedat',
    'time',
    'ts',
    'eventts',
    'createdat',
    'created',
    'datetime',
    'at',
  ],
  ingested: [
    'receivedat',
    'ingestedat',
    'arrivedat',
    'ingesttime',
    'ingestiontime',
    'arrivaltime',
    'kafkatimestamp',
    'loadedat',
    'insertedat',
    'processedat',
    'received',
    'ingested',
  ],
  sequence: ['offset', 'kafkaoffset', 'sequence', 'seq', 'sequencenumber', 'seqno', 'lsn', 'position'],
  key: [
    'userid',
    'accountid',
    'customerid',
    'playerid',
    'deviceid',
    'clientid',
    'tenantid',
    'productid',
    'sku',
    'user',
  ],
  value: ['value', 'amount', 'total', 'points', 'price', 'score', 'quantity', 'qty', 'delta', 'sum', 'cost'],
};

const plain = (name: string): string => name.toLowerCase().replace(/[_\-\s.]/g, '');
const isNumber = (c: RoleColumn): boolean =>
  /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|DECIMAL|FLOAT|DOUBLE)/.test(c.type);
const given = (c: RoleColumn): string[] => c.sample.filter((v) => v !== null);
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
/** A few broken times make a column text; it is still the one that says when. They are set aside when it is read. */
const isTime = (c: RoleColumn): boolean => {
  if (c.type.startsWith('TIMESTAMP')) return true;
  const times = given(c).filter((value) => TIME.test(value)).length;
  return times > 2 && times * 4 >= given(c).length * 3;
};
/** An id is delivered twice now and then, and that is what it is wanted for; a key repeats all the time. */
const isMostlyUnique = (c: RoleColumn): boolean =>
  given(c).length === c.sample.length && new Set(given(c)).size * 4 >= c.sample.length * 3;
const isUnique = (c: RoleColumn): boolean =>
  new Set(given(c)).size === c.sample.length && c.sample.length > 0;

/** The likely role of columns, by name first and by shape where no name says it. */
export function guessRoles(columns: readonly RoleColumn[]): ArchiveGlance['guess'] {
  const taken = new Set<string>();
  const byName = (role: Role, fits: (c: RoleColumn) => boolean): RoleColumn | undefined =>
    NAMES[role]
      .map((name) => columns.find((c) => plain(c.name) === name && !taken.has(c.name) && fits(c)))
      .find((c) => c !== undefined);
  const pick = (
    role: Role,
    fits: (c: RoleColumn) => boolean,
    byShape?: (c: RoleColumn) => boolean,
  ): string | null => {
    const found =
      byName(role, fits) ?? (byShape ? columns.find((c) => !taken.has(c.name) && byShape(c)) : undefined);
    if (found !== undefined) taken.add(found.name);
    return found?.name ?? null;
  };
  const ingested = pick('ingested', isTime);
  const time = pick('time', isTime, isTime);
  const id = pick(
    'id',
    (c) => !isTime(c) && c.sample.length > 0 && isMostlyUnique(c),
    (c) => /id$/i.test(c.name) && !isTime(c) && isUnique(c),
  );
  const sequence = pick('sequence', isNumber);
  const value = pick('value', isNumber, (c) => c.type.startsWith('DECIMAL') || c.type === 'DOUBLE');
  const key = pick(
    'key',
    (c) => !isTime(c),
    (c) => /(?:_id|Id|_key)$/.test(c.name) && !isTime(c),
  );
  return { id, time, ingested, sequence, key, value };
}
