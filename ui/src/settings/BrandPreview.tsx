import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Brand, BrandFont } from "./api";
import classes from "./BrandTab.module.css";
import { paletteOf } from "./palette";

/** The letters that the server sets. */
export const FONT_STACKS: Record<BrandFont, string> = {
  system: "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue','Liberation Sans',Arial,sans-serif",
  humanist: "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',source-sans-pro,sans-serif",
  geometric: "Avenir,Montserrat,Corbel,'URW Gothic',source-sans-pro,sans-serif",
  oldstyle: "'Iowan Old Style','Palatino Linotype',Palatino,'URW Palladio L',P052,'Noto Serif',Georgia,serif",
  transitional: "Charter,'Bitstream Charter','Sitka Text',Cambria,'Noto Serif',Georgia,serif",
};

/** Corners of cards, buttons and fields, in pixels. */
const RADII_PX = { none: [0, 0, 0], small: [6, 4, 4], medium: [16, 10, 8], large: [24, 999, 12] } as const;
const SCALE_RATIOS = { calm: 1.2, balanced: 1.27, bold: 1.35 } as const;

/** A small page as visitors will see it, in the colours that the server reckons. */
export function BrandPreview({ brand }: { brand: Brand }) {
  const { t } = useTranslation("settings");
  const palette = paletteOf(brand);
  const [card, button, field] = RADII_PX[brand.radius];
  const isSerif = brand.heading_font === "oldstyle" || brand.heading_font === "transitional";
  const style = {
    "--p-surface": palette.surface,
    "--p-raised": palette.raised,
    "--p-tint": palette.tint,
    "--p-ink": palette.ink,
    "--p-muted": palette.muted,
    "--p-line": palette.line,
    "--p-border": palette.border,
    "--p-accent": palette.accent,
    "--p-on-accent": palette.onAccent,
    "--p-link": palette.link,
    "--p-heading": FONT_STACKS[brand.heading_font],
    "--p-body": FONT_STACKS[brand.body_font],
    "--p-heading-weight": isSerif ? "600" : "700",
    "--p-size": `${Math.round(15 * SCALE_RATIOS[brand.scale] ** 3)}px`,
    "--p-radius-card": `${card}px`,
    "--p-radius-button": `${button}px`,
    "--p-radius-field": `${field}px`,
  } as CSSProperties;
  const { footer } = brand;
  const imprint = [footer.legal_name, footer.org_number, footer.address].filter(Boolean).join(" · ");
  return (
    <div className={classes["page"]} style={style} role="img" aria-label={t("brand.previewLabel")}>
      <div className={classes["bar"]}>{brand.logo.src ? <img src={brand.logo.src} alt="" /> : brand.name}</div>
      <div className={classes["hero"]}>
        <p className={classes["headline"]}>{t("brand.sampleHeadline")}</p>
        <p className={classes["text"]}>{t("brand.sampleText")}</p>
        <span className={classes["button"]}>{t("brand.sampleButton")}</span>
      </div>
      <div className={classes["body"]}>
        <div className={classes["card"]}>
          {t("brand.sampleField")}
          <span className={classes["input"]}>kari@example.no</span>
          <span className={classes["anchor"]}>{t("brand.sampleLink")}</span>
        </div>
      </div>
      <div className={classes["footer"]}>{[imprint, ...footer.links.map(({ label }) => label)].filter(Boolean).join(" · ") || brand.name}</div>
    </div>
  );
}
