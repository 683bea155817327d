/** Bins of a histogram: `index` is floor(value / width); bounds as decimal text. */
export type Bins = {
  readonly width: number;
  readonly bounds: readonly { readonly index: number; readonly from: string; readonly to: string }[];
};

const MOST = 40;

/**
 * At most 40 bins of a round width (1, 2 or 5 times a power of ten) over [low, high], zero a bound of two of them, so
 * that no bin holds differences of both signs. For drawing: bounds are short decimals, never sums of floats.
 */
export function histogramBins(low: number, high: number): Bins {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const wanted = (to - from) / (MOST - 2) || 1;
  const least = Math.floor(Math.log10(wanted));
  const steps = [1, 2, 5].map((factor) => ({ factor, power: least }));
  const { factor, power } = steps.find((s) => s.factor * 10 ** s.power >= wanted) ?? {
    factor: 1,
    power: least + 1,
  };
  const width = Number(`${factor}e${power}`);
  const first = Math.floor(from / width);
  const last = Math.floor(to / width);
  const bounds = Array.from({ length: last - first + 1 }, (_, i) => first + i).map((index) => ({
    index,
    from: times(index, factor, power),
    to: times(index + 1, factor, power),
  }));
  return { width, bounds };
}

/** index × factor × 10^power as exact decimal text. */
function times(index: number, factor: number, power: number): string {
  const value = BigInt(index) * BigInt(factor);
  if (power >= 0) return (value * 10n ** BigInt(power)).toString();
  const digits = (value < 0n ? -value : value).toString().padStart(1 - power, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, power)}.${digits.slice(power)}`;
}
