'use client';

import { MINUTE_STEP, wholeHours, widen } from '#components/timeline/brush.ts';
import { WindowInputs } from '#components/timeline/window-inputs';
import { offsetAt } from '#components/timeline/zone.ts';
import { Button, IconButton } from '#components/ui/button';
import { Segmented } from '#components/ui/segmented';
import { SelectField } from '#components/ui/select-field';
import type { Interval } from '#lib/base/instant';
import type { Clock } from '#lib/window/window';

type ToolbarProps = {
  titleId: string;
  window: Interval | null;
  zone: string;
  zones: readonly string[];
  localZone: string;
  /** Null where the archive has no arrival times: then there is nothing to choose. */
  clock: Clock | null;
  canUndo: boolean;
  onChoose: (window: Interval) => void;
  onUndo: () => void;
  onZone: (zone: string) => void;
  onClock: (clock: Clock) => void;
  zoom: {
    readonly in: () => void;
    readonly out: () => void;
    readonly fit: () => void;
    readonly toWindow: (() => void) | null;
  };
};

const CLOCKS = [
  { value: 'time', label: 'Happened' },
  { value: 'ingested', label: 'Arrived' },
] as const;

export function TimelineToolbar(props: ToolbarProps) {
  const { titleId, window, zone, zones, localZone, clock, canUndo, onChoose, onUndo, onZone, onClock, zoom } =
    props;
  const preset = (make: (window: Interval) => Interval) => () => {
    if (window !== null) onChoose(make(window));
  };
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-2">
      <h2 id={titleId} className="mr-1 font-semibold max-md:w-full max-md:text-md">
        Error window
      </h2>
      <WindowInputs window={window} zone={zone} onChoose={onChoose} />
      <SelectField
        label="Time zone"
        hideLabel
        options={zones.map((each) => ({
          value: each,
          label: each,
          ...(each === localZone && each !== 'UTC' ? { detail: 'Of this browser' } : {}),
        }))}
        value={zone}
        onValueChange={onZone}
        className="max-md:order-1 max-md:min-w-28 max-md:flex-1"
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't stand in a toolbar's line */}
      <div
        role="group"
        aria-label="Window presets"
        className="edge-forced inline-flex h-control overflow-hidden rounded-control border border-line-2 bg-surface max-md:order-3 max-md:basis-full"
      >
        <Preset off={window === null} onPress={preset((w) => widen(w, 5n * MINUTE_STEP))}>
          ± 5 min
        </Preset>
        <Preset off={window === null} onPress={preset((w) => wholeHours(w, offsetAt(w.from, zone)))}>
          Whole hours
        </Preset>
      </div>
      <Button
        variant="ghost"
        icon="undo"
        className="max-md:order-2"
        onClick={onUndo}
        disabledReason={canUndo ? null : 'The window was not changed yet.'}
      >
        Undo
      </Button>
      <div className="flex flex-wrap items-center gap-1 max-md:order-4 max-md:w-full md:ml-auto">
        {clock === null ? null : (
          <Segmented
            label="Place events by when they"
            options={CLOCKS}
            value={clock}
            onValueChange={onClock}
            className="mr-1"
          />
        )}
        <span className="ml-auto flex items-center">
          {zoom.toWindow === null ? null : (
            <Button variant="ghost" onClick={zoom.toWindow}>
              Show window
            </Button>
          )}
          <IconButton icon="zoom-in" label="Zoom in" onClick={zoom.in} />
          <IconButton icon="zoom-out" label="Zoom out" onClick={zoom.out} />
          <Button variant="ghost" onClick={zoom.fit}>
            <span>
              Fit<span className="max-md:sr-only"> archive</span>
            </span>
          </Button>
        </span>
      </div>
    </div>
  );
}

function Preset({ off, onPress, children }: { off: boolean; onPress: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-disabled={off || undefined}
      onClick={onPress}
      className="ease-colour flex-1 whitespace-nowrap border-line border-r px-[9px] text-text-2 -outline-offset-2 last:border-r-0 hover:bg-hover aria-disabled:text-text-3"
    >
      {children}
    </button>
  );
}
