import { Button, type ButtonProps } from "@mantine/core";
import { IconPhone } from "@tabler/icons-react";
import { createContext, lazy, Suspense, use, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { loadTexts } from "../i18n";
import type { Callee } from "./CallSheet";

const CallSheet = lazy(async () => {
  const [sheet] = await Promise.all([import("./CallSheet"), loadTexts("activities", "playbooks")]);
  return sheet;
});

const OpenCall = createContext<((callee: Callee) => void) | null>(null);

/** Holds the sheet of a call above lists whose rows go with the call: a lead that was called waits no more. */
export function CallHost({ children }: { children: ReactNode }) {
  const [callee, setCallee] = useState<Callee | null>(null);
  return (
    <OpenCall value={setCallee}>
      {children}
      <Suspense>{callee && <CallSheet callee={callee} onClose={() => setCallee(null)} />}</Suspense>
    </OpenCall>
  );
}

/** The first tap: the phone dials, and the sheet asks how it ended. Without a number only the sheet opens. */
export function CallButton({ callee, ...button }: { callee: Callee } & Pick<ButtonProps, "size" | "variant">) {
  const { t } = useTranslation("activities");
  const openAbove = use(OpenCall);
  const [isOpen, setIsOpen] = useState(false);
  const digits = callee.phone.replace(/[^+\d]/g, "");
  const onClick = () => { if (openAbove) openAbove(callee); else setIsOpen(true); };
  const shared = { ...button, leftSection: <IconPhone size={18} stroke={1.5} aria-hidden />, onClick };
  return (
    <>
      {digits ? <Button component="a" href={`tel:${digits}`} aria-label={t("callTo", { name: callee.name })} {...shared}>{t("call")}</Button> : <Button aria-label={`${t("logCall")}: ${callee.name}`} {...shared}>{t("logCall")}</Button>}
      <Suspense>{isOpen && <CallSheet callee={callee} onClose={() => setIsOpen(false)} />}</Suspense>
    </>
  );
}
