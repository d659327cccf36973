import type { Config, Field, Fields } from "@puckeditor/core";
import type { ComponentType, CSSProperties, ReactNode } from "react";
import classes from "./blocks.module.css";
import { DateField, ImageField } from "./fields";

/** Everything a text of the editor's fields may be called; see `field` in the locale files. */
export type FieldText = (name: string) => string;

export interface Choice {
  value: string;
  label: string;
}

const ICONS = ["check", "clock", "calendar", "shield", "heart", "star", "phone", "mail", "pin", "gift", "people", "chart", "leaf", "spark", "lock", "wallet", "chat", "tooth", "smile", "truck"];
const FIELD_KINDS = ["text", "email", "phone", "select", "checkbox", "textarea", "hidden"];
const PURPOSES = ["marketing", "terms", "special_data"];
const ITEMS_MAX = 40;
const FIELDS_MAX = 30;
const CONSENTS_MAX = 8;

const NO_LINK = { label: "", url: "" };
const NO_IMAGE = { src: "", alt: "", width: null, height: null };
const EMAIL_FIELD = { name: "email", type: "email", label: "E-mail", placeholder: "", help: "", required: true, options: [], value: "" };
const EMPTY_FORM = { name: "", fields: [EMAIL_FIELD], consents: [], submit_label: "", double_opt_in: false, success_heading: "", success_text: "", redirect_url: "", magnet: "" };

/** The props every block of a type has; what a document leaves out is filled in from here. */
export const DEFAULTS: Record<string, Record<string, unknown>> = {
  Hero: { eyebrow: "", heading: "", text: "", points: [], primary: NO_LINK, secondary: NO_LINK, image: NO_IMAGE, layout: "split", background: "plain", aside: [] },
  Text: { html: "", align: "start", width: "narrow", background: "plain" },
  Image: { image: NO_IMAGE, caption: "", url: "", size: "wide" },
  Video: { url: "", title: "", poster: NO_IMAGE, caption: "", background: "plain" },
  Benefits: { heading: "", text: "", items: [], background: "plain" },
  Steps: { heading: "", text: "", items: [], background: "plain" },
  Testimonials: { heading: "", items: [], background: "plain" },
  Faq: { heading: "", items: [], background: "plain" },
  Countdown: { heading: "", text: "", deadline: "", expired_text: "", button: NO_LINK, background: "plain" },
  Guarantee: { heading: "", text: "", signed_by: "", icon: "shield", background: "plain" },
  Form: { heading: "", text: "", form: EMPTY_FORM, note: "", background: "plain" },
  Button: { label: "", url: "", kind: "primary", align: "start", note: "" },
  Columns: { ratio: "half", background: "plain", left: [], right: [] },
  Spacer: { size: "medium" },
  Divider: {},
  LogoRow: { heading: "", logos: [] },
};

export const ROOT_DEFAULTS = { title: "", description: "", slug: "", og_image: "", canonical: "", noindex: false, alternates: [] };

