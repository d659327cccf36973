import { useReducedMotion } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

const DURATION_MS = 650;

const easeOut = (progress: number) => 1 - (1 - progress) ** 3;

/**
 * Moves numbers calmly from what they were to what they are, from zero the first time. At once when the reader asked
 * for less motion.
 */
export function useTween(target: readonly number[]): readonly number[] {
  const isStill = useReducedMotion(false);
  const [shown, setShown] = useState<readonly number[]>(() => target.map(() => 0));
  const latest = useRef(shown);
  const key = target.join();

  useEffect(() => {
    const goal = key === "" ? [] : key.split(",").map(Number);
    if (isStill) return;
    const origin = latest.current;
    let startMs: number | null = null;
    let frame = requestAnimationFrame(function step(nowMs) {
      startMs ??= nowMs;
      const progress = Math.min((nowMs - startMs) / DURATION_MS, 1);
      const eased = easeOut(progress);
      latest.current = goal.map((value, index) => (origin[index] ?? 0) + (value - (origin[index] ?? 0)) * eased);
      setShown(latest.current);
      if (progress < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [key, isStill]);

  // A step was added or removed: the old numbers belong to other places, so draw the new ones directly.
  return isStill || shown.length !== target.length ? target : shown;
}
