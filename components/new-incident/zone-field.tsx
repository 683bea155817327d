'use client';

import { type ComponentProps, useId, useMemo } from 'react';
import { TextField } from '#components/ui/field';

/** A time zone by its name; the browser's own list completes it. */
export function ZoneField(props: Omit<ComponentProps<typeof TextField>, 'list'>) {
  const listId = useId();
  const zones = useMemo(
    () => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')],
    [],
  );
  return (
    <>
      <TextField placeholder="UTC" spellCheck={false} mono {...props} list={listId} />
      <datalist id={listId}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
