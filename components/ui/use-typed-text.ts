import { useEffect, useState } from 'react';

const PAUSE_MS = 200;

/**
 * The text of a field that asks when the typing pauses: what stands in it, and what sets it. Where `value` changes by
 * other means (a tab, back, Clear), the field follows it.
 */
export function useTypedText(
  value: string,
  onPause: (text: string) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  if (value !== asked) {
    setAsked(value);
    setText(value);
  }
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === asked) return;
    const timer = setTimeout(() => {
      setAsked(wanted);
      onPause(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked, onPause]);
  return [text, setText];
}
