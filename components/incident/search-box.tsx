'use client';

import { type RefObject, useEffect, useState } from 'react';
import { TextField } from '#components/ui/field';

const PAUSE_MS = 200;

type SearchBoxProps = {
  value: string;
  onSearch: (value: string) => void;
  inputRef: RefObject<HTMLInputElement | null>;
};

/** Searches when the typing pauses; Escape empties it, then leaves it. */
export function SearchBox({ value, onSearch, inputRef }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  // The address changed by other means (a tab, back, [Clear]): the box follows it.
  if (value !== asked) {
    setAsked(value);
    setText(value);
  }
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === asked) return;
    const timer = setTimeout(() => {
      setAsked(wanted);
      onSearch(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked, onSearch]);
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
