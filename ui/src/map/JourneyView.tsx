import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconArrowRight, IconMap2, IconMessageCheck, IconMessageQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, type ReactNode, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../charts/palette";
import { EmptyState } from "../components/EmptyState";
import { stageHue, stageName, type StageDocument } from "../funnels/document";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import type { Span } from "../period";
import { peopleOfQuery, sightingKey } from "./api";
import type { ContentItem } from "./content";
import { CONTENT_ICONS, PLACE_ICONS } from "./icons";
import { hasRow, isJourneyWritten, isUnanswered, ROWS, sightingOf, sightingsOf, touchpointsAt, type JourneyRow, type TouchpointRef, type Worry } from "./journey";
import classes from "./JourneyView.module.css";
import type { MapModel } from "./model";

interface Props {
  model: MapModel;
  span: Span;
  picture: Ref<HTMLDivElement>;
  onOpen: (stageKey: string) => void;
}

/** Below this the stages stand one below the other. */
const NARROW_BELOW = 720;
const COLUMN_MIN = 164;
const LABEL = 112;
/** What is printed on: A4 lying down, less its margins, in pixels. */
const PAPER_WIDTH = 1047;
const TRACK = 44;

/** How the funnel looks from the buyer's side: where they meet the company, what they look for, what makes them doubt. */
export default function JourneyView({ model, span, picture, onOpen }: Props) {
  const { t } = useTranslation("map");
  const { ref, width } = useElementSize();
  const frame = useMergedRef(ref, picture);
  const sightings = sightingsOf(model.document);
  const { data: seen } = useQuery({ ...peopleOfQuery(sightings, span), enabled: sightings.length > 0 });
  const rows = ROWS.filter((row) => model.document.stages.some((stage, index) => hasRow(stage, row, model.content[index]?.length ?? 0)));
  const isNarrow = width > 0 && width < NARROW_BELOW;
  const cell = (row: JourneyRow, index: number) => <Cell row={row} stage={model.document.stages[index]} content={model.content[index] ?? []} model={model} seen={seen} />;
  const stages = model.stages.map((stage, index) => ({ stage, index, hue: { "--hue": stageColor(stageHue(stage, index)) } as CSSProperties }));

  return (
    <div ref={frame} className={classes["root"]} data-stale={model.isStale || undefined}>
      {!isJourneyWritten(model.document) && <EmptyState isCompact icon={IconMap2} title={t("journey.empty")} hint={t("journey.emptyHint")} />}
      {isNarrow ? (
        stages.map(({ stage, index, hue }) => (
          <section key={stage.key} className={classes["stack"]} style={hue}>
            <Head model={model} index={index} onOpen={onOpen} />
            {rows.filter((row) => hasRow(stage, row, model.content[index]?.length ?? 0)).map((row) => <div key={row}><h3 className={classes["label"]}>{t(rowText(row))}</h3>{cell(row, index)}</div>)}
          </section>
        ))
      ) : width > 0 && (
        <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("journey.label")}>
          <div className={classes["grid"]} role="table" aria-label={t("journey.label")} style={gridStyle(stages.length)}>
            <div role="row" className={classes["row"]}>
              <span role="cell" />
              {stages.map(({ stage, index, hue }) => <div key={stage.key} role="columnheader" className={classes["head"]} style={hue}><Track model={model} index={index} /><Head model={model} index={index} onOpen={onOpen} /></div>)}
            </div>
            {rows.map((row) => (
              <div key={row} role="row" className={classes["row"]}>
                <h3 role="rowheader" className={classes["label"]}>{t(rowText(row))}</h3>
                {stages.map(({ stage, index, hue }) => <div key={stage.key} role="cell" className={classes["cell"]} style={hue}>{cell(row, index)}</div>)}
              </div>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

const gridStyle = (stages: number) => {
  const width = LABEL + stages * COLUMN_MIN;
  return { minWidth: width, gridTemplateColumns: `${LABEL}px repeat(${stages}, minmax(${COLUMN_MIN}px, 1fr))`, "--fit": Math.min(1, PAPER_WIDTH / width) } as CSSProperties;
};

const rowText = (row: JourneyRow) => `journey.${row}` as const;

/** The way itself: as wide as there are people on it, narrowing to the next stage. */
function Track({ model, index }: { model: MapModel; index: number }) {
  const stages = model.numbers?.stages ?? [];
  const most = Math.max(1, ...stages.map(({ count }) => count));
  const size = (at: number) => ((stages[at]?.count ?? 0) > 0 ? Math.max(((stages[at]?.count ?? 0) / most) * TRACK, 2) : 0);
  const [here, next] = [size(index), index < stages.length - 1 ? size(index + 1) : 0];
  const [a, b, middle] = [here / 2, next / 2, TRACK / 2];
  const isLast = index === stages.length - 1;
  const hue = stageColor(stageHue(model.stages[index], index));
  return (
    <svg aria-hidden className={classes["track"]} viewBox={`0 0 100 ${TRACK}`} preserveAspectRatio="none" height={TRACK} width="100%">
      {here > 0 && !isLast && <path d={`M0 ${middle - a}C60 ${middle - a} 60 ${middle - b} 100 ${middle - b}L100 ${middle + b}C60 ${middle + b} 60 ${middle + a} 0 ${middle + a}Z`} fill={hue} fillOpacity="0.34" />}
      {here > 0 && isLast && <rect x="0" y={middle - a} width="14" height={here} fill={hue} fillOpacity="0.34" />}
    </svg>
  );
}

function Head({ model, index, onOpen }: { model: MapModel; index: number; onOpen: (key: string) => void }) {
  const { t, i18n } = useTranslation("map");
  const format = useFormat();
  const stage = model.stages[index];
  const numbers = model.numbers?.stages[index];
  if (!stage) return null;
  const name = stageName(stage, i18n.language) || t("newStage");
  const shown = numbers ? format.integer(numbers.count) : "–";
  return (
    <UnstyledButton className={classes["stage"] ?? ""} onClick={() => onOpen(stage.key)}>
      <i aria-hidden />
      <span className={classes["facts"]}>
        <span className={classes["name"]} title={name}>{name}</span>
        <span className={classes["count"]}>{shown}</span>
        <span className={classes["quiet"]}>{numbers?.next ? t("journey.goOn", { rate: format.percent(numbers.next.rate) }) : "\u00a0"}</span>
      </span>
      <VisuallyHidden>{t("openStage")}</VisuallyHidden>
    </UnstyledButton>
  );
}

interface CellProps {
  row: JourneyRow;
  stage: StageDocument | undefined;
  content: readonly ContentItem[];
  model: MapModel;
  seen: ReadonlyMap<string, number> | undefined;
}

function Cell({ row, stage, content, model, seen }: CellProps) {
  const { i18n } = useTranslation();
  if (!stage) return null;
  const said = (texts: readonly Parameters<typeof textFor>[0][] | undefined, icon?: ReactNode) => (
    <ul className={classes["said"]}>{(texts ?? []).map((text, at) => <li key={at}>{icon}{textFor(text, i18n.language)}</li>)}</ul>
  );
  switch (row) {
    case "online":
    case "offline":
      return <ul className={classes["cards"]}>{touchpointsAt(stage, row).map((touchpoint, at) => <Touchpoint key={at} touchpoint={touchpoint} place={row} seen={seen} model={model} />)}</ul>;
    case "looksFor":
      return said(stage.journey?.looks_for);
    case "motivators":
      return said(stage.journey?.motivators, <IconArrowRight size={14} stroke={1.75} aria-hidden />);
    case "worries":
      return <ul className={classes["cards"]}>{(stage.journey?.worries ?? []).map((worry, at) => <Doubt key={at} worry={worry} model={model} />)}</ul>;
    case "content":
      return <ul className={classes["cards"]}>{content.map((item) => <Piece key={item.key} item={item} />)}</ul>;
  }
}

function Touchpoint({ touchpoint, place, seen, model }: { touchpoint: TouchpointRef; place: "online" | "offline"; seen: ReadonlyMap<string, number> | undefined; model: MapModel }) {
  const { i18n } = useTranslation();
  const format = useFormat();
  const sighting = sightingOf(touchpoint);
  const count = sighting && seen?.get(sightingKey(sighting));
  const Icon = PLACE_ICONS[place];
  return (
    <li className={classes["touchpoint"]} data-place={place}>
      <Icon size={16} stroke={1.5} aria-hidden />
      <span>
        {textFor(touchpoint.name, i18n.language)}
        {touchpoint.channel && <span className={classes["quiet"]}>{model.channelName(touchpoint.channel)}</span>}
      </span>
      {count !== null && count !== undefined && <strong>{format.integer(count)}</strong>}
    </li>
  );
}

function Doubt({ worry, model }: { worry: Worry; model: MapModel }) {
  const { t, i18n } = useTranslation("map");
  const items = model.content.flat();
  const content = worry.content ? items.find(({ id }) => id === worry.content) : undefined;
  const answer = textFor(worry.answer, i18n.language);
  const isOpen = isUnanswered(worry);
  return (
    <li className={classes["doubt"]} data-open={isOpen || undefined}>
      <p><IconMessageQuestion size={16} stroke={1.5} aria-hidden />{textFor(worry.text, i18n.language)}</p>
      <p className={classes["answer"]}>
        {!isOpen && <IconMessageCheck size={16} stroke={1.5} aria-label={t("journey.answer")} />}
        <span>
          {isOpen ? t("journey.unanswered") : answer}
          {worry.content && <span className={classes["by"]}>{content?.link ? <Link {...content.link} className={classes["link"]}>{content.title}</Link> : (content?.title ?? worry.content)}</span>}
        </span>
      </p>
    </li>
  );
}

function Piece({ item }: { item: ContentItem }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const Icon = CONTENT_ICONS[item.kind];
  return (
    <li className={classes["touchpoint"]}>
      <Icon size={16} stroke={1.5} aria-label={t(`kinds.${item.kind}`)} />
      <span>{item.link ? <Link {...item.link} className={classes["link"]}>{item.title || t(`kinds.${item.kind}`)}</Link> : item.title || t(`kinds.${item.kind}`)}</span>
      {item.count !== null && <strong>{format.integer(item.count)}</strong>}
    </li>
  );
}
