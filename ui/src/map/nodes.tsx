import { ActionIcon, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconArrowDownRight, IconCheck, IconDots, IconPlus, IconTargetArrow } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useReactFlow, type NodeProps, type Node } from "@xyflow/react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../charts/palette";
import { stageHue, stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { useTemplateName } from "../messages/templateName";
import type { ContentItem } from "./content";
import { useMap } from "./context";
import { FindingsBadge } from "./FindingsBadge";
import { Flows } from "./Flows";
import { CHANNEL_ICONS, CONTENT_ICONS } from "./icons";
import type { Place } from "./layout";
import { CONTENT_MAX } from "./layout";
import classes from "./nodes.module.css";
import { targetDigits } from "./targets";

type PlaceNode = Node<{ place: Place }>;
type Card = ComponentType<{ place: Place }>;

/** Cards do not take part in panning, so that a press on one is a press. */
const PRESSABLE = "nodrag nopan";

/** Moves the map when a card that got the focus lies outside of the view. */
function useReveal(place: Place) {
  const flow = useReactFlow();
  const { layout } = useMap();
  return (event: React.FocusEvent<HTMLElement>) => {
    if (layout.isNarrow || !event.currentTarget.matches(":focus-visible")) return;
    const frame = event.currentTarget.closest(".react-flow")?.getBoundingClientRect();
    const box = event.currentTarget.getBoundingClientRect();
    if (!frame || (box.top >= frame.top && box.bottom <= frame.bottom && box.left >= frame.left && box.right <= frame.right)) return;
    void flow.setCenter(place.x + place.width / 2, place.y + place.height / 2, { zoom: flow.getZoom() });
  };
}

function useStage(index: number) {
  const { model, actions } = useMap();
  const { i18n, t } = useTranslation("map");
  const stage = model.stages[index];
  return {
    stage,
    key: stage?.key ?? "",
    name: stage ? stageName(stage, i18n.language) || t("newStage") : "",
    numbers: model.numbers?.stages[index],
    hue: stageColor(stageHue(stage, index)),
    findings: stage ? (model.findings.stages.get(stage.id) ?? []) : [],
    open: () => actions.open(stage?.key ?? ""),
  };
}

const Lane: Card = ({ place }) => {
  const { hue } = useStage(place.index);
  return <div className={classes["lane"]} style={{ "--hue": hue } as React.CSSProperties} />;
};

const Channel: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const { model, layout } = useMap();
  const format = useFormat();
  const channels = model.numbers?.channels ?? [];
  const isRest = place.index >= layout.channelsShown;
  const some = isRest ? channels.slice(layout.channelsShown) : channels.slice(place.index, place.index + 1);
  const count = some.reduce((sum, one) => sum + one.count, 0);
  const won = some.reduce((sum, one) => sum + one.won, 0);
  const id = some[0]?.id ?? "";
  const kind = model.document.channels?.find((known) => known.id === id)?.kind;
  const Icon = CHANNEL_ICONS[isRest || !kind ? "other" : kind];
  const name = isRest ? t("otherChannels", { count: some.length }) : id === "" ? t("noChannel") : model.channelName(id);
  return (
    <div className={classes["channel"]}>
      <Icon size={18} stroke={1.5} aria-hidden />
      <div className={classes["words"]}>
        <span className={classes["title"]} title={name}>{name}</span>
        <span className={classes["quiet"]}>{t("channelBuys", { shown: format.integer(count), rate: format.percent(count > 0 ? won / count : null) })}</span>
      </div>
      {!isRest && <FindingsBadge findings={model.findings.channels.get(id) ?? []} name={name} />}
    </div>
  );
};

