'use client';

import { createContext, useContext } from 'react';
import type { View } from '#components/timeline/view.ts';
import { Bug } from '#lib/base/failure';
import type { Interval } from '#lib/base/instant';

/** What the layers over the chart draw and change. It stands apart from the chart, which a drag must not redraw. */
export type Brushing = {
  /** The window as it is being dragged, else as it is chosen. */
  readonly window: Interval | null;
  readonly view: View;
  readonly zone: string;
  readonly bounds: Interval;
  /** While dragging; null takes a drag back. */
  readonly draft: (window: Interval | null) => void;
  readonly choose: (window: Interval, how: 'push' | 'replace') => void;
  readonly undo: () => void;
};

export const BrushContext = createContext<Brushing | null>(null);

export function useBrushing(): Brushing {
  const brushing = useContext(BrushContext);
  if (brushing === null) throw new Bug('the layers of a timeline need a BrushContext');
  return brushing;
}
