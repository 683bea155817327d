import type { Loss } from '#lib/recovery/audit/losses';
import type { VerifiedExport } from '#lib/recovery/audit/verify-export';
import type { LedgerAnswers, VerifiedRecords } from '#lib/recovery/audit/verify-records';

/** What `audit verify` says of an exported file. */
export function exportedWords(file: string, found: VerifiedExport): string {
  const { head, exportedAt, complete, entries, signature, losses, broken } = found;
  if (broken !== null) return `Line ${broken.line} of ${file}: ${broken.message}\n`;
  const what = complete
    ? `${count(entries)}, unbroken to the head ${head.hash} (entry ${head.position})`
    : `${count(entries)} of a filtered export, each as it was written; only a whole export shows that none is missing`;
  const lines = [`${what}. Exported ${exportedAt}.`];
  if (signature === null) lines.push('The head is not signed: the file is from before heads were.');
  else {
    const own =
      signature.from === 'given'
        ? ', one of those given'
        : ', which the file itself names: with --key FILE it is held to one that you kept';
    lines.push(`The head is signed with the key ${signature.key}${own}.`);
  }
  return `${[...lines, ...losses.map(lossWords)].join('\n')}\n`;
}

/** What `audit verify` says of the records. */
export function recordsWords(found: VerifiedRecords, silent: LedgerAnswers['silent']): string {
  const { entries, head, broken, witnesses, foreign, losses, lost, keys } = found;
  const lines =
    broken === null
      ? [`${count(entries)}, unbroken${head === null ? '' : `; head ${head.hash}`}.`]
      : [
          `Broken: ${broken.message}`,
          `${count(entries)} before it ${entries === 1 ? 'is' : 'are'} as written.`,
        ];
  if (lost !== null)
    lines.push(
      `If the records were put back to an older backup, ${stretch(lost)} lost: an admin can acknowledge that on the page Audit.`,
    );
  lines.push(...losses.map(lossWords));
  lines.push(`Compared with ${witnesses} ${witnesses === 1 ? 'head' : 'heads'} kept elsewhere.`);
  if (foreign > 0) lines.push(`${foreign} more in the ledgers are of other installations.`);
  const key = keys.at(-1);
  if (key !== undefined) lines.push(`Heads are signed with the key ${key.id} since entry ${key.position}.`);
  for (const { name, message } of silent) lines.push(`Not asked: ${name}: ${message}`);
  return `${lines.join('\n')}\n`;
}

const lossWords = ({ from, to, by, at, position, reason }: Loss): string =>
  `Warning: ${stretch({ from, to })} lost when the records were put back to an older backup; acknowledged by ${by} at ${at} (entry ${position}): ${JSON.stringify(reason)}.`;

const stretch = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;

const count = (entries: number): string =>
  entries === 1 ? '1 entry' : `${entries.toLocaleString('en-US')} entries`;

/** An acknowledged loss as JSON. */
export const shownLoss = ({ heads, ...loss }: Loss): object => ({ ...loss, heads: [...heads] });
