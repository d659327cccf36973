import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { sessionQuery } from "../api/queries";
import { UserButton } from "./UserButton";

const loadPanel = () => import("./UserMenuPanel");
const UserMenuPanel = lazy(loadPanel);

/** The menu is fetched when the pointer or the focus comes near, and is there when the button is pressed. */
export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { data: session } = useQuery(sessionQuery);
  const [isOpen, setIsOpen] = useState(false);
  const [isWanted, setIsWanted] = useState(false);
  if (!session?.user) return null;
  const button = (
    <UserButton name={session.user.name} onPointerEnter={() => void loadPanel()} onFocus={() => void loadPanel()}
      onClick={() => { setIsWanted(true); setIsOpen(true); }} />
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <UserMenuPanel isOpen={isOpen} onOpen={setIsOpen} onShortcuts={onShortcuts} />
    </Suspense>
  );
}
