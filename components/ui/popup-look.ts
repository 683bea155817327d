/** Shared by everything that floats: menus, selects, popovers. */
export const POPUP =
  'rounded-card border border-line-2 bg-surface p-1 text-text shadow-pop outline-none max-h-(--available-height) overflow-y-auto';

/** One line in a menu or a select. */
export const POPUP_ITEM =
  'flex min-h-10 w-full cursor-default select-none items-center gap-2 rounded-control-sm px-2 text-left outline-none data-disabled:text-text-3 data-highlighted:bg-sunken md:min-h-[30px]';
