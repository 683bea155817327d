import { type AuditFilter, type AuditLine, readAuditLines } from '#lib/adapters/store/audit-lines';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { contentOf } from '#lib/base/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';
import { canonicalJson } from '#lib/base/canonical-json';
import { auditWords } from '#lib/recovery/audit/audit-words';
import { neutralCell } from '#lib/report/report-csv';

const BATCH = 2_000;

/** What is exported: the lines up to a head that a filter leaves. */
export type AuditExport = {
  readonly head: AuditHead;
  readonly filter: AuditFilter;
  /** ISO. */
  readonly at: string;
  /** Of the key that signed the head: SPKI in DER, base64. */
  readonly publicKey: string;
};

/** No filter: every line is there, and the file can be verified by itself. */
export const isWhole = (filter: AuditFilter): boolean =>
  Object.values(filter).every((value) => value === undefined);

async function* batches(
  store: StoreTransaction,
  { head, filter }: AuditExport,
): AsyncGenerator<readonly AuditLine[], void> {
  for (let after = 0; ; ) {
    const lines = await readAuditLines(store, filter, {
      after,
      before: head.position + 1,
      limit: BATCH,
      order: 'oldest',
    });
    if (lines.length > 0) yield lines;
    if (lines.length < BATCH) return;
    after = lines.at(-1)?.position ?? after;
  }
}

/**
 * JSON lines, the oldest first: the signed head that says which chain it is and where it ends, then each line with its
 * place, the hash before and its own. `recount audit verify --export FILE` tells every hash again.
 */
export async function* auditJsonLines(
  store: StoreTransaction,
  wanted: AuditExport,
): AsyncGenerator<string, void> {
  const { head, filter, at, publicKey } = wanted;
  const { chain } = head;
  const first = {
    recount_audit: 1,
    chain,
    head,
    public_key: publicKey,
    exported_at: at,
    complete: isWhole(filter),
    filter,
  };
  yield `${canonicalJson(first)}\n`;
  for await (const lines of batches(store, wanted))
    yield lines
      .map(
        (line) =>
          `{"position":${line.position},"prev":"${line.prev}","hash":"${line.hash}","entry":${contentOf({ ...line, seq: String(line.seq) })}}\n`,
      )
      .join('');
}

const COLUMNS = [
  'position',
  'at',
  'actor_id',
  'actor',
  'via',
  'address',
  'session',
  'action',
  'words',
  'incident',
  'subject',
  'seal',
  'detail',
  'hash',
] as const;

/** RFC 4180 for a spreadsheet: what one might run gets an apostrophe in front. */
export async function* auditCsv(
  store: StoreTransaction,
  wanted: AuditExport,
  nameOf: (id: string) => string,
): AsyncGenerator<string, void> {
  yield csvLine(COLUMNS);
  for await (const lines of batches(store, wanted))
    yield lines.map((line) => csvLine(cellsOf(line, nameOf))).join('');
}

const cellsOf = (line: AuditLine, nameOf: (id: string) => string): readonly (string | null)[] => [
  String(line.position),
  line.at,
  line.actor,
  nameOf(line.actor),
  line.via,
  line.address,
  line.session,
  line.action,
  auditWords(line.action),
  line.incidentNumber === null ? null : `INC-${line.incidentNumber}`,
  line.subject,
  line.seal,
  line.detail,
  line.hash,
];

const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(',')}\n`;

function csvCell(text: string | null): string {
  const safe = neutralCell(text ?? '');
  return /["\r\n,\t;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
