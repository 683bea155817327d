import { Icon } from '#components/ui/icon';

export type SelectOption<Value extends string> = {
  value: Value;
  label: string;
  /** A second line in the list: a type, an example. */
  detail?: string | undefined;
  disabled?: boolean | undefined;
};

/** The button of a select. */
export const SELECT_LOOK =
  'flex h-control w-full min-w-0 items-center gap-1.5 rounded-control border border-control bg-surface px-2 text-left aria-invalid:border-danger data-disabled:cursor-not-allowed data-disabled:bg-sunken data-disabled:text-text-3';

export function SelectArrow() {
  return (
    <span aria-hidden="true" className="text-text-3">
      <Icon name="chevron-down" size={14} />
    </span>
  );
}
