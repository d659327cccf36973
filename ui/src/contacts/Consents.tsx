import { Badge, Skeleton, Text, Title } from "@mantine/core";
import { IconShieldCheck, IconShieldOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { useFormat } from "../i18n";
import { consentsQuery, type Consent } from "./api";
import classes from "./ContactScreen.module.css";

/** What a contact agreed to: how it stands now, and every yes and no with its words. Nothing of it is ever changed. */
export function Consents({ contactId }: { contactId: string }) {
  const { t } = useTranslation(["contacts", "timeline"]);
  const format = useFormat();
  const consents = useQuery(consentsQuery(contactId));
  const items = consents.data?.items ?? [];
  // Newest first, so the first of a purpose is how it stands.
  const now = [...new Map([...items].reverse().map((one) => [one.purpose, one])).values()];
  return (
    <section className={classes["card"]} aria-label={t("consents")}>
      <div className={classes["cardHead"]}><Title order={2} size="h4">{t("consents")}</Title></div>
      {consents.isPending && <Skeleton height={40} />}
      {consents.isError && <Text size="sm" c="dimmed">{describeError(consents.error)}</Text>}
      {consents.isSuccess && items.length === 0 && <Text size="sm" c="dimmed">{t("noConsents")}</Text>}
      {now.length > 0 && (
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8, marginBottom: 8 }}>
          {now.map((one) => (
            <Badge key={one.purpose} color={one.is_given ? "fjord" : "gray"} leftSection={one.is_given ? <IconShieldCheck size={12} /> : <IconShieldOff size={12} />}>
              {t(one.is_given ? "may" : "mayNot", { purpose: t(`timeline:purposes.${one.purpose}` as "timeline:purposes.marketing", { defaultValue: one.purpose }) })}
            </Badge>
          ))}
        </div>
      )}
      <ol className={classes["list"]}>
        {items.map((one, index) => <Entry key={index} consent={one} date={format.date(one.at, "datetime")} />)}
      </ol>
    </section>
  );
}

function Entry({ consent, date }: { consent: Consent; date: string }) {
  const { t } = useTranslation(["contacts", "timeline"]);
  const Icon = consent.is_given ? IconShieldCheck : IconShieldOff;
  const purpose = t(`timeline:purposes.${consent.purpose}` as "timeline:purposes.marketing", { defaultValue: consent.purpose });
  return (
    <li className={classes["item"]}>
      <Icon size={16} stroke={1.5} aria-hidden />
      <span className={classes["itemText"]}>
        {t(consent.is_given ? "saidYes" : "saidNo", { purpose })}
        {consent.wording && <Text component="span" display="block" size="xs" c="dimmed">“{consent.wording}”</Text>}
        <Text component="span" display="block" size="xs" c="dimmed"><time dateTime={consent.at}>{date}</time> · {consent.origin}</Text>
      </span>
    </li>
  );
}
