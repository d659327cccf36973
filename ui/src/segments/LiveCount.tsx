import { Anchor, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import type { Condition } from "../records/filter";
import { previewQuery } from "./api";
import classes from "./Segments.module.css";

interface Props {
  rule: Condition | null;
  id: string | null;
  title: string;
  /** Whether somebody is still writing: the number is that of the rule before. */
  isWriting: boolean;
}

/** How many people a rule finds, while it is being written: the former number stays, in grey, until the next one is there. */
export function LiveCount({ rule, id, title, isWriting }: Props) {
  const { t } = useTranslation("segments");
  const format = useFormat();
  const { data, error, isFetching, isPlaceholderData } = useQuery({ ...previewQuery(rule, id), placeholderData: keepPreviousData });
  const isStale = isWriting || isPlaceholderData || error !== null || (isFetching && !data) || undefined;
  const share = data && data.of > 0 ? data.people / data.of : 0;
  return (
    <section className={classes["live"]} aria-label={title}>
      <Text size="sm" c="dimmed">{title}</Text>
      {rule === null || (!data && !isFetching) ? <Text size="sm" mt={8}>{t("live.nothing")}</Text> : (
        <>
          <div className={`figures ${classes["number"]}`} data-stale={isStale} aria-live="polite" aria-busy={isFetching} data-people={data?.people}>{data ? format.integer(data.people) : "…"}</div>
          <Text size="sm" c="dimmed">{data && !isStale ? t("live.share", { share: format.percent(share), total: format.integer(data.of) }) : t("live.busy")}</Text>
          <div className={classes["bar"]} aria-hidden><span style={{ width: `${100 * share}%` }} /></div>
          {data && data.sample.length > 0 && (
            <>
              <Text size="xs" c="dimmed">{t("live.sample")}</Text>
              <ul className={classes["sample"]} data-stale={isStale}>
                {data.sample.map(({ contact, name }) => <li key={contact}><Anchor component={Link} to={`/contacts/${contact}`} size="sm" c="inherit" target="_blank">{name}</Anchor></li>)}
              </ul>
            </>
          )}
          {data && data.people === 0 && !isStale && <Text size="sm">{t("live.nobody")}</Text>}
        </>
      )}
    </section>
  );
}
