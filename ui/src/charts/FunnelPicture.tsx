import { Skeleton } from "@mantine/core";
import { useElementSize, useId } from "@mantine/hooks";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FunnelAnswer, FunnelStepAnswer, PickKind } from "../api/types";
import type { Format } from "../format";
import { useFormat } from "../i18n";
import classes from "./FunnelPicture.module.css";
import { FunnelCard } from "./FunnelCard";
import { bandPath, biggestLeak, funnelShape, outlinePath, wispPaths, type FunnelShape } from "./funnelGeometry";
import { FunnelTable } from "./FunnelTable";
import { frameFor, type Frame } from "./funnelFrame";
import { stageColor } from "./palette";
import { useTween } from "./useTween";

export interface FunnelPictureProps {
  answer: FunnelAnswer;
  /** The same steps in another period, drawn as a ghost. */
  compared?: FunnelAnswer | undefined;
  /** Names to show instead of the answer's. */
  names?: readonly string[] | undefined;
  /** A number was chosen: who reached the step, or who left before it. Numbers are plain text without it. */
  onPick?: ((step: number, kind: PickKind) => void) | undefined;
  /** To fit into, such as a tile. */
  height?: number | undefined;
}

/** What is pointed at: a stage, or the way from the one before to it. */
export interface Pointed {
  step: number;
  part: "stage" | "join";
}

interface PartProps {
  steps: readonly FunnelStepAnswer[];
  names: readonly string[];
  before: readonly FunnelStepAnswer[] | undefined;
  frame: Frame;
  shape: FunnelShape;
  leak: number | null;
  onPick: FunnelPictureProps["onPick"];
  onPoint: (pointed: Pointed | null) => void;
}

/**
 * The signature picture: a band per stage, as thick as its people, narrowing by those who left, who peel away beside it.
 * Left to right where there is room, top to bottom on a phone. A table says the same to screen readers.
 */
export function FunnelPicture({ answer, compared, names, onPick, height }: FunnelPictureProps) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const shownNames = answer.steps.map((step, index) => names?.[index] ?? step.name);
  const before = compared?.steps.length === answer.steps.length ? compared.steps : undefined;
  const counts = useTween(answer.steps.map((step) => step.count));
  const scale = Math.max(1, ...answer.steps.map((step) => step.count), ...(before ?? []).map((step) => step.count));
  const frame = frameFor(width, answer.steps.length, height);
  const draw = (values: readonly number[]) => funnelShape({ ...frame.shape, counts: values, scale });
  const shape = draw(counts);
  const leak = biggestLeak(answer.steps.map((step) => step.count));
  const parts: PartProps = { steps: answer.steps, names: shownNames, before, frame, shape, leak, onPick, onPoint: setPointed };

  return (
    <figure style={{ margin: 0 }} aria-label={t("chart.funnel")}>
      <div ref={ref} className={classes["root"]} style={{ height: frame.height }} onMouseLeave={() => setPointed(null)}>
        {width > 0 && (
          <>
            <Drawing shape={shape} frame={frame} leak={leak} pointed={pointed} onPoint={setPointed}
              ghost={before ? draw(before.map((step) => step.count)) : undefined} />
            <Stages {...parts} />
            <Joins {...parts} />
            {pointed && (
              <FunnelCard pointed={pointed} frame={frame} shape={shape} names={shownNames} steps={answer.steps} before={before} />
            )}
          </>
        )}
      </div>
      <FunnelTable steps={answer.steps} names={shownNames} before={before} />
    </figure>
  );
}

/** Holds the picture's place while its numbers are on their way. */
export function FunnelPictureSkeleton({ steps = 4 }: { steps?: number }) {
  const { ref, width } = useElementSize();
  const { t } = useTranslation();
  const frame = frameFor(width, steps);
  return (
    <div ref={ref} style={{ height: frame.height }} role="status" aria-label={t("chart.loading")}>
      <Skeleton height={frame.height} radius="lg" />
    </div>
  );
}

interface DrawingProps {
  shape: FunnelShape;
  ghost: FunnelShape | undefined;
  frame: Frame;
  leak: number | null;
  pointed: Pointed | null;
  onPoint: (pointed: Pointed) => void;
}

