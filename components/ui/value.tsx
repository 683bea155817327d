import { classes } from '#components/ui/classes.ts';
import { EM_DASH, formatDifference, formatValue, signOf } from '#components/ui/format.ts';

/** Where there is no value: an em dash that says why when asked. */
export function NoValue({ because = 'No value' }: { because?: string | undefined }) {
  return (
    <span title={because} className="text-text-3">
      <span aria-hidden="true">{EM_DASH}</span>
      <span className="sr-only">{because}</span>
    </span>
  );
}

/** A value of the live store or of the calculation, exactly as it is. Null is an em dash, never zero. */
export function Value({ value, because }: { value: string | null; because?: string | undefined }) {
  return value === null ? <NoValue because={because} /> : <span>{formatValue(value)}</span>;
}

type DifferenceProps = { value: string | null; unit?: string | undefined; because?: string | undefined };

/** A difference, with its sign in word and colour: recalculated minus live. */
export function Difference({ value, unit, because }: DifferenceProps) {
  if (value === null) return <NoValue because={because} />;
  const tone = { plus: 'text-plus', minus: 'text-minus', zero: 'text-text-2' }[signOf(value)];
  return (
    <span className={classes('whitespace-nowrap group-data-left-out/row:text-text-3', tone)}>
      {formatDifference(value)}
      {unit ? ` ${unit}` : ''}
    </span>
  );
}