/** Builds the editor's blocks: one for each of the server's, with the same names of props. */
export function makeConfig(text: FieldText, choiceName: FieldText, blockName: FieldText, magnets: readonly Choice[]): Config {
  const line = (name: string): Field => ({ type: "text", label: text(name) });
  const lines = (name: string): Field => ({ type: "textarea", label: text(name) });
  const choice = (name: string, values: readonly string[]): Field => ({ type: "select", label: text(name), options: values.map((value) => ({ value, label: choiceName(value) })) });
  const flag = (name: string): Field => ({ type: "radio", label: text(name), options: [{ value: true, label: choiceName("yes") }, { value: false, label: choiceName("no") }] });
  const group = (name: string, objectFields: Record<string, Field>): Field => ({ type: "object", label: text(name), objectFields }) as Field;
  const link = (name: string) => group(name, { label: line("label"), url: line("url") });
  const image = (name: string): Field => ({ type: "custom", label: text(name), render: (props) => <ImageField {...props} label={text(name)} /> });
  const slot: Field = { type: "slot" };
  const list = (name: string, fields: Record<string, Field>, blank: Record<string, unknown>, title: string, max = ITEMS_MAX): Field =>
    ({ type: "array", label: text(name), arrayFields: fields, defaultItemProps: blank, max, getItemSummary: (item: Record<string, unknown>) => str(item[title]) || text("item") }) as Field;
  const background = choice("background", ["plain", "tint", "deep"]);
  const icon = choice("icon", ICONS);
  const align = choice("align", ["start", "center"]);
  const heading = line("heading");
  const paragraph = lines("text");
  const options = list("options", { value: line("value"), label: line("label") }, { value: "", label: "" }, "label", 250);
  const question = { label: line("label"), name: line("keptAs"), type: choice("type", FIELD_KINDS), required: flag("required"), placeholder: line("placeholder"), help: line("help"), options, value: line("preset") };
  const form = group("form", {
    name: line("reportName"),
    fields: list("fields", question, { ...EMAIL_FIELD, name: "", type: "text", label: "", required: false }, "label", FIELDS_MAX),
    consents: list("consents", { text: lines("consentText"), name: line("keptAs"), purpose: choice("purpose", PURPOSES), required: flag("required") }, { name: "news", purpose: "marketing", text: "", required: false }, "text", CONSENTS_MAX),
    submit_label: line("submit_label"),
    double_opt_in: flag("double_opt_in"),
    magnet: { type: "select", label: text("magnet"), options: [{ value: "", label: text("noMagnet") }, ...magnets] },
    success_heading: line("success_heading"),
    success_text: lines("success_text"),
    redirect_url: line("redirect_url"),
  });
  const fields: Record<string, Record<string, Field>> = {
    Hero: { eyebrow: line("eyebrow"), heading, text: paragraph, points: list("points", { text: line("text") }, { text: "" }, "text"), primary: link("primary"), secondary: link("secondary"), image: image("image"), layout: choice("layout", ["split", "center"]), background, aside: slot },
    Text: { html: { type: "richtext", label: text("text"), contentEditable: false }, align, width: choice("width", ["narrow", "wide"]), background },
    Image: { image: image("image"), caption: line("caption"), url: line("url"), size: choice("size", ["narrow", "wide", "full"]) },
    Video: { url: line("videoUrl"), title: line("title"), poster: image("poster"), caption: line("caption"), background },
    Benefits: { heading, text: paragraph, items: list("items", { icon, title: line("title"), text: paragraph }, { icon: "check", title: "", text: "" }, "title"), background },
    Steps: { heading, text: paragraph, items: list("items", { title: line("title"), text: paragraph }, { title: "", text: "" }, "title"), background },
    Testimonials: { heading, items: list("items", { quote: lines("quote"), name: line("name"), role: line("role"), image: image("portrait"), rating: { type: "number", label: text("rating"), min: 0, max: 5 } }, { quote: "", name: "", role: "", image: NO_IMAGE, rating: 0 }, "name"), background },
    Faq: { heading, items: list("items", { question: line("question"), answer: lines("answer") }, { question: "", answer: "" }, "question"), background },
    Countdown: { heading, text: paragraph, deadline: { type: "custom", label: text("deadline"), render: (props) => <DateField {...props} label={text("deadline")} /> }, expired_text: line("expired_text"), button: link("button"), background },
    Guarantee: { heading, text: paragraph, signed_by: line("signed_by"), icon, background },
    Form: { heading, text: paragraph, form, note: line("note"), background },
    Button: { label: line("label"), url: line("url"), kind: choice("kind", ["primary", "secondary"]), align, note: line("note") },
    Columns: { ratio: choice("ratio", ["half", "wide_left", "wide_right"]), background, left: slot, right: slot },
    Spacer: { size: choice("size", ["small", "medium", "large"]) },
    Divider: {},
    LogoRow: { heading, logos: list("logos", { name: line("name"), image: image("image"), url: line("url") }, { name: "", image: NO_IMAGE, url: "" }, "name") },
  };
  const components = Object.fromEntries(
    Object.entries(fields).map(([type, own]) => [type, { label: blockName(type), fields: own as Fields, defaultProps: DEFAULTS[type] ?? {}, render: (props: Props) => <Look type={type} name={blockName(type)} props={props} /> }]),
  );
  const root = {
    fields: {
      title: line("title"), description: lines("description"), slug: line("slug"), og_image: line("og_image"), canonical: line("canonical"), noindex: flag("noindex"),
      alternates: list("alternates", { locale: line("locale"), url: line("url") }, { locale: "en", url: "" }, "locale"),
    },
    defaultProps: ROOT_DEFAULTS,
    render: ({ children }: { children: ReactNode }) => <div className={classes["page"]}>{children}</div>,
  };
  return { components, root };
}

type Props = Record<string, unknown>;
const str = (value: unknown): string => (typeof value === "string" ? value : "");
const rows = (value: unknown): Props[] => (Array.isArray(value) ? (value as Props[]) : []);
const SPACES: Record<string, number> = { small: 24, medium: 48, large: 96 };