const Stage: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const { model } = useMap();
  const format = useFormat();
  const reveal = useReveal(place);
  const { name, key, numbers, hue, findings, open } = useStage(place.index);
  const shown = numbers ? format.integer(numbers.count) : "–";
  const currency = model.document.currency;
  return (
    <div className={classes["stage"]} style={{ "--hue": hue } as React.CSSProperties}>
      <UnstyledButton className={`${classes["stageButton"] ?? ""} ${PRESSABLE}`} data-stage={key} onClick={open} onFocus={reveal}>
        <i className={classes["hue"]} aria-hidden />
        <span className={classes["words"]}>
          <span className={classes["stageName"]} title={name}>{name}</span>
          <span className={classes["count"]}>{shown}</span>
        </span>
        {numbers && (
          <span className={classes["stageSide"]}>
            {numbers.hoped !== null ? <Hoped share={numbers.hoped > 0 ? numbers.count / numbers.hoped : 1} hoped={format.integer(Math.round(numbers.hoped))} />
              : place.index > 0 ? <span className={classes["quiet"]}>{t("ofAll", { rate: format.percent(numbers.shareOfFirst) })}</span> : null}
            {numbers.value !== null && numbers.value >= 1 && <span className={classes["quiet"]}>{t("worthEach", { amount: format.money({ minor: Math.round(numbers.value), currency }, { whole: true }) })}</span>}
          </span>
        )}
        <VisuallyHidden>{t("openStage")}</VisuallyHidden>
      </UnstyledButton>
      <FindingsBadge findings={findings} name={name} />
    </div>
  );
};

/** People against the people hoped for. */
function Hoped({ share, hoped }: { share: number; hoped: string }) {
  const { t } = useTranslation("map");
  return (
    <span className={classes["hoped"]} data-verdict={share >= 1 ? "met" : "missed"}>
      <span className={classes["quiet"]}>{t("ofHoped", { hoped })}</span>
      <span className={classes["bar"]} aria-hidden><i style={{ width: `${Math.min(1, share) * 100}%` }} /></span>
    </span>
  );
}

const Content: Card = ({ place }) => {
  const { model, actions } = useMap();
  const reveal = useReveal(place);
  const { key } = useStage(place.index);
  const item = model.content[place.index]?.[place.item];
  if (!item) return null;
  const findings = model.findings.content.get(item.key) ?? [];
  const props = { className: `${classes["content"] ?? ""} ${PRESSABLE}`, "data-found": item.place === null || undefined, "data-missing": item.isMissing || undefined, onFocus: reveal };
  return (
    <div className={classes["holder"]}>
      {item.link ? <Link {...props} {...item.link}><Piece item={item} /></Link> : <UnstyledButton {...props} onClick={() => actions.open(key)}><Piece item={item} /></UnstyledButton>}
      <FindingsBadge findings={findings} name={item.title} />
    </div>
  );
};

function Piece({ item }: { item: ContentItem }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const templateName = useTemplateName();
  const Icon = CONTENT_ICONS[item.kind];
  const title = item.kind === "message" && item.title === item.id ? templateName(item.id) : item.title || t(`kinds.${item.kind}`);
  const words = item.isMissing ? t("isMissing")
    : item.count === null ? (item.id === "" && item.kind !== "ad" ? t("toBeMade") : t(`kinds.${item.kind}`))
    : item.bought !== null ? t("sawAndBought", { seen: format.integer(item.count), bought: format.integer(item.bought) })
    : t("people", { count: item.count, shown: format.integer(item.count) });
  return (
    <>
      {item.isMissing ? <IconAlertTriangle size={16} stroke={1.5} aria-hidden /> : <Icon size={16} stroke={1.5} aria-hidden />}
      <span className={classes["words"]}>
        <span className={classes["title"]} title={`${t(`kinds.${item.kind}`)}: ${title}`}>{title}</span>
        <span className={classes["quiet"]}>{words}</span>
      </span>
    </>
  );
}

const More: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const { model } = useMap();
  const reveal = useReveal(place);
  const { open } = useStage(place.index);
  const count = (model.content[place.index]?.length ?? 0) - CONTENT_MAX + 1;
  return (
    <UnstyledButton className={`${classes["content"] ?? ""} ${PRESSABLE}`} data-found onClick={open} onFocus={reveal}>
      <IconDots size={16} stroke={1.5} aria-hidden />
      <span className={classes["title"]}>{t("more", { count })}</span>
    </UnstyledButton>
  );
};

