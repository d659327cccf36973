import { Menu } from "@mantine/core";
import { IconArrowBarToLeft, IconArrowBarToRight, IconDotsVertical, IconEyeOff, IconRoute } from "@tabler/icons-react";
import { ActionIcon } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { PathsChart, stepsIn, type PathsNode } from "../../charts/PathsChart";
import { EmptyState } from "../../components/EmptyState";
import { groupBy } from "../../groupBy";
import { eventName, useFormat } from "../../i18n";
import { catalogQuery } from "../api";
import { PATH_STEPS, type PathsAsk } from "../ask";
import classes from "./Answers.module.css";
import { foldPaths, isRest, pathSteps, type PathStep } from "./shape";
import { ValueTable } from "./ValueTable";
import type { ViewProps } from "./view";

const ROW_PX = 44;
const HEIGHT = { min: 360, max: 720, tileMin: 112 };
/** Less than this and a name is cut to nothing. */
const STEP_WIDTH_PX = { tile: 96, usual: 124 };
/** Beside a step so large a number is rounded. */
const COMPACT_FROM = 1_000_000;
/** The row of places above the drawing. */
const HEAD_PX = 24;
const ROWS_SHOWN = 60;

/** What is drawn of paths in a height, with the words that are told of it. */
function useDrawn(answer: ViewProps<"paths">["answer"], height: number) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const { steps, labels } = useMemo(() => pathSteps(answer), [answer]);
  return useMemo(() => {
    const hues = new Map(labels.map((label, index) => [label, index]));
    const told = (step: PathStep): PathsNode => ({
      ...step, label: isRest(step) ? t("restSteps", { count: step.folded }) : eventName(step.label), hue: isRest(step) ? null : (hues.get(step.label) ?? 0), shown: step.sessions < COMPACT_FROM ? format.integer(step.sessions) : format.compact(step.sessions),
      facts: [[t("sessions"), format.integer(step.sessions)], [t("wentOn"), `${format.integer(step.onwards)} (${format.percent(step.sessions > 0 ? step.onwards / step.sessions : 0)})`]],
    });
    const folded = foldPaths(steps, answer.links, stepsIn(height));
    const sizes = new Map(folded.steps.map(({ id, sessions }) => [id, sessions]));
    const links = folded.links.map((link) => ({
      ...link,
      facts: [[t("sessions"), format.integer(link.sessions)], [t("ofStep"), format.percent(link.sessions / Math.max(sizes.get(link.source) ?? 0, 1), 1)], ...(link.median_s === null ? [] : [[t("medianTime"), format.duration(link.median_s)] as const])] as const,
    }));
    return { all: steps.map(told), nodes: folded.steps.map(told), links };
  }, [steps, labels, answer.links, height, format, t]);
}

export function PathsView({ ask, query, answer, tileHeight, onAsk }: ViewProps<"paths">) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const { ref, width } = useElementSize();
  const [chosen, setChosen] = useState<{ node: PathsNode; x: number; y: number } | null>(null);
  const rows = Math.max(1, ...[...groupBy(answer.nodes, ({ step }) => step).values()].map((place) => place.length));
  const height = tileHeight === undefined ? Math.min(Math.max(rows * ROW_PX, HEIGHT.min), HEIGHT.max) : Math.max(tileHeight - HEAD_PX, HEIGHT.tileMin);
  const { all, nodes, links } = useDrawn(answer, height);
  const choose = useCallback((node: PathsNode, x: number, y: number) => setChosen({ node, x, y }), []);
  const rawLabel = (id: string) => answer.nodes.find((node) => node.id === id)?.label ?? "";
  if (answer.links.length === 0) {
    return <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}><EmptyState isCompact={tileHeight !== undefined} icon={IconRoute} title={t("noPaths")} hint={t("noPathsHint")} /></div>;
  }
  const places = [...new Set(nodes.map(({ step }) => step))].sort((a, b) => a - b);
  const label = t("pathsLabel", { count: answer.sessions, shown: format.integer(answer.sessions) });
  // Paths to an end are counted backwards from it.
  const placeName = (step: number) => (query.end ? step - (query.max_steps ?? PATH_STEPS.usual) || t("endStep") : step);
  return (
    <div className={classes["stack"]}>
      <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
        <div className={classes["sideways"]} tabIndex={0} role="region" aria-label={label}>
          <div ref={ref} className={classes["host"]} style={{ minWidth: places.length * STEP_WIDTH_PX[tileHeight === undefined ? "usual" : "tile"] }}>
            <div className={classes["places"]} style={{ gridTemplateColumns: `repeat(${places.length}, minmax(0, 1fr))`, height: HEAD_PX }} aria-hidden>
              {places.map((step) => <span key={step}>{query.end ? placeName(step) : t("placeNumber", { number: step })}</span>)}
            </div>
            <PathsChart label={label} nodes={nodes} links={links} height={height} width={width} onChoose={onAsk ? choose : undefined} />
            {chosen && onAsk && (
              <Menu opened onClose={() => setChosen(null)} position="bottom-start">
                <Menu.Target><span className={classes["anchor"]} style={{ left: chosen.x, top: chosen.y + HEAD_PX }} /></Menu.Target>
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
          rows={[...all].sort((a, b) => a.step - b.step || b.sessions - a.sessions).slice(0, ROWS_SHOWN).map((node) => ({
            key: node.id, name: node.label, hue: node.hue ?? 0,
            cells: [
              placeName(node.step), format.integer(node.sessions), node.facts[1]?.[1] ?? "",
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
