import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { api } from "../api/client";

/** Ends the session and forgets everything that was read with it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const router = useRouter();
  return useCallback(async () => {
    await api.delete("/session");
    queries.clear();
    await router.navigate({ to: "/login" });
  }, [queries, router]);
}
