/** The pretend server's answers that only the funnel map asks for: what check finds, and content to place. */

interface Reply {
  status: number;
  body?: unknown;
}

const ok = (items: readonly unknown[]): Reply => ({ status: 200, body: { items } });
const at = new Date(Date.now() - 9 * 86_400_000).toISOString();

const FINDINGS = [
  {
    rule: "step_below_target", severity: "warning", path: "stages[1].target.converts", values: {}, cost_per_month: { minor: 4_830_000, currency: "NOK" }, fix: null,
    what: "48 % go on from Interest; the target is 55 %.", why: "Each person lost here was paid for at all the steps before.", mend: "Look at who stays behind and where, and try one change at a time.",
  },
  {
    rule: "no_reward", severity: "advice", path: "stages[1]", values: {}, cost_per_month: null, fix: null,
    what: "Nobody gets anything for leaving their address at Interest.", why: "People give their address for something that helps them today.", mend: "Offer a guide, a check or a discount, and name it on the page.",
  },
  {
    rule: "gate_never_opens", severity: "error", path: "stages[3].gate.requires[0]", values: {}, cost_per_month: null, fix: null,
    what: "The gate of Decision asks for an event that never happens.", why: "No deal can ever come in.", mend: "Choose an event that is sent, or take the condition out.",
  },
  {
    rule: "ladder_out_of_order", severity: "advice", path: "ladder[1]", values: {}, cost_per_month: null, fix: null,
    what: "The ladder has no core offer.", why: "Small purchases lead nowhere.", mend: "Name the offer that the others lead to.",
  },
];

const page = (id: string, name: string, slug: string) => ({ id, name, created_at: at, updated_at: at, locales: [{ locale: "nb", slug, title: name, has_draft: false, published_slug: slug, published_at: at }] });

export function mapReply(method: string, path: string, isEmpty: boolean): Reply | null {
  if (method !== "GET") return null;
  if (/^\/funnels\/[^/]+\/findings$/.test(path)) return ok(isEmpty ? [] : FINDINGS);
  switch (path) {
    case "/pages":
      return ok(isEmpty ? [] : [page("pag_1", "/gratis-sjekk", "gratis-sjekk"), page("pag_2", "/priser", "priser")]);
    case "/magnets":
      return ok(isEmpty ? [] : [{ id: "mag_1", name: "Guide: syv spørsmål", kind: "code", code: "SMIL", downloads: 31, created_at: at, updated_at: at }]);
    case "/templates":
      return ok([{ name: "lead_magnet", is_builtin: true, locales: [] }, { name: "order_confirmation", is_builtin: true, locales: [] }]);
    default:
      return null;
  }
}
