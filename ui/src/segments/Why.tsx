import { Drawer, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { QueryProblem } from "../components/QueryProblem";
import type { Contact } from "../contacts/api";
import { useFormat } from "../i18n";
import type { Condition } from "../records/filter";
import { segmentQuery, whyQuery, type Explained } from "./api";
import { partOf, type Join } from "./rule";
import classes from "./Segments.module.css";
import { useRuleFields, useWords } from "./useWords";
import { say, type Words } from "./words";

interface Props {
  segmentId: string;
  contact: Contact;
  onClose: () => void;
}

/** Why a contact is in a segment or not: the rule, part by part, with what was found. */
export default function Why({ segmentId, contact, onClose }: Props) {
  const { t } = useTranslation(["segments", "common"]);
  const format = useFormat();
  const words = useWords(useRuleFields());
  const segment = useQuery(segmentQuery(segmentId));
  const why = useQuery(whyQuery(segmentId, contact.id));
  const failed = why.error ?? segment.error;
  const { data } = why;
  return (
    <Drawer opened onClose={onClose} position="right" size={480} title={t("of.title", { segment: segment.data?.name ?? "…" })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      {failed ? <QueryProblem error={failed} onRetry={() => { void why.refetch(); void segment.refetch(); }} />
        : !data || !segment.data ? <Stack gap={8}>{[40, 40, 40].map((height, index) => <Skeleton key={index} height={height} radius="md" />)}</Stack>
        : (
          <Stack gap="sm">
            <Text fw={550}>{data.is_in ? t("of.isIn", { name: contact.display_name, since: data.since ? format.date(data.since, "datetime") : "–" }) : t("of.isNotIn", { name: contact.display_name })}</Text>
            {data.why && segment.data.rule ? <ul className={classes["why"]}><Node rule={segment.data.rule} explained={data.why} words={words} /></ul> : <Text size="sm" c="dimmed">{t("of.hand")}</Text>}
            {data.why && data.why.is_met !== data.is_in && <Text size="sm" c="dimmed">{t("of.soon")}</Text>}
            {data.is_cut && <Text size="sm" c="dimmed">{t("of.cut")}</Text>}
          </Stack>
        )}
    </Drawer>
  );
}

/** The parts of a rule, and what lies below a `not`. */
const partsOf = (rule: Condition): readonly Condition[] => rule.all ?? rule.any ?? (rule.not ? [rule.not] : rule.deal ? [rule.deal] : []);
const joinOf = (explained: Explained): Join => (explained.kind === "not" ? "none" : explained.kind === "any" ? "any" : "all");

function Node({ rule, explained, words }: { rule: Condition; explained: Explained; words: Words }) {
  const { t } = useTranslation("segments");
  const found = useFound(words);
  // What must not be is one line when it is one thing.
  const negated = explained.kind === "not" ? explained.parts[0] : undefined;
  const isOne = negated && !["all", "any", "not"].includes(negated.kind);
  const isGroup = explained.kind === "all" || explained.kind === "any" || (explained.kind === "not" && !isOne);
  const said = isGroup ? t(`joins.${joinOf(explained)}`) : say(partOf(rule), words);
  const detail = isOne ? found(negated) : isGroup ? "" : found(explained);
  const isNested = explained.kind === "not" && !isOne && (negated?.kind === "any" || negated?.kind === "all");
  const nested = isNested ? negated : explained;
  const inner = isNested ? (partsOf(rule)[0] ?? rule) : rule;
  return (
    <li>
      <div className={classes["whyLine"]} data-met={explained.is_met || undefined}>
        {explained.is_met ? <IconCircleCheck size={18} aria-hidden /> : <IconCircleX size={18} aria-hidden />}
        <span>
          <VisuallyHidden>{t(explained.is_met ? "of.met" : "of.notMet")}: </VisuallyHidden>
          {isNested && negated.kind === "all" ? t("joins.not_all") : said.charAt(0).toLocaleUpperCase() + said.slice(1)}
          {detail && <Text component="span" display="block" size="sm" c="dimmed">{detail}</Text>}
        </span>
      </div>
      {isGroup && "parts" in nested && <ul>{nested.parts.map((part, index) => <Node key={index} explained={part} rule={partsOf(inner)[index] ?? inner} words={words} />)}</ul>}
    </li>
  );
}

/** What was found for one condition. */
function useFound(words: Words): (explained: Explained) => string {
  const { t } = useTranslation("segments");
  const format = useFormat();
  return (explained) => {
    switch (explained.kind) {
      case "field": {
        const { value } = explained as { value: unknown };
        const text = value === null || value === undefined || value === "" ? "" : words.value(words.field(explained.field), value);
        return text ? t("of.holds", { value: text }) : t("of.unknown");
      }
      case "event": {
        if (explained.times === 0) return t("of.never");
        const sum = typeof explained.sum === "number" ? t("of.sum", { sum: words.number(explained.sum) }) : "";
        return [t("of.happened", { count: explained.times, date: explained.last_at ? format.date(explained.last_at, "datetime") : "–" }), sum].filter(Boolean).join(" · ");
      }
      case "deal":
        return explained.parts.length === 0 ? t("of.noDeals") : [t("of.dealsLooked", { count: explained.parts.length }), ...explained.parts.map((deal, index) => `${t("of.dealNumber", { number: index + 1 })}: ${inDeal(deal, words).join(", ")}`)].join(" · ");
      default:
        return "";
    }
  };
}

/** What the fields of a deal hold. */
function inDeal(explained: Explained, words: Words): string[] {
  if ("parts" in explained) return explained.parts.flatMap((part) => inDeal(part, words));
  if (explained.kind !== "field") return [];
  const field = words.field(explained.field);
  return [`${field.label} ${words.value(field, (explained as { value: unknown }).value) || "–"}`];
}
