'use client';

import type { RefObject } from 'react';
import { TextField } from '#components/ui/field';
import { useTypedText } from '#components/ui/use-typed-text.ts';

type SearchBoxProps = {
  value: string;
  onSearch: (value: string) => void;
  inputRef: RefObject<HTMLInputElement | null>;
};

/** Searches when the typing pauses; Escape empties it, then leaves it. */
export function SearchBox({ value, onSearch, inputRef }: SearchBoxProps) {
  const [text, setText] = useTypedText(value, onSearch);
  return (
    <TextField
      ref={inputRef}
      label="Search incidents"
      hideLabel
      type="search"
      icon="search"
      placeholder="Title, ID or live table"
      value={text}
      onValueChange={setText}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        if (text === '') event.currentTarget.blur();
        else setText('');
      }}
      className="flex-1 md:w-[250px] md:flex-none"
    />
  );
}
