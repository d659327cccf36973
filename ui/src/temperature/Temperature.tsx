import { Badge, Skeleton, Text, Title } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import { describeError } from "../components/problem";
import { CONTACTS } from "../contacts/api";
import { useNow } from "../home/useNow";
import { eventName, useFormat } from "../i18n";
import { textFor } from "../localized";
import classes from "./Temperature.module.css";

type Answer = Schema<"ContactTemperature">;

const COLORS = { cold: "gray", warm: "fjord", hot: "red" } as const;
/** Reasons shown of each part: the weightiest. */
const REASONS_SHOWN = 3;

const temperatureQuery = (id: string) =>
  queryOptions({ queryKey: [...CONTACTS, id, "temperature"], queryFn: ({ signal }) => api.get<Answer>(`/contacts/${id}/temperature`, { signal }) });

/** How near a contact is to buying, with what speaks for it, and which kind of buyer they are. */
export function Temperature({ contactId }: { contactId: string }) {
  const { t, i18n } = useTranslation("temperature");
  const { data, isPending, error } = useQuery(temperatureQuery(contactId));
  const fitting = data?.personas.filter(({ is_met }) => is_met) ?? [];
  return (
    <section className={classes["card"]} aria-label={t("title")}>
      <div className={classes["head"]}>
        <Title order={2} size="h4">{t("title")}</Title>
        {data && <Badge variant="light" color={COLORS[data.score.temperature]}>{t(data.score.temperature)} · {data.score.points}</Badge>}
      </div>
      {error ? <Text size="sm" c="dimmed">{describeError(error)}</Text> : isPending ? <Skeleton height={96} /> : (
        <>
          <ul className={classes["parts"]}>{data.score.parts.map((part) => <Part key={part.kind} part={part} />)}</ul>
          {data.personas.length > 0 && (
            <Text size="sm" mt="sm">
              {fitting.length > 0 ? t("fits", { personas: fitting.map(({ name, id }) => textFor(name, i18n.language) || id).join(", ") }) : <Text span c="dimmed">{t("fitsNone")}</Text>}
            </Text>
          )}
        </>
      )}
    </section>
  );
}

function Part({ part }: { part: Answer["score"]["parts"][number] }) {
  const { t } = useTranslation("temperature");
  const format = useFormat();
  const now = useNow(60_000);
  const gave = [...part.gave].sort((a, b) => b.points - a.points).filter(({ event }) => event !== "");
  return (
    <li className={classes["part"]}>
      <div className={classes["partHead"]}>
        <span>{t(`parts.${part.kind}`)}</span>
        <span className="figures">{t("of", { points: format.decimal(Math.round(part.points) || 0, 0), weight: part.weight })}</span>
      </div>
      <div className={classes["bar"]} aria-hidden><span style={{ width: `${(100 * part.points) / Math.max(part.weight, 1)}%` }} /></div>
      {gave.slice(0, REASONS_SHOWN).map((reason) => (
        <Text key={`${reason.rule} ${reason.event}`} size="xs" c="dimmed">
          {t("reason", { event: eventName(reason.event), count: reason.times, when: reason.last_at ? format.ago(reason.last_at, now) : "–" })}
        </Text>
      ))}
    </li>
  );
}
