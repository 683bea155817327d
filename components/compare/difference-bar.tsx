import { shareOf } from '#components/compare/column-text.ts';
import { classes } from '#components/ui/classes.ts';
import { signOf } from '#components/ui/format.ts';

/** A difference as a length to either side of zero, beside its figure. */
export function DifferenceBar({ value, widest }: { value: string | null; widest: number }) {
  if (value === null) return null;
  const minus = signOf(value) === 'minus';
  const share = shareOf(value, widest);
  return (
    <span aria-hidden="true" className="relative inline-block h-2.5 w-[74px] align-middle">
      <span className="absolute -inset-y-[3px] left-1/2 border-line-2 border-l" />
      {share === 0 ? null : (
        <span
          className={classes(
            'absolute inset-y-0 rounded-[1.5px]',
            minus ? 'right-1/2 bg-minus-fill' : 'left-1/2 bg-plus-fill',
          )}
          style={{ width: `${Math.max(2, share * 36)}px` }}
        />
      )}
    </span>
  );
}
