import type { ComponentConfig, Config, Field, WithPuckProps } from "@puckeditor/core";
import type { ReactNode } from "react";
import { CONSENTS_MAX, DEFAULTS, EMAIL_FIELD, FIELD_KINDS, FIELDS_MAX, ICONS, ITEMS_MAX, NO_IMAGE, PURPOSES, ROOT_DEFAULTS } from "./defaults";
import { DateField, ImageField, PictureField } from "./fields";
import { Look, type LookProps } from "./Look";
import classes from "./Look.module.css";

/** What blocks, fields and choices are called; see the locale files. */
export interface Words {
  block: (name: string) => string;
  field: (name: string) => string;
  /** A hint below the field, for those that have one. */
  help: (name: string) => string | undefined;
  choice: (name: string) => string;
}

export interface Choice {
  value: string;
  label: string;
}

type Shape = Record<string, Field>;

const slot: Field = { type: "slot" };
const FLAGS = [true, false].map((value) => ({ value, label: "" }));

/** Makes fields of one wording. `name` is the key of the label, and of the hint if there is one. */
function fieldMaker({ field, help, choice }: Words) {
  const base = (name: string) => {
    const hint = help(name);
    return { label: field(name), ...(hint ? { metadata: { help: hint } } : {}) };
  };
  return {
    line: (name: string): Field => ({ type: "text", ...base(name) }),
    lines: (name: string): Field => ({ type: "textarea", ...base(name) }),
    flag: (name: string): Field => ({ type: "radio", ...base(name), options: FLAGS }),
    number: (name: string, min: number, max: number): Field => ({ type: "number", ...base(name), min, max }),
    rich: (name: string): Field => ({ type: "richtext", ...base(name), contentEditable: false }),
    choice: (name: string, values: readonly string[]): Field => ({ type: "select", ...base(name), options: values.map((value) => ({ value, label: choice(value) })) }),
    choices: (name: string, options: Choice[]): Field => ({ type: "select", ...base(name), options }),
    group: (name: string, objectFields: Shape) => ({ type: "object", ...base(name), objectFields }) as Field,
    list: (name: string, arrayFields: Shape, defaultItemProps: Record<string, unknown>, max = ITEMS_MAX) => ({ type: "array", ...base(name), arrayFields, defaultItemProps, max }) as Field,
    image: (name: string): Field => ({ type: "custom", ...base(name), render: (props) => <ImageField {...props} label={field(name)} /> }),
    picture: (name: string): Field => ({ type: "custom", ...base(name), render: (props) => <PictureField {...props} label={field(name)} help={help(name)} /> }),
    moment: (name: string): Field => ({ type: "custom", ...base(name), render: (props) => <DateField {...props} label={field(name)} help={help(name)} /> }),
  };
}

type Maker = ReturnType<typeof fieldMaker>;

function formField(make: Maker, magnets: readonly Choice[], none: string): Field {
  const options = make.list("options", { label: make.line("label"), value: make.line("value") }, { label: "", value: "" }, 250);
  const question = {
    label: make.line("question"), name: make.line("keptAs"), type: make.choice("type", FIELD_KINDS), required: make.flag("required"),
    placeholder: make.line("placeholder"), help: make.line("hint"), options, value: make.line("preset"),
  };
  const consent = { text: make.lines("consentText"), name: make.line("keptAs"), purpose: make.choice("purpose", PURPOSES), required: make.flag("required") };
  return make.group("form", {
    fields: make.list("fields", question, { ...EMAIL_FIELD, name: "", type: "text", label: "", required: false }, FIELDS_MAX),
    consents: make.list("consents", consent, { text: "", name: "news", purpose: "marketing", required: false }, CONSENTS_MAX),
    submit_label: make.line("submit_label"),
    magnet: make.choices("magnet", [{ value: "", label: none }, ...magnets]),
    double_opt_in: make.flag("double_opt_in"),
    success_heading: make.line("success_heading"),
    success_text: make.lines("success_text"),
    redirect_url: make.line("redirect_url"),
    name: make.line("reportName"),
  });
}

