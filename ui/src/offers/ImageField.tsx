import { Button, FileButton, Group, Input, TextInput } from "@mantine/core";
import { IconPhoto, IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { useMay } from "../session/useMay";
import { uploadFile, type FileView } from "../api/files";
import classes from "./OfferEditor.module.css";

interface Props {
  label: string;
  value: string;
  error?: ReactNode;
  isFixed?: boolean;
  onChange: (src: string, file?: FileView) => void;
}

/** A picture: uploaded here, or named by its address. */
export function ImageField({ label, value, error, isFixed = false, onChange }: Props) {
  const { t } = useTranslation("offers");
  const may = useMay();
  const upload = useMutation({ mutationFn: uploadFile, onSuccess: (file) => onChange(file.url, file) });
  return (
    <Input.Wrapper label={label} error={error ?? (upload.error && describeError(upload.error))} labelElement="div">
      <Group gap={12} wrap="nowrap" mt={4}>
        <span className={classes["picture"]}>{value ? <img src={value} alt="" /> : <IconPhoto size={24} stroke={1.25} aria-hidden />}</span>
        <div style={{ flex: 1, minWidth: 0 }}>
          <TextInput aria-label={`${label}: ${t("imageAddress")}`} placeholder="https://" value={value} readOnly={isFixed} onChange={(event) => onChange(event.currentTarget.value)} />
          {!isFixed && (
            <Group gap={8} mt={8}>
              {may("pages.write") && (
                <FileButton accept="image/png,image/jpeg,image/webp,image/avif,image/gif" onChange={(file) => file && upload.mutate(file)}>
                  {(props) => <Button {...props} variant="default" size="compact-sm" loading={upload.isPending} leftSection={<IconUpload size={14} stroke={1.5} />}>{t("upload")}</Button>}
                </FileButton>
              )}
              {value && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onChange("")}>{t("removeImage")}</Button>}
            </Group>
          )}
        </div>
      </Group>
    </Input.Wrapper>
  );
}
