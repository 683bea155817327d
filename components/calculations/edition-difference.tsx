import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';
import type { EditionContent } from '#lib/calculation/edition-content';
import { type Difference, diffContents } from '#lib/calculation/edition-diff';

type Props = { before: EditionContent; after: EditionContent; label: string };

/** What two editions say differently, expression by expression: each side has its sign, its word and its colour. */
export function EditionDifference({ before, after, label }: Props) {
  const found = diffContents(before, after);
  if (found.length === 0) return <p className="text-text-2">Both calculate the same.</p>;
  return (
    <ul aria-label={label} className="grid gap-3">
      {found.map((one) => (
        <li key={`${one.part} ${one.what}`} className="grid gap-1">
          <p>
            <span className="text-text-3">{one.part} · </span>
            <span className="font-medium">{one.what}</span>{' '}
            <span className="text-text-3 text-xs">{kindOf(one)}</span>
          </p>
          <div className="edge-forced overflow-hidden rounded-control border border-line font-mono text-[0.78rem]">
            {one.before === null ? null : <Side sign="minus" text={one.before} />}
            {one.after === null ? null : <Side sign="plus" text={one.after} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

const kindOf = ({ before, after }: Difference): string =>
  before === null ? 'added' : after === null ? 'removed' : 'changed';

function Side({ sign, text }: { sign: 'plus' | 'minus'; text: string }) {
  return (
    <p
      className={classes(
        'flex items-start gap-2 px-2.5 py-1.5',
        sign === 'plus' ? 'bg-plus-soft text-plus' : 'bg-minus-soft text-minus',
      )}
    >
      <Icon name={sign} size={12} className="mt-[3px] flex-none" />
      <span className="sr-only">{sign === 'plus' ? 'Now: ' : 'Before: '}</span>
      <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</span>
    </p>
  );
}
