import { Button, Group, Input, Popover, Skeleton, TextInput } from "@mantine/core";
import { AutoField, RichTextMenu, type RichtextField } from "@puckeditor/core";
import { IconLink } from "@tabler/icons-react";
import { Suspense, use, useCallback, useEffect, useMemo, useRef, useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Editor.module.css";
import { FieldErrors } from "./fields";

type Menu = NonNullable<RichtextField["renderMenu"]>;
type Editor = NonNullable<Parameters<Menu>[0]["editor"]>;

/** What the server keeps of a text; everything else would be taken out again when the page is shown. */
const OPTIONS: RichtextField["options"] = { heading: { levels: [2, 3, 4] }, link: { openOnClick: false, HTMLAttributes: { target: null, rel: null } }, code: false, codeBlock: false, horizontalRule: false, strike: false, underline: false, textAlign: false };

interface Props {
  field: RichtextField;
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Running text with headings, lists, quotes, bold, italic and links. */
export function RichField({ field, name, value, onChange }: Props) {
  const error = use(FieldErrors).get(name);
  const label = field.label ?? "";
  const rich = useMemo<RichtextField>(() => {
    const renderMenu: Menu = ({ editor }) => <RichMenu label={label} editor={editor} />;
    return { ...field, options: OPTIONS, renderMenu };
  }, [field, label]);
  // The library's editor tells its text again whenever it is given another function to tell it to.
  const latest = useRef({ value, onChange });
  useEffect(() => { latest.current = { value, onChange }; });
  const tell = useCallback((next: unknown) => { if (next !== latest.current.value) latest.current.onChange(next); }, []);
  return (
    <Input.Wrapper label={label} error={error} labelElement="div">
      <div className={classes["rich"]}><Suspense fallback={<Skeleton height={200} />}><AutoField field={rich} value={value} onChange={tell} /></Suspense></div>
    </Input.Wrapper>
  );
}

function RichMenu({ label, editor }: { label: string; editor: Editor | null }) {
  // The label beside it is not tied to what is written in, which is no input.
  useEffect(() => editor?.setOptions({ editorProps: { attributes: { "aria-label": label } } }), [editor, label]);
  return (
    <RichTextMenu>
      <RichTextMenu.Group><RichTextMenu.HeadingSelect /><RichTextMenu.ListSelect /></RichTextMenu.Group>
      <RichTextMenu.Group><RichTextMenu.Bold /><RichTextMenu.Italic /><RichTextMenu.Blockquote />{editor && <LinkControl editor={editor} />}</RichTextMenu.Group>
    </RichTextMenu>
  );
}

function LinkControl({ editor }: { editor: Editor }) {
  const { t } = useTranslation(["pages", "common"]);
  const [href, setHref] = useState<string | null>(null);
  const set = (next: string) => {
    const words = editor.chain().focus().extendMarkRange("link");
    (next ? words.setMark("link", { href: next }) : words.unsetMark("link")).run();
    setHref(null);
  };
  const onSubmit = (event: SyntheticEvent) => { event.preventDefault(); event.stopPropagation(); set(href?.trim() ?? ""); };
  const open = () => { const known: unknown = editor.getAttributes("link")["href"]; setHref(typeof known === "string" ? known : ""); };
  return (
    <Popover opened={href !== null} onChange={() => setHref(null)} trapFocus withArrow withRoles={false} width={300}>
      <Popover.Target><span><RichTextMenu.Control icon={<IconLink size={18} stroke={1.5} />} title={t("link")} active={editor.isActive("link")} onClick={open} /></span></Popover.Target>
      {/* To the editor the text stays what is written in; otherwise it would not take the link. */}
      <Popover.Dropdown onFocus={(event) => event.stopPropagation()} onBlur={(event) => event.stopPropagation()}>
        <form onSubmit={onSubmit}>
          <TextInput label={t("field.linkUrl")} placeholder="https://" value={href ?? ""} onChange={(event) => setHref(event.currentTarget.value)} data-autofocus />
          <Group justify="flex-end" mt="sm" gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => set("")}>{t("unlink")}</Button>
            <Button size="compact-sm" type="submit">{t("common:actions.save")}</Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
