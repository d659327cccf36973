import { IconAlertCircle } from "@tabler/icons-react";
import { Suspense, use, useCallback, type ComponentType, type CSSProperties, type ReactNode } from "react";
import { Faults } from "./faults";
import classes from "./Look.module.css";

export type LookProps = Record<string, unknown> & { id: string };
type Props = Record<string, unknown>;
type DragRef = ((element: Element | null) => void) | null;

const str = (value: unknown): string => (typeof value === "string" ? value : "");
const rows = (value: unknown): Props[] => (Array.isArray(value) ? (value as Props[]) : []);
const SPACES: Record<string, number> = { small: 24, medium: 48, large: 96 };

/**
 * Says to the library where the block is. It then calls the block a pressed button, in which nothing else could be
 * reached; here it is a group, so what only buttons may say is taken off again.
 */
function useDraggable(dragRef: DragRef) {
  return useCallback(
    (element: HTMLElement) => {
      dragRef?.(element);
      const strip = () => ["aria-pressed", "aria-grabbed"].forEach((name) => element.removeAttribute(name));
      const observer = new MutationObserver(strip);
      observer.observe(element, { attributeFilter: ["aria-pressed", "aria-grabbed"] });
      strip();
      return () => { observer.disconnect(); dragRef?.(null); };
    },
    [dragRef],
  );
}

/** A likeness of a block, enough to write by; the preview shows what visitors see. By keyboard blocks are chosen in the list. */
export function Look({ type, name, props, dragRef }: { type: string; name: string; props: LookProps; dragRef: DragRef }) {
  const isFaulty = use(Faults).some(({ id, severity }) => id === props.id && severity === "error");
  const style: CSSProperties = props["align"] === "center" || props["layout"] === "center" ? { textAlign: "center" } : {};
  return (
    <section ref={useDraggable(dragRef)} role="group" tabIndex={-1} aria-label={name} aria-describedby="" className={classes["block"]} data-background={str(props["background"])} data-faulty={isFaulty || undefined} style={style}>
      {isFaulty && <IconAlertCircle className={classes["fault"]} size={24} aria-hidden />}
      <Body type={type} name={name} props={props} />
    </section>
  );
}

function Body({ type, name, props }: { type: string; name: string; props: Props }): ReactNode {
  const text = (key: string) => str(props[key]);
  const heading = <h2 className={classes["heading"]} data-big={type === "Hero" || undefined} data-empty={!text("heading") || undefined}>{text("heading") || name}</h2>;
  const paragraph = text("text") && <p>{text("text")}</p>;
  switch (type) {
    case "Hero":
      return (
        <>
          <small>{text("eyebrow")}</small>{heading}{paragraph}
          {rows(props["points"]).map((point, index) => <div key={index}>✓ {str(point["text"])}</div>)}
          <LinkLook link={props["primary"]} /><LinkLook link={props["secondary"]} isQuiet />
          <Picture image={props["image"]} /><SlotLook slot={props["aside"]} />
        </>
      );
    case "Text":
      return <div className={classes["words"]}><Suspense>{props["html"] as ReactNode}</Suspense></div>;
    case "Image":
      return <><Picture image={props["image"]} fallback={name} /><small>{text("caption")}</small></>;
    case "Video":
      return <><div className={classes["picture"]}>▶ {text("title") || name}</div><small>{text("caption")}</small></>;
    case "Columns":
      return <div className={classes["columns"]} data-ratio={text("ratio")}><SlotLook slot={props["left"]} /><SlotLook slot={props["right"]} /></div>;
    case "Form":
      return <FormLook form={(props["form"] ?? {}) as Props} note={text("note")}>{heading}{paragraph}</FormLook>;
    case "Button":
      return <><LinkLook link={{ label: text("label") || name }} isQuiet={props["kind"] === "secondary"} /><div><small>{text("note")}</small></div></>;
    case "Spacer":
      return <div style={{ height: SPACES[text("size")] ?? 48 }} />;
    case "Divider":
      return <hr className={classes["line"]} />;
    case "LogoRow":
      return <>{text("heading") ? heading : null}<div className={classes["row"]}>{rows(props["logos"]).map((logo, index) => <strong key={index}>{str(logo["name"]) || name}</strong>)}</div></>;
    default:
      return (
        <>
          {heading}{paragraph}
          <div className={classes["row"]}>{rows(props["items"]).map((item, index) => <Card key={index} item={item} />)}</div>
          <small>{text("signed_by")}</small><LinkLook link={props["button"]} />
        </>
      );
  }
}

const Card = ({ item }: { item: Props }) => (
  <div className={classes["card"]}>
    <strong>{str(item["title"]) || str(item["question"]) || str(item["name"])}</strong>
    <div>{str(item["text"]) || str(item["answer"]) || str(item["quote"])}</div>
  </div>
);

function FormLook({ form, note, children }: { form: Props; note: string; children: ReactNode }) {
  return (
    <div className={classes["form"]}>
      {children}
      {rows(form["fields"]).filter((field) => field["type"] !== "hidden").map((field, index) => <div key={index} className={classes["input"]}>{str(field["label"])}{field["required"] === true && " *"}</div>)}
      {rows(form["consents"]).map((consent, index) => <div key={index}>☐ <small>{str(consent["text"])}</small></div>)}
      <LinkLook link={{ label: str(form["submit_label"]) || "→" }} />
      <div><small>{note}</small></div>
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

/** The editor hands a slot over as a component. */
function SlotLook({ slot: Blocks }: { slot: unknown }) {
  if (typeof Blocks !== "function") return null;
  const Slot = Blocks as ComponentType<{ minEmptyHeight: number }>;
  return <Slot minEmptyHeight={40} />;
}
