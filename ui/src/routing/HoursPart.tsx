import { ActionIcon, Avatar, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconBuilding, IconPencil, IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { FormProblem } from "../components/FormProblem";
import { describeError } from "../components/problem";
import { Section } from "../components/Section";
import { usersQuery, type User } from "../deals/api";
import { useFormat } from "../i18n";
import { dayAt } from "../period";
import { useMay } from "../session/useMay";
import { Loaded } from "../settings/Loaded";
import rows from "../settings/SettingsScreen.module.css";
import { hoursQuery, ROUTING, saveCompanyHours, saveHours, type Hours, type WorkingHours } from "./api";
import { isPast, WEEKDAYS, weekTold } from "./hours";
import classes from "./Routing.module.css";

/** Monday the fifth of January 2026: names of weekdays are made from dates. */
const MONDAY_MS = Date.UTC(2026, 0, 5, 12);
const DAY_MS = 86_400_000;

function useDayName() {
  const format = useFormat();
  return (day: number, style: "short" | "long") => new Intl.DateTimeFormat(format.locale, { weekday: style, timeZone: "UTC" }).format(MONDAY_MS + (day - 1) * DAY_MS);
}

/** Roles that get deals. */
const WORKS: readonly string[] = ["rep", "manager"];

/** When the company works, and who works at other times or is away. */
export function HoursPart() {
  const { t } = useTranslation("team");
  const may = useMay();
  const hours = useQuery(hoursQuery);
  const { data: users } = useQuery(usersQuery);
  const { data: session } = useQuery(sessionQuery);
  const [editing, setEditing] = useState<User | "company" | null>(null);
  const canChange = may("routing.write");
  const own = (id: string, data: Hours) => data.people.find(({ user_id }) => user_id === id)?.hours;
  return (
    <Section title={t("hours.title")} hint={t("hours.hint")}>
      <Loaded query={hours}>
        {(data) => (
          <>
            <ul className={rows["rows"]}>
              <Row name={t("hours.company")} icon={<IconBuilding size={18} stroke={1.5} />} hours={data.company} canChange={canChange} onEdit={() => setEditing("company")} />
              {(users?.items ?? []).filter((user) => user.is_active && (WORKS.includes(user.role) || own(user.id, data))).map((user) => (
                <Row key={user.id} name={user.name} hours={own(user.id, data)} canChange={canChange || (session?.user?.id === user.id && may("deals.write"))} onEdit={() => setEditing(user)} />
              ))}
            </ul>
            {editing && <HoursForm user={editing === "company" ? null : editing} hours={editing === "company" ? data.company : own(editing.id, data)} company={data.company} onClose={() => setEditing(null)} />}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Row({ name, icon, hours, canChange, onEdit }: { name: string; icon?: React.ReactNode; hours: WorkingHours | undefined; canChange: boolean; onEdit: () => void }) {
  const { t } = useTranslation("team");
  const format = useFormat();
  const dayName = useDayName();
  const { data: session } = useQuery(sessionQuery);
  const [nowMs] = useState(() => Date.now());
  const today = dayAt(nowMs, session?.company?.timezone ?? "UTC");
  const away = (hours?.away ?? []).filter(({ until }) => !isPast(until, today)).map(({ from, until }) => (from === until ? format.date(`${from}T12:00:00Z`, "day") : format.dateRange(`${from}T12:00:00Z`, `${until}T12:00:00Z`)));
  const week = hours ? weekTold(hours.days, (day) => dayName(day, "short")) || t("hours.never") : t("hours.asCompany");
  const zone = hours && hours.time_zone !== session?.company?.timezone ? hours.time_zone : null;
  return (
    <li className={rows["row"]} data-nowrap>
      <Avatar {...(icon ? {} : { name })} color={icon ? "gray" : "fjord"} size={32} radius="xl" alt="">{icon}</Avatar>
      <div className={rows["rowMain"]}>
        <Text span fw={550}>{name}</Text>
        <Text size="sm" c="dimmed">{[week, zone, away.length > 0 ? t("hours.awayTold", { when: away.join(", ") }) : null].filter(Boolean).join(" · ")}</Text>
      </div>
      {canChange && <ActionIcon aria-label={t("hours.edit", { name })} onClick={onEdit}><IconPencil size={16} stroke={1.5} /></ActionIcon>}
    </li>
  );
}

function HoursForm({ user, hours, company, onClose }: { user: User | null; hours: WorkingHours | undefined; company: WorkingHours; onClose: () => void }) {
  const { t } = useTranslation(["team", "common"]);
  const queries = useQueryClient();
  const dayName = useDayName();
  const [draft, setDraft] = useState<WorkingHours>(hours ?? { ...company, away: [] });
  const save = useMutation({
    mutationFn: (wanted: WorkingHours | null) => (user ? saveHours(user.id, wanted) : saveCompanyHours(wanted ?? draft)),
    onSuccess: async () => { await queries.invalidateQueries({ queryKey: ROUTING }); onClose(); },
  });
  const zones = Intl.supportedValuesOf("timeZone");
  const change = (index: number, part: Partial<WorkingHours["days"][number]>) => setDraft({ ...draft, days: draft.days.map((one, place) => (place === index ? { ...one, ...part } : one)) });
  return (
    <Modal opened onClose={onClose} size={520} title={user ? t("hours.of", { name: user.name }) : t("hours.company")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(draft); }}>
        <Stack gap="md">
          <FormProblem message={save.isError ? describeError(save.error) : null} />
          <div>
            {WEEKDAYS.map((day) => {
              const stretches = draft.days.flatMap((one, index) => (one.day === day ? [{ ...one, index }] : []));
              const name = dayName(day, "long");
              if (stretches.length === 0) {
                return (
                  <div key={day} className={classes["day"]}>
                    <Text size="sm" c="dimmed">{name}</Text>
                    <Text size="sm" c="dimmed" style={{ gridColumn: "span 3" }}>{t("hours.free")}</Text>
                    <ActionIcon aria-label={t("hours.addTo", { day: name })} onClick={() => setDraft({ ...draft, days: [...draft.days, { day, from: "08:00", to: "16:00" }] })}><IconPlus size={16} /></ActionIcon>
                  </div>
                );
              }
              return stretches.map(({ index, from, to }) => (
                <div key={`${day}-${index}`} className={classes["day"]}>
                  <Text size="sm" fw={500}>{name}</Text>
                  <TextInput type="time" size="sm" aria-label={t("hours.from", { day: name })} value={from} onChange={(event) => change(index, { from: event.currentTarget.value })} />
                  <Text size="sm" c="dimmed" ta="center">–</Text>
                  <TextInput type="time" size="sm" aria-label={t("hours.to", { day: name })} value={to === "24:00" ? "23:59" : to} onChange={(event) => change(index, { to: event.currentTarget.value })} />
                  <ActionIcon aria-label={t("hours.removeFrom", { day: name })} onClick={() => setDraft({ ...draft, days: draft.days.filter((_, place) => place !== index) })}><IconX size={16} /></ActionIcon>
                </div>
              ));
            })}
          </div>
          <Select label={t("hours.zone")} searchable allowDeselect={false} limit={50} data={zones.includes(draft.time_zone) ? zones : [draft.time_zone, ...zones]} value={draft.time_zone} onChange={(time_zone) => time_zone && setDraft({ ...draft, time_zone })} />
          <AwayFields hours={draft} onChange={setDraft} />
          <Group justify="space-between">
            {user && hours ? <Button variant="subtle" color="gray" loading={save.isPending} onClick={() => save.mutate(null)}>{t("hours.useCompany")}</Button> : <span />}
            <Group gap={8}>
              <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
              <Button type="submit" loading={save.isPending}>{t("common:actions.save")}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function AwayFields({ hours, onChange }: { hours: WorkingHours; onChange: (hours: WorkingHours) => void }) {
  const { t } = useTranslation("team");
  const away = hours.away ?? [];
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const set = (next: typeof away) => onChange({ ...hours, away: next });
  const change = (index: number, part: Partial<(typeof away)[number]>) => set(away.map((one, place) => (place === index ? { ...one, ...part } : one)));
  return (
    <div>
      <Text size="sm" fw={500}>{t("hours.away")}</Text>
      <Stack gap={8} mt={4}>
        {away.map(({ from, until }, index) => (
          <Group key={index} gap={8} wrap="nowrap">
            <TextInput type="date" size="sm" style={{ flex: 1 }} aria-label={t("hours.awayFrom")} value={from} onChange={(event) => change(index, { from: event.currentTarget.value })} />
            <Text size="sm" c="dimmed">–</Text>
            <TextInput type="date" size="sm" style={{ flex: 1 }} aria-label={t("hours.awayUntil")} value={until} min={from} onChange={(event) => change(index, { until: event.currentTarget.value })} />
            <ActionIcon aria-label={t("hours.awayRemove")} onClick={() => set(away.filter((_, place) => place !== index))}><IconX size={16} /></ActionIcon>
          </Group>
        ))}
        <Button size="compact-sm" variant="subtle" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set([...away, { from: today, until: today }])}>{t("hours.awayAdd")}</Button>
      </Stack>
    </div>
  );
}
