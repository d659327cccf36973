import { Button, FileButton, Group, Image, Input, Modal, SimpleGrid, Skeleton, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhoto, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { useMay } from "../session/useMay";
import { filesQuery, uploadFile, type FileView } from "../api/files";
import classes from "./Editor.module.css";

/** What is wrong with the chosen block, by the path of the field. */
export const FieldErrors = createContext<ReadonlyMap<string, string>>(new Map());

interface ImageRef {
  src: string;
  alt: string;
  width: number | null;
  height: number | null;
}

interface FieldProps {
  name: string;
  value: unknown;
  label: string;
  help?: string | undefined;
}

/** A picture of a block, with the words for those who cannot see it. */
export function ImageField({ name, value, label, onChange }: FieldProps & { onChange: (value: ImageRef) => void }) {
  const { t } = useTranslation("pages");
  const errors = use(FieldErrors);
  const image: ImageRef = { src: "", alt: "", width: null, height: null, ...(value as Partial<ImageRef> | undefined) };
  return (
    <Stack gap={8} role="group" aria-label={label}>
      <PictureChooser label={label} src={image.src} error={errors.get(`${name}.src`)} onChange={(src, size) => onChange({ ...image, src, ...size })} />
      {image.src && <TextInput label={t("imageAlt")} description={t("imageAltHelp")} error={errors.get(`${name}.alt`)} value={image.alt} onChange={(event) => onChange({ ...image, alt: event.currentTarget.value })} />}
    </Stack>
  );
}

/** A picture that is an address alone. */
export function PictureField({ name, value, label, help, onChange }: FieldProps & { onChange: (value: string) => void }) {
  const error = use(FieldErrors).get(name);
  return <PictureChooser label={label} help={help} src={typeof value === "string" ? value : ""} error={error} onChange={(src) => onChange(src)} />;
}

interface Size {
  width: number | null;
  height: number | null;
}

interface ChooserProps {
  label: string;
  help?: string | undefined;
  src: string;
  error: string | undefined;
  onChange: (src: string, size: Size) => void;
}

function PictureChooser({ label, help, src, error, onChange }: ChooserProps) {
  const { t } = useTranslation(["pages", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const [isChoosing, choosing] = useDisclosure(false);
  const take = (file: FileView) => onChange(file.url, { width: file.width_px, height: file.height_px });
  const upload = useMutation({ mutationFn: uploadFile, onSuccess: (file) => { take(file); void queries.invalidateQueries({ queryKey: filesQuery.queryKey }); } });
  return (
    <Input.Wrapper label={label} description={help} labelElement="div" error={error ?? (upload.error && describeError(upload.error))}>
      {src && <Image src={src} alt="" mah={120} fit="contain" radius="sm" my={8} className={classes["thumb"] ?? ""} />}
      <TextInput mt={4} aria-label={`${label}: ${t("imageAddress")}`} placeholder="https://" value={src} onChange={(event) => onChange(event.currentTarget.value, { width: null, height: null })} />
      <Group gap={8} mt={8}>
        {may("pages.write") && (
          <FileButton accept="image/png,image/jpeg,image/webp,image/gif,image/avif" onChange={(file) => file && upload.mutate(file)}>
            {(props) => <Button {...props} size="compact-sm" variant="default" loading={upload.isPending} leftSection={<IconUpload size={14} stroke={1.5} />}>{t("upload")}</Button>}
          </FileButton>
        )}
        <Button size="compact-sm" variant="default" leftSection={<IconPhoto size={14} stroke={1.5} />} onClick={choosing.open}>{t("choosePicture")}</Button>
        {src && <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onChange("", { width: null, height: null })}>{t("removePicture")}</Button>}
      </Group>
      {isChoosing && <Gallery onClose={choosing.close} onChoose={(file) => { take(file); choosing.close(); }} />}
    </Input.Wrapper>
  );
}

/** The pictures that were uploaded before. */
function Gallery({ onClose, onChoose }: { onClose: () => void; onChoose: (file: FileView) => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const { data, error } = useQuery(filesQuery);
  const pictures = data?.items.filter(({ content_type }) => content_type.startsWith("image/"));
  return (
    <Modal opened onClose={onClose} size="lg" title={t("choosePicture")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      {error && <Text size="sm">{describeError(error)}</Text>}
      {pictures?.length === 0 && <Text size="sm" c="dimmed">{t("noPictures")}</Text>}
      <SimpleGrid cols={{ base: 2, sm: 3 }}>
        {pictures ? pictures.map((file) => (
          <UnstyledButton key={file.id} className={classes["tile"] ?? ""} onClick={() => onChoose(file)}>
            <Image src={file.url} alt="" h={112} fit="cover" radius="sm" loading="lazy" />
            <Text size="xs" truncate mt={4}>{file.name}</Text>
          </UnstyledButton>
        )) : !error && [0, 1, 2].map((key) => <Skeleton key={key} h={136} radius="sm" />)}
      </SimpleGrid>
    </Modal>
  );
}

const pad = (part: number) => String(part).padStart(2, "0");

/** What an input of the browser shows of a moment, in the writer's zone. */
function toLocal(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

export function DateField({ name, value, label, help, onChange }: FieldProps & { onChange: (value: string) => void }) {
  const error = use(FieldErrors).get(name);
  return (
    <TextInput type="datetime-local" label={label} description={help} error={error} value={toLocal(typeof value === "string" ? value : "")}
      onChange={({ currentTarget }) => onChange(currentTarget.value ? new Date(currentTarget.value).toISOString() : "")} />
  );
}
