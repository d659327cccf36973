import { ActionIcon, Button, ColorInput, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { toastDone } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { ImageField } from "../offers/ImageField";
import { useMay } from "../session/useMay";
import { brandQuery, companyQuery, saveBrand, type Brand, type BrandRadius, type BrandScale } from "./api";
import { BrandPreview, FONT_STACKS } from "./BrandPreview";
import classes from "./BrandTab.module.css";
import { Loaded } from "./Loaded";
import { parseColor } from "./palette";
import settings from "./SettingsScreen.module.css";

const FONTS = ["system", "humanist", "geometric", "oldstyle", "transitional"] as const;
const RADII: readonly BrandRadius[] = ["none", "small", "medium", "large"];
const SCALES: readonly BrandScale[] = ["calm", "balanced", "bold"];
const ACCENTS = ["#0f6e6e", "#1f5fa8", "#3d4fb8", "#7a3f8f", "#a8325a", "#b5502a", "#8a6a12", "#3f7a3a", "#22303a"];
const LINKS_MAX = 12;

export default function BrandTab() {
  const brand = useQuery(brandQuery);
  return <Loaded query={brand}>{(data) => <BrandForm brand={data} />}</Loaded>;
}

function BrandForm({ brand }: { brand: Brand }) {
  const { t } = useTranslation(["settings", "common", "offers"]);
  const queries = useQueryClient();
  const may = useMay();
  const isFixed = !may("pages.write");
  const { data: company } = useQuery(companyQuery);
  const notColor = (text: string) => (parseColor(text) ? null : t("brand.notColor"));
  const { form, onSubmit, isSending, problem } = useApiForm<Brand & Record<string, unknown>, Brand>(
    { mode: "controlled", initialValues: { ...brand }, validate: { accent: notColor, surface: notColor, ink: notColor } },
    saveBrand,
    (saved, form) => {
      form.setInitialValues({ ...saved });
      form.setValues({ ...saved });
      queries.setQueryData(brandQuery.queryKey, saved);
      toastDone(t("brand.saved"));
    },
  );
  const guard = useLeaveGuard(form.isDirty() && !isSending);
  const values = form.getValues();
  const field = (name: string) => ({ ...form.getInputProps(name), readOnly: isFixed });
  const color = (name: "accent" | "surface" | "ink", swatches?: string[]) => (
    <ColorInput label={t(`brand.${name}`)} format="hex" closeOnColorSwatchClick eyeDropperButtonProps={{ "aria-label": t("brand.pick") }} {...(swatches ? { swatches } : {})} {...field(name)} />
  );
  return (
    <form onSubmit={onSubmit} noValidate>
      <FormProblem message={problem} />
      <div className={classes["columns"]}>
        <div>
          <Section title={t("brand.look")} hint={t("brand.lookHint")}>
            <Stack gap="md">
              <TextInput label={t("brand.name")} description={t("brand.nameHint")} placeholder={company?.name ?? ""} {...field("name")} />
              <ImageField label={t("brand.logo")} value={values.logo.src} error={form.errors["logo.src"] ?? form.errors["logo"]} isFixed={isFixed}
                onChange={(src, file) => form.setFieldValue("logo", { ...values.logo, src, alt: values.logo.alt || values.name, width: file?.width_px ?? null, height: file?.height_px ?? null })} />
              <div className={classes["colors"]}>{color("accent", ACCENTS)}{color("surface", ["#ffffff", "#faf8f4", "#f4f7f7", "#111920"])}{color("ink", ["#14242b", "#1c1917", "#20203a", "#eef2f4"])}</div>
              <Text size="xs" c="dimmed" mt={-8}>{t("brand.colorsHint")}</Text>
              <div className={settings["fields"]}>
                {(["heading_font", "body_font"] as const).map((name) => (
                  <Select key={name} label={t(`brand.${name}`)} data={FONTS.map((font) => ({ value: font, label: t(`brand.fonts.${font}`) }))} {...field(name)}
                    renderOption={({ option }) => <span style={{ fontFamily: FONT_STACKS[option.value as keyof typeof FONT_STACKS], fontSize: 16 }}>{option.label}</span>} />
                ))}
              </div>
              <Choice label={t("brand.radius")} value={values.radius} data={RADII.map((value) => ({ value, label: t(`brand.radii.${value}`) }))} isFixed={isFixed} onChange={(value) => form.setFieldValue("radius", value as BrandRadius)} />
              <Choice label={t("brand.scale")} value={values.scale} data={SCALES.map((value) => ({ value, label: t(`brand.scales.${value}`) }))} isFixed={isFixed} onChange={(value) => form.setFieldValue("scale", value as BrandScale)} />
            </Stack>
          </Section>
          <Section title={t("brand.footer")} hint={t("brand.footerHint")}>
            <div className={settings["fields"]}>
              <TextInput label={t("brand.legalName")} {...field("footer.legal_name")} />
              <TextInput label={t("company.orgNumber")} {...field("footer.org_number")} />
              <TextInput className={settings["wide"] ?? ""} label={t("company.postalAddress")} {...field("footer.address")} />
              <TextInput label={t("company.contactEmail")} type="email" {...field("footer.email")} />
              <TextInput label={t("brand.phone")} type="tel" {...field("footer.phone")} />
            </div>
            <Text size="sm" fw={550} mt="md" mb={4}>{t("brand.links")}</Text>
            <Stack gap={8}>
              {values.footer.links.map((_, index) => (
                <div key={index} className={classes["link"]}>
                  <TextInput aria-label={t("brand.linkLabel", { number: index + 1 })} placeholder={t("brand.linkLabelHint")} {...field(`footer.links.${index}.label`)} />
                  <TextInput aria-label={t("brand.linkUrl", { number: index + 1 })} placeholder="/privacy" {...field(`footer.links.${index}.url`)} />
                  {!isFixed && <ActionIcon aria-label={t("brand.linkRemove", { number: index + 1 })} onClick={() => form.removeListItem("footer.links", index)}><IconX size={16} stroke={1.5} /></ActionIcon>}
                </div>
              ))}
              {!isFixed && values.footer.links.length < LINKS_MAX && <div><Button variant="default" size="sm" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => form.insertListItem("footer.links", { label: "", url: "" })}>{t("brand.linkAdd")}</Button></div>}
            </Stack>
          </Section>
        </div>
        <aside className={classes["aside"]}>
          <Text size="sm" fw={600} mb="xs">{t("brand.preview")}</Text>
          <BrandPreview brand={{ ...values, name: values.name || (company?.name ?? "") }} />
        </aside>
      </div>
      {!isFixed && <SaveBar isDirty={form.isDirty()} isSaving={isSending} onDiscard={form.reset} />}
      {guard}
    </form>
  );
}

function Choice({ label, value, data, isFixed, onChange }: { label: string; value: string; data: { value: string; label: string }[]; isFixed: boolean; onChange: (value: string) => void }) {
  return (
    <div>
      <Text size="sm" fw={550} mb={4}>{label}</Text>
      <SegmentedControl fullWidth aria-label={label} value={value} data={data} readOnly={isFixed} onChange={onChange} />
    </div>
  );
}
