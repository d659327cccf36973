import { Button, FileButton, Group, Image, Stack, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toastError } from "../components/problem";
import { uploadFile } from "./api";

interface ImageRef {
  src: string;
  alt: string;
  width: number | null;
  height: number | null;
}

interface FieldProps {
  value: unknown;
  label: string;
  readOnly?: boolean;
}

/** A picture: uploaded or by address, with the words for those who cannot see it. */
export function ImageField({ value, label, onChange }: FieldProps & { onChange: (value: ImageRef) => void }) {
  const { t } = useTranslation("pages");
  const image: ImageRef = { src: "", alt: "", width: null, height: null, ...(value as Partial<ImageRef> | undefined) };
  const upload = useMutation({
    mutationFn: uploadFile,
    onSuccess: (file) => onChange({ ...image, src: file.url, width: file.width_px, height: file.height_px }),
    onError: toastError,
  });
  return (
    <Stack gap={8} role="group" aria-label={label}>
      <Group justify="space-between"><strong style={{ fontSize: 13 }}>{label}</strong>
        <FileButton accept="image/png,image/jpeg,image/webp,image/gif,image/avif" onChange={(file) => file && upload.mutate(file)}>
          {(props) => <Button {...props} size="compact-sm" variant="default" loading={upload.isPending} leftSection={<IconUpload size={14} />}>{t("upload")}</Button>}
        </FileButton>
      </Group>
      {image.src && <Image src={image.src} alt="" mah={120} fit="contain" radius="sm" />}
      <TextInput size="xs" label={t("imageAddress")} value={image.src} onChange={(event) => onChange({ ...image, src: event.currentTarget.value, width: null, height: null })} />
      <TextInput size="xs" label={t("imageAlt")} value={image.alt} onChange={(event) => onChange({ ...image, alt: event.currentTarget.value })} />
    </Stack>
  );
}

const pad = (part: number) => String(part).padStart(2, "0");

/** What an input of the browser shows of a moment, in the writer's zone. */
function toLocal(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

export function DateField({ value, label, onChange }: FieldProps & { onChange: (value: string) => void }) {
  const text = typeof value === "string" ? value : "";
  return <TextInput type="datetime-local" label={label} value={toLocal(text)} onChange={({ currentTarget }) => onChange(currentTarget.value ? new Date(currentTarget.value).toISOString() : "")} />;
}
