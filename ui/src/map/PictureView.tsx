import { useQuery } from "@tanstack/react-query";
import { useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import type { Format } from "../format";
import { textFor } from "../localized";
import type { Days } from "../period";
import { brandQuery } from "../settings/api";
import { mix, paletteOf, parseColor, writeColor, type Rgb } from "../settings/palette";
import classes from "./PictureView.module.css";
import { winningIndex, type StageNumbers } from "./numbers";
import { fitted, PAGE, pictureShape, type PictureShape, type Slab } from "./pictureShape";
import type { MapModel } from "./model";
import { targetDigits } from "./targets";

interface Props {
  model: MapModel;
  days: Days;
  title: string;
  picture: Ref<HTMLDivElement>;
}

/** Paper is white in both schemes. */
const PAPER = { ink: "#19232c", quiet: "#5a6a75", line: "#dfe5e8", ghost: "#a9b6be", leak: "#b97c06", leakInk: "#8f5d02", leakQuiet: "#fff8e8" } as const;
const FONT = "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif";
const BLACK: Rgb = [8, 16, 22];
const LOGO = { width: 200, height: 40 };
/** Where losses are written, and how long the longest bar is. */
const LOSS = { left: 772, width: PAGE.width - PAGE.margin - 772 };
const WORDS = { right: 164 };
const BRAND_DEFAULT = { accent: "#0f6e6e", surface: "#ffffff", ink: "#14242b" };

interface Look {
  accent: string;
  onAccent: string;
  /** The colour of each slab: the company's, deeper from stage to stage. */
  slabs: string[];
}

function lookOf(accent: string, stages: number): Look {
  const palette = paletteOf({ ...BRAND_DEFAULT, accent });
  const base = parseColor(palette.accent) ?? BLACK;
  // White letters need dark slabs, black ones light slabs.
  const goal: Rgb = palette.onAccent === "#ffffff" ? BLACK : [255, 255, 255];
  const slabs = Array.from({ length: stages }, (_, index) => writeColor(mix(base, goal, stages > 1 ? (index / (stages - 1)) * 0.5 : 0)));
  return { accent: palette.accent, onAccent: palette.onAccent, slabs };
}

/** The classic picture of a funnel on one page: for the wall, for a slide, for whoever asks how it goes. */
export default function PictureView({ model, days, title, picture }: Props) {
  const { t } = useTranslation("map");
  const { data: session } = useQuery(sessionQuery);
  const { data: brand } = useQuery(brandQuery);
  const format = useFormat();
  const [drawnAt] = useState(() => Date.now());
  const numbers = model.numbers;
  const shape = pictureShape(model.stages.length);
  const look = lookOf(brand?.accent ?? BRAND_DEFAULT.accent, model.stages.length);
  const company = brand?.name.trim() || session?.company?.name || "";
  const range = format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`);
  const money = (minor: number) => format.money({ minor, currency: model.document.currency }, { whole: true });
  const stages = numbers?.stages ?? [];
  const most = Math.max(1, ...stages.map(({ loss }) => loss?.worth ?? loss?.count ?? 0));
  const isWorthKnown = stages.some(({ loss }) => loss?.worth);
  return (
    <div ref={picture} className={classes["wall"]} data-stale={model.isStale || undefined}>
      <svg className={classes["page"]} viewBox={`0 0 ${PAGE.width} ${PAGE.height}`} fontFamily={FONT} role="img" aria-label={t("picture.label")}>
        <title>{`${title}, ${range}`}</title>
        <rect width={PAGE.width} height={PAGE.height} fill="#ffffff" />
        <rect width={PAGE.width} height="8" fill={look.accent} />
        <Head company={company} title={title} range={range} logo={brand?.logo.src ?? ""} look={look} />
        <Figures model={model} money={money} format={format} look={look} />
        {model.stages.map((stage, index) => {
          const slab = shape.slabs[index];
          const stageNumbers = stages[index];
          return slab && (
            <g key={stage.key}>
              {stageNumbers?.loss && <Wisp slab={slab} shape={shape} isWorst={numbers?.worst === index} count={stageNumbers.loss.count} />}
              <StageSlab stage={model.document.stages[index]} slab={slab} count={stageNumbers?.count ?? 0} fill={look.slabs[index] ?? look.accent} ink={look.onAccent} shape={shape} />
              {stageNumbers && <GoingOn numbers={stageNumbers} slab={slab} shape={shape} look={look} />}
              {stageNumbers?.loss && <Lost loss={stageNumbers.loss} slab={slab} shape={shape} most={most} money={money} isWorst={numbers?.worst === index} accent={look.accent} />}
            </g>
          );
        })}
        <line x1={PAGE.margin} x2={PAGE.width - PAGE.margin} y1="748" y2="748" stroke={PAPER.line} />
        <text x={PAGE.margin} y="768" fontSize="10.5" fill={PAPER.quiet}>{t(isWorthKnown ? "picture.footWorth" : "picture.foot")}</text>
        <text x={PAGE.width - PAGE.margin} y="768" fontSize="10.5" fill={PAPER.quiet} textAnchor="end">{t("picture.made", { company, date: format.date(drawnAt) })}</text>
      </svg>
    </div>
  );
}

function Head({ company, title, range, logo, look }: { company: string; title: string; range: string; logo: string; look: Look }) {
  return (
    <g>
      {logo ? <image href={logo} x={PAGE.margin} y="36" width={LOGO.width} height={LOGO.height} preserveAspectRatio="xMinYMid meet" /> : <text x={PAGE.margin} y="62" fontSize="15" fontWeight="650" fill={look.accent} letterSpacing="-0.01em">{fitted(company, 400, 15)}</text>}
      <text x={PAGE.margin} y="108" fontSize="36" fontWeight="680" letterSpacing="-0.025em" fill={PAPER.ink}>{fitted(title, 520, 36)}</text>
      <text x={PAGE.margin} y="134" fontSize="15" fill={PAPER.quiet}>{range}</text>
    </g>
  );
}

/** The whole in a few figures, at the top right. */
function Figures({ model, money, format, look }: { model: MapModel; money: (minor: number) => string; format: Format; look: Look }) {
  const { t } = useTranslation("map");
  const { numbers, document } = model;
  if (!numbers) return null;
  const winning = winningIndex(document);
  const [first, last] = [numbers.stages[0]?.count ?? 0, numbers.stages[winning]?.count ?? 0];
  const worth = numbers.stages.reduce((sum, { loss }) => sum + (loss?.worth ?? 0), 0);
  const figures: { label: string; value: string; isMain?: boolean }[] = [
    { label: t("picture.start"), value: format.integer(first) },
    { label: t("picture.sales"), value: format.integer(last) },
    { label: t("picture.overall"), value: format.percent(first > 0 ? last / first : null, 1), isMain: true },
    ...(numbers.revenue ? [{ label: t("picture.revenue"), value: money(numbers.revenue) }] : []),
    ...(worth > 0 ? [{ label: t("picture.lost"), value: money(worth) }] : []),
  ];
  const widths = figures.map(({ value, label }) => Math.max(64, value.length * 13.5, label.length * 6.6) + 30);
  let right = PAGE.width - PAGE.margin;
  return (
    <g>
      {figures.map((_, back) => {
        const at = figures.length - 1 - back;
        const figure = figures[at];
        const x = right;
        right -= widths[at] ?? 0;
        return figure && (
          <g key={figure.label} textAnchor="end">
            <text x={x} y="108" fontSize="23" fontWeight="650" letterSpacing="-0.02em" fill={figure.isMain ? look.accent : PAPER.ink}>{figure.value}</text>
            <text x={x} y="130" fontSize="12" fill={PAPER.quiet}>{figure.label}</text>
          </g>
        );
      })}
    </g>
  );
}

function StageSlab({ stage, slab, count, fill, ink, shape }: { stage: MapModel["document"]["stages"][number] | undefined; slab: Slab; count: number; fill: string; ink: string; shape: PictureShape }) {
  const { i18n } = useTranslation();
  const format = useFormat();
  const name = stage ? stageName(stage, i18n.language) : "";
  const purpose = stage ? textFor(stage.purpose, i18n.language) : "";
  const middle = (slab.top + slab.bottom) / 2;
  const isTall = shape.slabHeight >= 46;
  const [small, large] = isTall ? [14, Math.min(30, shape.slabHeight * 0.42)] : [Math.min(13, shape.slabHeight * 0.5), Math.min(15, shape.slabHeight * 0.58)];
  const room = slab.lower * 2 - 24;
  return (
    <g fill={ink} textAnchor="middle">
      <title>{purpose ? `${name}: ${purpose}` : name}</title>
      <path d={slab.path} fill={fill} />
      {isTall ? (
        <>
          <text x={shape.centre} y={middle - large * 0.22} fontSize={small} fontWeight="550" fillOpacity="0.88">{fitted(name, room, small)}</text>
          <text x={shape.centre} y={middle + large * 0.78} fontSize={large} fontWeight="680" letterSpacing="-0.02em">{format.integer(count)}</text>
        </>
      ) : (
        <text x={shape.centre} y={middle + large * 0.36} fontSize={small} fontWeight="550">
          {fitted(name, room - 60, small)} <tspan fontSize={large} fontWeight="700" dx="6">{format.integer(count)}</tspan>
        </text>
      )}
    </g>
  );
}

/** Between two slabs: the share that goes on, what was hoped for, and how long it takes. */
function GoingOn({ numbers, slab, shape, look }: { numbers: StageNumbers; slab: Slab; shape: PictureShape; look: Look }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const { next } = numbers;
  if (!next) return null;
  const y = slab.bottom + shape.gap / 2;
  const size = Math.min(15, Math.max(9, shape.gap * 0.56));
  const color = next.verdict === "met" ? look.accent : next.verdict === "missed" ? PAPER.leakInk : PAPER.quiet;
  const time = next.medianS === null ? "" : format.duration(next.medianS);
  const rate = format.percent(next.rate);
  const small = Math.min(13, size);
  const goal = next.target === null ? [] : [{ text: t("picture.goal", { rate: format.percent(next.target, targetDigits(next.target)) }), fill: color, weight: 620 }];
  const both = [...goal, ...(time ? [{ text: time, fill: PAPER.quiet as string, weight: 400 }] : [])];
  // Two lines need the height of two.
  const beside = shape.slabHeight + shape.gap >= 2.8 * small ? both : both.slice(0, 1);
  /** The pair of arrow and share stands in the middle. */
  const shift = 8;
  const chevron = shape.centre + shift - rate.length * size * 0.31 - 18;
  return (
    <g>
      <path d={`M${chevron} ${y - 2}l4.5 4.5l4.5 -4.5`} fill="none" stroke={PAPER.ghost} strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
      <text x={shape.centre + shift} y={y + size * 0.36} fontSize={size} fontWeight="680" textAnchor="middle" fill={PAPER.ink}>{rate}</text>
      <line x1={WORDS.right + 12} x2={shape.centre - slab.lower - 8} y1={y} y2={y} stroke={PAPER.line} />
      {beside.map(({ text, fill, weight }, line) => (
        <text key={text} x={WORDS.right} y={y + small * (0.36 + (line - (beside.length - 1) / 2) * 1.3)} fontSize={small} fontWeight={weight} fill={fill} textAnchor="end">{text}</text>
      ))}
    </g>
  );
}

/** The way out: a wisp from the slab's edge to what is said of those who took it. */
function Wisp({ slab, shape, isWorst, count }: { slab: Slab; shape: PictureShape; isWorst: boolean; count: number }) {
  if (count === 0) return null;
  const from = shape.centre + (slab.upper + slab.lower) / 2 - 10;
  const middle = (slab.top + slab.bottom) / 2;
  const y = slab.bottom + shape.gap / 2 - 4;
  const to = LOSS.left - 14;
  const bend = (from + to) / 2;
  const [near, far] = [shape.slabHeight * 0.3, 2];
  return (
    <path d={`M${from} ${middle - near}C${bend} ${middle - near} ${bend} ${y - far} ${to} ${y - far}L${to} ${y + far}C${bend} ${y + far} ${bend} ${middle + near} ${from} ${middle + near}Z`}
      fill={isWorst ? PAPER.leak : PAPER.ghost} fillOpacity={isWorst ? 0.34 : 0.22} />
  );
}

function Lost({ loss, slab, shape, most, money, isWorst, accent }: { loss: NonNullable<StageNumbers["loss"]>; slab: Slab; shape: PictureShape; most: number; money: (minor: number) => string; isWorst: boolean; accent: string }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const pitch = shape.slabHeight + shape.gap;
  const y = slab.bottom + shape.gap / 2;
  const size = Math.min(15, Math.max(9, pitch * 0.2));
  const small = Math.min(12, size * 0.86);
  const length = Math.max(2, ((loss.worth ?? loss.count) / most) * LOSS.width);
  const tone = isWorst ? PAPER.leakInk : PAPER.ink;
  const hasWords = pitch >= 62;
  return (
    <g>
      <text x={LOSS.left} y={y - 9} fontSize={size} fill={tone}><tspan fontWeight="680">{format.integer(loss.count)}</tspan> <tspan fill={isWorst ? tone : PAPER.quiet} fontSize={small}>{t("left", { rate: format.percent(loss.share) })}</tspan></text>
      {loss.worth !== null && loss.worth > 0 && <text x={PAGE.width - PAGE.margin} y={y - 9} fontSize={size} fontWeight="650" textAnchor="end" fill={tone}>{money(loss.worth)}</text>}
      <rect x={LOSS.left} y={y - 2} width={LOSS.width} height="6" rx="3" fill={PAPER.line} fillOpacity="0.6" />
      {loss.count > 0 && <rect x={LOSS.left} y={y - 2} width={length} height="6" rx="3" fill={isWorst ? PAPER.leak : PAPER.ghost} />}
      {hasWords && isWorst && <text x={LOSS.left} y={y + 21} fontSize={small} fontWeight="600" fill={PAPER.leakInk}>{t("picture.worst")}</text>}
      {hasWords && loss.gain !== null && loss.gain > 0 && <text x={PAGE.width - PAGE.margin} y={y + 21} fontSize={small} fontWeight="600" textAnchor="end" fill={accent}>{t("picture.gain", { amount: money(loss.gain) })}</text>}
    </g>
  );
}
