import { Skeleton } from "@mantine/core";
import { useDebouncedValue, useElementSize } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { QueryProblem } from "../components/QueryProblem";
import { PAGES, previewPage, type PageDoc } from "./api";
import classes from "./Editor.module.css";

/** The widths that a page is looked at in, pixels. */
export const WIDTHS = { desktop: 1280, phone: 390 } as const;
export type Device = keyof typeof WIDTHS;

const WAIT_MS = 400;

/** A link to elsewhere would put another page into the frame, and count as a visit there. */
function stay(event: MouseEvent) {
  const link = (event.target as Element | null)?.closest("a");
  if (link && !link.getAttribute("href")?.startsWith("#")) event.preventDefault();
}

/** The page as visitors would see it, drawn by the server and following what is written. Nothing in it runs. */
export function Preview({ doc, device, blockId }: { doc: PageDoc; device: Device; blockId: string | null }) {
  const { t } = useTranslation("pages");
  const [shown] = useDebouncedValue(doc, WAIT_MS);
  const answer = useQuery({ queryKey: [...PAGES, "preview", shown], queryFn: ({ signal }) => previewPage(shown, signal), gcTime: 0, retry: false, placeholderData: keepPreviousData });
  const { ref, width, height } = useElementSize();
  const frame = useRef<HTMLIFrameElement>(null);
  // The frame begins at its top with every new drawing; what was in view comes back.
  const scrolled = useRef(0);
  const prepare = () => {
    const inside = frame.current?.contentWindow;
    inside?.scrollTo({ top: scrolled.current, behavior: "instant" });
    inside?.addEventListener("scroll", () => { scrolled.current = inside.scrollY; });
    inside?.document.addEventListener("click", stay);
  };
  useEffect(() => {
    if (blockId) frame.current?.contentDocument?.getElementById(blockId)?.scrollIntoView({ block: "start" });
  }, [blockId]);
  if (answer.isError) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  const scale = Math.min(1, width / WIDTHS[device]);
  return (
    <div ref={ref} className={classes["preview"]}>
      {answer.data === undefined || width === 0 ? <Skeleton height="100%" /> : (
        // Of the same origin, so that its scroll can be kept; without scripts it can do nothing with it.
        <iframe ref={frame} className={classes["frame"]} title={t("previewOf", { device: t(device) })} sandbox="allow-same-origin" srcDoc={answer.data} onLoad={prepare}
          style={{ width: WIDTHS[device], height: height / scale, transform: `scale(${scale})`, left: Math.max(0, (width - WIDTHS[device] * scale) / 2) }} />
      )}
    </div>
  );
}
