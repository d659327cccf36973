/** The measures of the document, in the order of a customer's way. */
export const METRICS = [
  "impressions", "traffic", "cost_per_click", "engagement", "open_rate", "click_rate", "leads", "cost_per_lead", "lead_quality", "demo_requests", "trial_requests", "bookings",
  "attendance", "proposals", "deal_size", "win_rate", "sales", "revenue", "cart_abandonment", "average_order_value", "response_time", "conversion", "time_in_stage", "paid_on_time",
  "delivered_on_time", "satisfaction", "repeat_rate", "retention", "churn", "lifetime_value", "nps", "referrals", "reviews", "refund_rate",
] as const;
export type MetricName = (typeof METRICS)[number];

const TIMES: readonly string[] = ["response_time", "time_in_stage"];
const COUNTS: readonly string[] = ["impressions", "traffic", "engagement", "leads", "demo_requests", "trial_requests", "bookings", "attendance", "proposals", "sales", "referrals", "reviews"];
const AMOUNTS: readonly string[] = ["cost_per_click", "cost_per_lead", "deal_size", "revenue", "average_order_value", "lifetime_value"];

/** What a measure is counted in. */
export function unitOf(metric: string): "time" | "number" | "share" {
  if (TIMES.includes(metric)) return "time";
  return COUNTS.includes(metric) || AMOUNTS.includes(metric) || metric === "nps" ? "number" : "share";
}