/** A likeness of a block, enough to write by; the preview shows what visitors see. */
function Look({ type, name, props }: { type: string; name: string; props: Props }) {
  const background = str(props["background"]);
  const style: CSSProperties = props["align"] === "center" || props["layout"] === "center" ? { textAlign: "center" } : {};
  return <section className={classes["block"]} data-background={background} style={style}>{body(type, name, props)}</section>;
}

function body(type: string, name: string, props: Props): ReactNode {
  const head = str(props["heading"]);
  const title = head && <h2 className={classes["heading"]} data-big={type === "Hero" || undefined}>{head}</h2>;
  const paragraph = str(props["text"]) && <p>{str(props["text"])}</p>;
  const items = rows(props["items"]);
  switch (type) {
    case "Hero":
      return (<><small>{str(props["eyebrow"])}</small>{title || <h2 className={classes["empty"]}>{name}</h2>}{paragraph}{rows(props["points"]).map((point, index) => <div key={index}>✓ {str(point["text"])}</div>)}<LinkLook link={props["primary"]} /><LinkLook link={props["secondary"]} isQuiet /><Picture image={props["image"]} /><SlotLook slot={props["aside"]} /></>);
    case "Text":
      return <div>{(props["html"] as ReactNode) || <span className={classes["empty"]}>{name}</span>}</div>;
    case "Image":
      return (<><Picture image={props["image"]} fallback={name} /><small>{str(props["caption"])}</small></>);
    case "Video":
      return (<><div className={classes["picture"]}>▶ {str(props["title"]) || name}</div><small>{str(props["caption"])}</small></>);
    case "Columns":
      return <div className={classes["columns"]} data-ratio={str(props["ratio"])}><div><SlotLook slot={props["left"]} /></div><div><SlotLook slot={props["right"]} /></div></div>;
    case "Form":
      return <FormLook title={title} paragraph={paragraph} props={props} name={name} />;
    case "Button":
      return (<><LinkLook link={{ label: str(props["label"]) || name, url: "#" }} isQuiet={props["kind"] === "secondary"} /><br /><small>{str(props["note"])}</small></>);
    case "Spacer":
      return <div style={{ height: SPACES[str(props["size"])] ?? 48 }} />;
    case "Divider":
      return <hr className={classes["line"]} />;
    case "LogoRow":
      return (<>{title}<div className={classes["row"]}>{rows(props["logos"]).map((logo, index) => <strong key={index}>{str(logo["name"])}</strong>)}</div></>);
    default:
      return (
        <>
          {title || <h2 className={classes["empty"]}>{name}</h2>}
          {paragraph}
          <div className={classes["row"]}>
            {items.map((item, index) => (
              <div key={index} className={classes["card"]}><strong>{str(item["title"]) || str(item["question"]) || str(item["name"])}</strong><div>{str(item["text"]) || str(item["answer"]) || str(item["quote"])}</div></div>
            ))}
          </div>
          <small>{str(props["deadline"]) || str(props["signed_by"])}</small>
          <LinkLook link={props["button"]} />
        </>
      );
  }
}

function FormLook({ title, paragraph, props, name }: { title: ReactNode; paragraph: ReactNode; props: Props; name: string }) {
  const form = (props["form"] ?? {}) as Props;
  return (
    <div className={classes["form"]}>
      {title || <h2 className={classes["empty"]}>{name}</h2>}
      {paragraph}
      {rows(form["fields"]).filter((field) => field["type"] !== "hidden").map((field, index) => <div key={index} className={classes["input"]}>{str(field["label"])}{field["required"] === true && " *"}</div>)}
      {rows(form["consents"]).map((consent, index) => <div key={index}>☐ <small>{str(consent["text"])}</small></div>)}
      <LinkLook link={{ label: str(form["submit_label"]) || "→", url: "#" }} />
      <div><small>{str(props["note"])}</small></div>
    </div>
  );
}

function LinkLook({ link, isQuiet = false }: { link: unknown; isQuiet?: boolean }) {
  const label = str((link as Props | undefined)?.["label"]);
  return label ? <span className={classes["button"]} data-quiet={isQuiet || undefined}>{label}</span> : null;
}

function Picture({ image, fallback }: { image: unknown; fallback?: string }) {
  const { src, alt } = (image ?? {}) as { src?: string; alt?: string };
  if (src) return <img src={src} alt={alt ?? ""} className={classes["image"]} />;
  return fallback ? <div className={classes["picture"]}>{fallback}</div> : null;
}

function SlotLook({ slot: Content }: { slot: unknown }) {
  if (typeof Content !== "function") return null;
  const Blocks = Content as ComponentType;
  return <Blocks />;
}
