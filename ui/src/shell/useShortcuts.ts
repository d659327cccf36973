import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { SECTIONS } from "./sections";

/** A letter after "g" counts only this soon after it. */
const SEQUENCE_MS = 1200;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
}

/** "g" then a letter goes to a screen, "/" or Ctrl+K searches, "?" shows the list of these. */
export function useShortcuts(onSearch: () => void, onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goPressedMs = -Infinity;
    function onKeyDown(event: KeyboardEvent) {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onSearch();
        return;
      }
      // A dialog owns the keyboard while it is open.
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("[aria-modal=true]")) return;
      const follows = event.timeStamp - goPressedMs < SEQUENCE_MS;
      goPressedMs = event.key === "g" ? event.timeStamp : -Infinity;
      const section = follows ? SECTIONS.find(({ letter }) => letter === event.key) : undefined;
      if (section) {
        event.preventDefault();
        void navigate({ to: section.path });
      } else if (event.key === "/") {
        event.preventDefault();
        onSearch();
      } else if (event.key === "?") {
        onHelp();
      }
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [navigate, onSearch, onHelp]);
}