function blockFields(make: Maker, form: Field): Record<string, Shape> {
  const { line, lines, choice, list, image } = make;
  const link = (name: string) => make.group(name, { label: line("label"), url: line("linkUrl") });
  const [heading, text, background, icon, align] = [line("heading"), lines("text"), choice("background", ["plain", "tint", "deep"]), choice("icon", ICONS), choice("align", ["start", "center"])];
  const titled = { title: line("title"), text };
  return {
    Hero: { eyebrow: line("eyebrow"), heading, text, points: list("points", { text: line("text") }, { text: "" }), primary: link("primary"), secondary: link("secondary"), image: image("image"), layout: choice("layout", ["split", "center"]), background, aside: slot },
    Text: { html: make.rich("text"), align, width: choice("width", ["narrow", "wide"]), background },
    Image: { image: image("image"), caption: line("caption"), url: line("clickUrl"), size: choice("size", ["narrow", "wide", "full"]) },
    Video: { url: line("videoUrl"), title: line("title"), poster: image("poster"), caption: line("caption"), background },
    Benefits: { heading, text, items: list("items", { icon, ...titled }, { icon: "check", title: "", text: "" }), background },
    Steps: { heading, text, items: list("items", titled, { title: "", text: "" }), background },
    Testimonials: { heading, items: list("items", { quote: lines("quote"), name: line("name"), role: line("role"), image: image("portrait"), rating: make.number("rating", 0, 5) }, { quote: "", name: "", role: "", image: NO_IMAGE, rating: 0 }), background },
    Faq: { heading, items: list("items", { question: line("question"), answer: lines("answer") }, { question: "", answer: "" }), background },
    Countdown: { heading, text, deadline: make.moment("deadline"), expired_text: line("expired_text"), button: link("button"), background },
    Guarantee: { heading, text, signed_by: line("signed_by"), icon, background },
    Form: { heading, text, form, note: line("note"), background },
    Button: { label: line("label"), url: line("linkUrl"), kind: choice("kind", ["primary", "secondary"]), align, note: line("note") },
    Columns: { ratio: choice("ratio", ["half", "wide_left", "wide_right"]), background, left: slot, right: slot },
    Spacer: { size: choice("size", ["small", "medium", "large"]) },
    Divider: {},
    LogoRow: { heading, logos: list("logos", { name: line("name"), image: image("image"), url: line("clickUrl") }, { name: "", image: NO_IMAGE, url: "" }) },
  };
}

/** Builds the editor's blocks: one for each of the server's, with the same names of props. */
export function makeConfig(words: Words, magnets: readonly Choice[]): Config {
  const make = fieldMaker(words);
  const block = ([type, fields]: [string, Shape]): [string, ComponentConfig] => [
    type,
    { label: words.block(type), fields, defaultProps: DEFAULTS[type] ?? {}, inline: true, render: ({ puck, ...props }: WithPuckProps<LookProps>) => <Look type={type} name={words.block(type)} props={props} dragRef={puck.dragRef} /> },
  ];
  const root = {
    fields: {
      slug: make.line("slug"), title: make.line("pageTitle"), description: make.lines("description"), og_image: make.picture("og_image"), noindex: make.flag("noindex"), canonical: make.line("canonical"),
      alternates: make.list("alternates", { locale: make.line("locale"), url: make.line("alternateUrl") }, { locale: "en", url: "" }),
    },
    defaultProps: ROOT_DEFAULTS,
    render: ({ children }: { children: ReactNode }) => <div className={classes["page"]}>{children}</div>,
  };
  return { components: Object.fromEntries(Object.entries(blockFields(make, formField(make, magnets, words.field("noMagnet")))).map(block)), root };
}
