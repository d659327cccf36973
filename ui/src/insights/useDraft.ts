import { useDebouncedCallback } from "@mantine/hooks";
import { useRef, useState } from "react";

const WRITE_AFTER_MS = 300;
/** Edits that follow each other within this time are one entry of the browser's history. */
const ONE_ENTRY_MS = 4_000;

/**
 * A state that is edited faster than an address can be written: shown at once, written a moment later. What comes from
 * the address by other means (back, forward, a link) replaces it.
 */
export function useDraft<T>(fromAddress: T, write: (value: T, replace: boolean) => void): [T, (value: T) => void] {
  const [draft, setDraft] = useState(fromAddress);
  const [seen, setSeen] = useState(() => JSON.stringify(fromAddress));
  /** What was written and has not been seen in the address yet. */
  const [sent, setSent] = useState<readonly string[]>([]);
  const lastMs = useRef(0);
  const key = JSON.stringify(fromAddress);
  if (key !== seen) {
    setSeen(key);
    const place = sent.indexOf(key);
    setSent(place < 0 ? [] : sent.slice(place + 1));
    if (place < 0) setDraft(fromAddress);
  }
  const writeSoon = useDebouncedCallback((value: T) => {
    const next = JSON.stringify(value);
    if (next === JSON.stringify(fromAddress)) return;
    const nowMs = Date.now();
    const isSameEntry = nowMs - lastMs.current < ONE_ENTRY_MS;
    lastMs.current = nowMs;
    setSent((former) => [...former, next]);
    write(value, isSameEntry);
  }, WRITE_AFTER_MS);
  const change = (value: T) => {
    setDraft(value);
    writeSoon(value);
  };
  return [draft, change];
}
