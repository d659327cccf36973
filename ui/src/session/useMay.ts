import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";
import type { Role } from "../api/types";

/** Who may do what besides owner and admin, who may everything. The server decides; this only hides what it would refuse. */
const ROLES = {
  "insights.write": ["marketer", "manager", "rep"],
  "contacts.write": ["marketer", "manager", "rep"],
  "contacts.delete": ["manager"],
  "segments.write": ["marketer", "manager"],
  "deals.write": ["manager", "rep"],
  "deals.all": ["marketer", "manager", "viewer"],
  "routing.read": ["marketer", "manager", "viewer"],
  "routing.write": ["manager"],
  "targets.write": ["manager"],
  "activities.write": ["marketer", "manager", "rep"],
  "playbooks.write": ["marketer", "manager"],
  "funnels.write": ["marketer", "manager"],
  "offers.write": ["marketer", "manager"],
  "orders.write": ["manager"],
  "messages.read": ["marketer", "manager", "viewer"],
  "messages.write": ["marketer"],
  "pages.write": ["marketer"],
  "imports.write": ["marketer", "manager"],
  "spend.read": ["marketer", "manager"],
  "spend.write": ["marketer"],
  "settings.write": [],
  "users.write": [],
  operate: [],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof ROLES;

export const mayRole = (role: Role, permission: Permission): boolean =>
  role === "owner" || role === "admin" || (ROLES[permission] as readonly Role[]).includes(role);

/** Asks whether the reader may do something. Nobody may anything before the session is known. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useQuery(sessionQuery);
  const role = data?.user?.role;
  return (permission) => role !== undefined && mayRole(role, permission);
}
