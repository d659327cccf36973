import { ActionIcon, Autocomplete, Button, Select, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ownText, textFor, withText } from "../localized";
import { useTemplateName } from "../messages/templateName";
import { CONTENT_KINDS, type ContentKind, type ContentRef, type Library } from "./content";
import type { DraftStage } from "./stages";
import classes from "./StagePanel.module.css";

const CONTENT_MAX = 50;
const ID_CHARS_MAX = 200;
const TITLE_CHARS_MAX = 200;

interface Props {
  stage: DraftStage;
  library: Library;
  language: string;
  languages: readonly string[];
  isFixed: boolean;
  errorAt: (place: number) => string | undefined;
  onChange: (content: ContentRef[] | undefined) => void;
}

/** What people see at a stage, by reference: chosen from what there is, or named to be made later. */
export function ContentEditor({ stage, library, language, languages, isFixed, errorAt, onChange }: Props) {
  const { t } = useTranslation("map");
  const content = stage.content ?? [];
  const set = (next: ContentRef[]) => onChange(next.length > 0 ? next : undefined);
  const change = (place: number, next: Partial<ContentRef>) => set(content.map((ref, at) => (at === place ? { ...ref, ...next } : ref)));
  return (
    <>
      {content.length === 0 && <Text size="sm" c="dimmed">{t("noContent")}</Text>}
      <ul className={classes["pieces"]}>
        {content.map((ref, place) => (
          <li key={place} className={classes["piece"]}>
            <Select aria-label={t("contentKind", { number: place + 1 })} readOnly={isFixed} value={ref.kind} data={CONTENT_KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))}
              onChange={(kind) => { const found = CONTENT_KINDS.find((known) => known === kind); if (found && found !== ref.kind) change(place, { kind: found, id: "" }); }} />
            <Reference content={ref} place={place} library={library} language={language} isFixed={isFixed} error={errorAt(place)} onChange={(id) => change(place, { id })} />
            {!isFixed ? <ActionIcon aria-label={t("removeContent", { number: place + 1 })} onClick={() => set(content.filter((_, at) => at !== place))}><IconTrash size={16} stroke={1.5} /></ActionIcon> : <span />}
            <TextInput className={classes["pieceTitle"] ?? ""} aria-label={t("contentTitle", { number: place + 1 })} maxLength={TITLE_CHARS_MAX} readOnly={isFixed} value={ownText(ref.title, language)} placeholder={textFor(ref.title, language) || t("contentTitleHint")}
              onChange={(event) => change(place, { title: withText(ref.title, language, event.currentTarget.value, languages) })} />
          </li>
        ))}
      </ul>
      {!isFixed && content.length < CONTENT_MAX && <div><Button variant="default" size="compact-md" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => set([...content, { kind: "page" }])}>{t("addContent")}</Button></div>}
    </>
  );
}

/** The things of a kind that there are, by the id that the document names them by. */
function useChoices(kind: ContentKind, library: Library, language: string): { value: string; label: string }[] | null {
  const templateName = useTemplateName();
  if (kind === "page") return library.pages.map(({ name, locales }) => ({ value: locales[0]?.slug ?? name, label: name }));
  if (kind === "offer") return library.offers.map(({ document: { slug, name } }) => ({ value: slug, label: textFor(name, language) || slug }));
  if (kind === "magnet") return library.magnets.map(({ id, name }) => ({ value: id, label: name }));
  if (kind === "message") return library.templates.map(({ name }) => ({ value: name, label: templateName(name) }));
  return null;
}

function Reference({ content, place, library, language, isFixed, error, onChange }: { content: ContentRef; place: number; library: Library; language: string; isFixed: boolean; error: string | undefined; onChange: (id: string) => void }) {
  const { t } = useTranslation("map");
  const choices = useChoices(content.kind, library, language);
  const id = content.id ?? "";
  const label = t("contentWhich", { number: place + 1 });
  if (!choices) return <Autocomplete aria-label={label} maxLength={ID_CHARS_MAX} readOnly={isFixed} value={id} placeholder={t("contentIdHint")} error={error} onChange={onChange} />;
  // An address of another language is the same page; what is not there any more stays named until another is chosen.
  const page = content.kind === "page" ? library.pages.find(({ id: known, locales }) => known === id || locales.some(({ slug }) => slug === id.replace(/^\/+/, ""))) : undefined;
  const value = page ? (page.locales[0]?.slug ?? page.name) : id;
  const data = value === "" || choices.some((choice) => choice.value === value) ? choices : [{ value, label: value }, ...choices];
  return <Select aria-label={label} searchable clearable readOnly={isFixed} value={value || null} data={data} placeholder={t("contentChoose")} error={error} nothingFoundMessage={t("nothingThere")} onChange={(next) => onChange(next ?? "")} />;
}
