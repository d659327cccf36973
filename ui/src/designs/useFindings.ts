import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import type { FunnelDocument } from "../funnels/document";
import { checkDesign, DESIGNS } from "./api";

const REST_MS = 500;

/** What is found in a design while it is written. */
export function useFindings(document: FunnelDocument, source: string | null, language: string) {
  const [what] = useDebouncedValue(source === null ? { document } : { source }, REST_MS);
  return useQuery({
    queryKey: [...DESIGNS, "check", language, what],
    queryFn: ({ signal }) => checkDesign(what, language, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}
