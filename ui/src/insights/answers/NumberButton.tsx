import type { ReactNode } from "react";

interface Props {
  /** What it counts, in words. */
  label: string;
  onClick: (() => void) | undefined;
  children: ReactNode;
}

/** A number that leads to its people, where there are any and somebody asks. */
export function NumberButton({ label, onClick, children }: Props) {
  if (!onClick) return <>{children}</>;
  return <button type="button" className="number-button" aria-label={label} onClick={onClick}>{children}</button>;
}