function Drawing({ shape, ghost, frame, leak, pointed, onPoint }: DrawingProps) {
  const id = useId();
  const { isVertical, blocks, centre } = shape;
  const along = isVertical ? { x1: "0", y1: "0", x2: "0", y2: "1" } : { x1: "0", y1: "0", x2: "1", y2: "0" };
  const dim = (part: Pointed["part"], step: number) =>
    pointed && !(pointed.part === part && pointed.step === step) ? ` ${classes["dimmed"] ?? ""}` : "";
  return (
    <svg aria-hidden className={classes["svg"]} width={frame.svg.width} height={frame.svg.height}
      style={{ left: frame.svg.left, top: frame.svg.top }}>
      <defs>
        {blocks.slice(1).map((_, index) => (
          <linearGradient key={index} id={`${id}-band-${index}`} {...along}>
            <stop offset="0" stopColor={stageColor(index)} stopOpacity="0.42" />
            <stop offset="1" stopColor={stageColor(index + 1)} stopOpacity="0.42" />
          </linearGradient>
        ))}
        {["quiet", "leak"].map((kind) => (
          <linearGradient key={kind} id={`${id}-wisp-${kind}`} {...along}>
            <stop offset="0" stopColor={kind === "leak" ? "var(--leak)" : "var(--ghost)"} stopOpacity="0" />
            <stop offset="0.3" stopColor={kind === "leak" ? "var(--leak)" : "var(--ghost)"} stopOpacity={kind === "leak" ? 0.5 : 0.26} />
            <stop offset="1" stopColor={kind === "leak" ? "var(--leak)" : "var(--ghost)"} stopOpacity="0" />
          </linearGradient>
        ))}
      </defs>
      {blocks.slice(1).map((_, index) => (
        <g key={index} className={(classes["band"] ?? "") + dim("join", index + 1)}
          onMouseEnter={() => onPoint({ part: "join", step: index + 1 })}>
          {wispPaths(shape, index).map((path) => (
            <path key={path} d={path} fill={`url(#${id}-wisp-${leak === index + 1 ? "leak" : "quiet"})`} />
          ))}
          <path d={bandPath(shape, index)} fill={`url(#${id}-band-${index})`} />
        </g>
      ))}
      {blocks.map((block, index) => {
        const across = centre - block.thickness / 2;
        const size = block.end - block.start;
        const box = isVertical
          ? { x: across, y: block.start, width: block.thickness, height: size }
          : { x: block.start, y: across, width: size, height: block.thickness };
        return (
          <rect key={index} {...box} rx={Math.min(4, block.thickness / 2)} fill={stageColor(index)}
            className={(classes["block"] ?? "") + dim("stage", index)}
            onMouseEnter={() => onPoint({ part: "stage", step: index })} />
        );
      })}
      {ghost && <path d={outlinePath(ghost)} className={classes["ghost"]} />}
    </svg>
  );
}

/** A number that leads to its people, or plain text where nobody listens. */
function NumberButton(props: { className: string; label: string; onClick: (() => void) | undefined; onPoint: (on: boolean) => void; children: ReactNode }) {
  const events = {
    onMouseEnter: () => props.onPoint(true),
    onFocus: () => props.onPoint(true),
    onBlur: () => props.onPoint(false),
  };
  if (!props.onClick) return <span className={props.className} onMouseEnter={events.onMouseEnter}>{props.children}</span>;
  return (
    <button type="button" className={`number-button ${props.className}`} aria-label={props.label} onClick={props.onClick} {...events}>
      {props.children}
    </button>
  );
}

/** Widths of a character of each line of words, at most, in pixels. */
const COUNT_CHAR_PX = 13;
const SMALL_CHAR_PX = 7;
/** What the words beside a number take. */
const BEFORE_PX = 42;
const LEFT_PX = 76;

/** A number in full where it has room, else rounded: "2.5bn". Its label says it in full in any case. */
const roomy = (value: number, room: number, charPx: number, format: Format) => {
  const full = format.integer(value);
  return full.length * charPx <= room ? full : format.compact(value);
};

function Stages({ steps, names, before, frame, shape, onPick, onPoint }: PartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return steps.map((step, index) => {
    const shown = format.integer(step.count);
    const name = names[index] ?? step.name;
    const former = before?.[index];
    const box = frame.stageBox(shape, index);
    const room = Number(box.width);
    return (
      <div key={index} className={classes["stage"]} style={box}>
        <div className={classes["name"]} title={name}>
          <i className={classes["dot"]} style={{ background: stageColor(index) }} />
          <span>{name}</span>
        </div>
        <NumberButton className={classes["count"] ?? ""} label={t("chart.showReached", { shown, step: name })}
          onClick={onPick && step.count > 0 ? () => onPick(index, "converted") : undefined}
          onPoint={(on) => onPoint(on ? { part: "stage", step: index } : null)}>
          {roomy(step.count, room, COUNT_CHAR_PX, format)}
        </NumberButton>
        <span className={classes["quiet"]}>
          {former
            ? t("chart.beforeValue", { value: roomy(former.count, room - BEFORE_PX, SMALL_CHAR_PX, format) })
            : index > 0 && t("chart.ofFirst", { rate: format.percent(step.conversion_from_first) })}
        </span>
      </div>
    );
  });
}

function Joins({ steps, names, before, frame, shape, leak, onPick, onPoint }: PartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return steps.map((step, index) => {
    if (index === 0) return null;
    const name = names[index] ?? step.name;
    const rate = format.percent(step.conversion_from_prev);
    const former = before?.[index];
    const point = (on: boolean) => onPoint(on ? { part: "join", step: index } : null);
    const isLeak = leak === index;
    const loss = frame.lossBox(shape, index);
    return (
      <div key={index}>
        <button type="button" className={classes["rate"]} style={frame.ratePoint(shape, index)} disabled={!onPick || step.count === 0}
          aria-label={t("chart.rateLabel", { rate, step: name })} onClick={() => onPick?.(index, "converted")}
          onMouseEnter={() => point(true)} onFocus={() => point(true)} onBlur={() => point(false)}>
          {rate}
        </button>
        <div className={classes["loss"]} style={loss}>
          <NumberButton className={`${classes["lossButton"] ?? ""} ${isLeak ? (classes["leak"] ?? "") : ""}`}
            label={t("chart.showDropped", { shown: format.integer(step.dropped), step: name })}
            onClick={onPick && step.dropped > 0 ? () => onPick(index, "dropped") : undefined} onPoint={point}>
            {t("chart.left", { shown: roomy(step.dropped, Number(loss.width) - LEFT_PX, SMALL_CHAR_PX, format) })}
          </NumberButton>
          {isLeak ? (
            <span className={classes["leakTag"]}>{t("chart.biggestLeak")}</span>
          ) : (
            <span className={classes["quiet"]}>
              {former ? t("chart.beforeValue", { value: format.percent(former.conversion_from_prev) }) : format.duration(step.median_s)}
            </span>
          )}
        </div>
      </div>
    );
  });
}