const Rate: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const format = useFormat();
  const { numbers } = useStage(place.index);
  const next = numbers?.next;
  if (!next) return null;
  const Mark = next.verdict === "met" ? IconCheck : next.target !== null ? IconTargetArrow : null;
  const time = next.medianS === null ? null : format.duration(next.medianS);
  return (
    <div className={classes["rateRow"]}>
      <span className={classes["rate"]} data-verdict={next.verdict ?? undefined}>
        <strong>{format.percent(next.rate)}</strong>
        {next.target !== null && <span className={classes["target"]}>{Mark && <Mark size={13} stroke={2} aria-hidden />}{t("goal", { rate: format.percent(next.target, targetDigits(next.target)) })}</span>}
        {time && <span className={classes["time"]} data-verdict={next.withinVerdict ?? undefined}>{time}</span>}
      </span>
    </div>
  );
};

const Loss: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const { model, actions } = useMap();
  const format = useFormat();
  const reveal = useReveal(place);
  const { name, numbers } = useStage(place.index);
  const loss = numbers?.loss;
  if (!loss) return null;
  const money = (minor: number) => format.money({ minor, currency: model.document.currency }, { whole: true });
  const worst = model.numbers?.worst;
  const most = Math.max(1, ...(model.numbers?.stages ?? []).map(({ loss: one }) => one?.worth ?? one?.count ?? 0));
  const size = (loss.worth ?? loss.count) / most;
  const isPressable = loss.count > 0;
  return (
    <UnstyledButton className={`${classes["loss"] ?? ""} ${PRESSABLE}`} data-worst={worst === place.index || undefined} disabled={!isPressable} onFocus={reveal}
      onClick={() => actions.people(place.index, "dropped")}>
      <span className={classes["lossLine"]}>
        <span><IconArrowDownRight size={16} stroke={2} aria-hidden /><strong>{format.integer(loss.count)}</strong> {t("left", { rate: format.percent(loss.share) })}</span>
        {loss.worth !== null && loss.worth > 0 && <strong className={classes["worth"]}>{money(loss.worth)}</strong>}
      </span>
      <span className={classes["bar"]} aria-hidden><i style={{ width: `${size * 100}%` }} /></span>
      {(worst === place.index || (loss.gain ?? 0) > 0) && <span className={classes["lossLine"]}>
        <span className={classes["quiet"]}>{worst === place.index ? t("worst") : ""}</span>
        {loss.gain !== null && loss.gain > 0 && <Tooltip label={t("gainHint")} multiline w={260}><span className={classes["gain"]}>{t("gain", { amount: money(loss.gain) })}</span></Tooltip>}
      </span>}
      <VisuallyHidden>{t("showLost", { stage: name })}</VisuallyHidden>
    </UnstyledButton>
  );
};

const Add: Card = ({ place }) => {
  const { t } = useTranslation("map");
  const { actions } = useMap();
  const reveal = useReveal(place);
  const { name } = useStage(place.index);
  return (
    <Tooltip label={t("addAfter", { stage: name })}>
      <ActionIcon className={`${classes["add"] ?? ""} ${PRESSABLE}`} size={28} radius="xl" variant="default" aria-label={t("addAfter", { stage: name })} onFocus={reveal} onClick={() => actions.add(place.index + 1)}>
        <IconPlus size={16} stroke={1.5} />
      </ActionIcon>
    </Tooltip>
  );
};

/** Each kind of place as the map's library wants it: a component that gets the node. */
const asNode = (Shown: Card) => function PlacedCard({ data }: NodeProps<PlaceNode>) {
  return <Shown place={data.place} />;
};

export const NODE_TYPES = {
  streams: Flows,
  lane: asNode(Lane), channel: asNode(Channel), stage: asNode(Stage), content: asNode(Content), more: asNode(More), rate: asNode(Rate), loss: asNode(Loss), add: asNode(Add),
};
