import { Menu } from "@mantine/core";
import { IconArrowBarToLeft, IconArrowBarToRight, IconDotsVertical, IconEyeOff, IconRoute } from "@tabler/icons-react";
import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { PathsChart, type PathsNode } from "../../charts/PathsChart";
import { EmptyState } from "../../components/EmptyState";
import { eventName, useFormat } from "../../i18n";
import { catalogQuery } from "../api";
import type { PathsAsk } from "../ask";
import classes from "./Answers.module.css";
import { pathSteps } from "./shape";
import { ValueTable } from "./ValueTable";
import type { ViewProps } from "./view";

const ROW_PX = 44;
const HEIGHT = { min: 360, max: 720 };
/** Less than this and the names of neighbouring steps would meet. */
const STEP_WIDTH_PX = 128;
const ROWS_SHOWN = 60;

export function PathsView({ ask, query, answer, tileHeight, onAsk }: ViewProps<"paths">) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const [chosen, setChosen] = useState<{ node: PathsNode; x: number; y: number } | null>(null);
  const { steps, labels } = useMemo(() => pathSteps(answer), [answer]);
  const nodes = useMemo((): PathsNode[] => {
    const hues = new Map(labels.map((label, index) => [label, index]));
    return steps.map((step) => ({
      ...step, label: eventName(step.label), hue: hues.get(step.label) ?? 0,
      facts: [[t("sessions"), format.integer(step.sessions)], [t("wentOn"), `${format.integer(step.onwards)} (${format.percent(step.sessions > 0 ? step.onwards / step.sessions : 0)})`]],
    }));
  }, [steps, labels, format, t]);
  const links = useMemo(() => answer.links.map((link) => {
    const from = steps.find(({ id }) => id === link.source)?.sessions ?? 0;
    return {
      ...link,
      facts: [[t("sessions"), format.integer(link.sessions)], [t("ofStep"), format.percent(from > 0 ? link.sessions / from : 0, 1)], [t("medianTime"), format.duration(link.median_s)]] as const,
    };
  }), [answer.links, steps, format, t]);
  const choose = useCallback((node: PathsNode, x: number, y: number) => setChosen({ node, x, y }), []);
  const rawLabel = (id: string) => steps.find((step) => step.id === id)?.label ?? "";
  if (answer.links.length === 0) {
    return <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}><EmptyState isCompact={tileHeight !== undefined} icon={IconRoute} title={t("noPaths")} hint={t("noPathsHint")} /></div>;
  }
  const columns = new Set(nodes.map(({ step }) => step)).size;
  const rows = Math.max(...[...new Set(nodes.map(({ step }) => step))].map((step) => nodes.filter((node) => node.step === step).length));
  const label = t("pathsLabel", { count: answer.sessions, shown: format.integer(answer.sessions) });
  return (
    <div className={classes["stack"]}>
      <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
        <div className={classes["sideways"]} tabIndex={0} role="region" aria-label={label}>
          <div className={classes["host"]} style={{ minWidth: columns * STEP_WIDTH_PX }}>
            <PathsChart label={label} nodes={nodes} links={links} height={tileHeight ?? Math.min(Math.max(rows * ROW_PX, HEIGHT.min), HEIGHT.max)} onChoose={onAsk ? choose : undefined} />
            {chosen && onAsk && (
              <Menu opened onClose={() => setChosen(null)} position="bottom-start">
                <Menu.Target><span className={classes["anchor"]} style={{ left: chosen.x, top: chosen.y }} /></Menu.Target>
                <Menu.Dropdown><NodeItems label={rawLabel(chosen.node.id)} ask={ask} onAsk={onAsk} /></Menu.Dropdown>
              </Menu>
            )}
          </div>
        </div>
        {tileHeight === undefined && (
          <p className={classes["note"]}>
            {[
              t("pathsSessions", { count: answer.sessions, shown: format.integer(answer.sessions) }),
              answer.one_step_sessions > 0 ? t("pathsOneStep", { shown: format.integer(answer.one_step_sessions) }) : "",
              answer.links_total > answer.links.length ? t("pathsCut", { shown: answer.links.length, total: format.integer(answer.links_total) }) : "",
            ].filter(Boolean).join(" ")}
          </p>
        )}
      </div>
      {tileHeight === undefined && (
        <ValueTable caption={t("tableOf", { what: label })} head={[t("stepName"), t("pathStep"), t("sessions"), t("wentOn"), ...(onAsk ? [t("more")] : [])]}
          rows={[...nodes].sort((a, b) => a.step - b.step || b.sessions - a.sessions).slice(0, ROWS_SHOWN).map((node) => ({
            key: node.id, name: node.label, hue: node.hue,
            cells: [
              query.end ? node.step - (query.max_steps ?? 5) || t("endStep") : node.step, format.integer(node.sessions), node.facts[1]?.[1] ?? "",
              ...(onAsk ? [
                <Menu key="menu">
                  <Menu.Target><ActionIcon aria-label={t("moreOf", { label: node.label })}><IconDotsVertical size={16} stroke={1.5} /></ActionIcon></Menu.Target>
                  <Menu.Dropdown><NodeItems label={rawLabel(node.id)} ask={ask} onAsk={onAsk} /></Menu.Dropdown>
                </Menu>,
              ] : []),
            ],
          }))} />
      )}
    </div>
  );
}

/** What can be asked of one step of a path. */
function NodeItems({ label, ask, onAsk }: { label: string; ask: PathsAsk; onAsk: (ask: PathsAsk) => void }) {
  const { t } = useTranslation("insights");
  const { data } = useQuery(catalogQuery());
  const open = { ...ask };
  delete open.start;
  delete open.end;
  const without = excluding(ask, label, data?.events.map(({ name }) => name) ?? []);
  return (
    <>
      <Menu.Label>{eventName(label)}</Menu.Label>
      <Menu.Item leftSection={<IconArrowBarToRight size={16} stroke={1.5} />} onClick={() => onAsk({ ...open, start: label })}>{t("startHere")}</Menu.Item>
      <Menu.Item leftSection={<IconArrowBarToLeft size={16} stroke={1.5} />} onClick={() => onAsk({ ...open, end: label })}>{t("endHere")}</Menu.Item>
      {without && <Menu.Item leftSection={<IconEyeOff size={16} stroke={1.5} />} onClick={() => onAsk(without)}>{t("excludeStep")}</Menu.Item>}
    </>
  );
}

/** The question without a step: an event is left out of those asked, a page is filtered away; a group's name cannot be. */
export function excluding(ask: PathsAsk, label: string, events: readonly string[]): PathsAsk | null {
  const asked = ask.events?.length ? ask.events : events;
  if (asked.includes(label)) {
    const rest = asked.filter((event) => event !== label);
    return rest.length > 0 ? { ...ask, events: rest } : null;
  }
  const [rule] = ask.by_prop ?? [];
  if (!rule || ask.group?.some(({ as }) => as === label)) return null;
  const others = (ask.where ?? []).filter(({ prop, op }) => !(prop === rule.prop && op === "not_in"));
  const former = ask.where?.find(({ prop, op }) => prop === rule.prop && op === "not_in");
  return { ...ask, where: [...others, { prop: rule.prop, op: "not_in", values: [...(former?.values ?? []), label] }] };
}
