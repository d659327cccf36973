import { ActionIcon, Badge, Button, Menu, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconDots, IconExternalLink, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { CopyField } from "../components/CopyField";
import { sendBelow } from "../components/fieldPaths";
import { FormProblem } from "../components/FormProblem";
import { MoneyInput } from "../components/MoneyInput";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { languageName } from "../contacts/ContactsScreen";
import { useFormat } from "../i18n";
import { isEmptyText, missingLanguages, ownText, textFor, withText, type Localized } from "../localized";
import { useMay } from "../session/useMay";
import { createOffer, deleteOffer, OFFERS, offerQuery, RUNGS, updateOffer, type Offer, type OfferDocument, type OfferLook } from "./api";
import { ImageField } from "./ImageField";
import { amountsOf, slugOf } from "./offer";
import classes from "./OfferEditor.module.css";
import { rungName } from "./OffersScreen";

type Values = OfferDocument & { is_published: boolean } & Record<string, unknown>;
type Form = UseFormReturnType<Values>;

interface Props {
  /** Null while it is not saved yet. */
  offer: Offer | null;
  document: OfferDocument;
  languages: readonly string[];
  baseUrl: string;
}

const TEXT_CHARS_MAX = 5_000;
const NAME_CHARS_MAX = 120;
const FEATURES_MAX = 30;

export function OfferEditor({ offer, document, languages, baseUrl }: Props) {
  const { t, i18n } = useTranslation(["offers", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const formId = useId();
  const [language, setLanguage] = useState(languages[0] ?? "en");
  const isFixed = !may("offers.write");
  const { form, onSubmit, isSending, problem } = useApiForm<Values, Offer>(
    {
      mode: "controlled",
      initialValues: { ...document, is_published: offer?.is_published ?? false },
      validate: { name: (name) => (isEmptyText(name) ? t("nameMissing") : null), slug: (slug) => (slug ? null : t("common:form.required")) },
    },
    ({ is_published, ...rest }) => {
      const request = { document: rest as OfferDocument, is_published };
      return sendBelow("document", () => (offer ? updateOffer(offer.id, request) : createOffer(request)));
    },
    async (saved, form) => {
      const kept = { ...saved.document, is_published: saved.is_published };
      form.setInitialValues(kept);
      form.setValues(kept);
      queries.setQueryData(offerQuery(saved.id).queryKey, saved);
      toastDone(t(saved.is_published ? "savedPublished" : "common:save.done"));
      await queries.invalidateQueries({ queryKey: OFFERS });
      if (!offer) await navigate({ to: "/offers/$offerId", params: { offerId: saved.id }, replace: true, ignoreBlocker: true });
    },
  );
  const values = form.getValues();
  const isDirty = form.isDirty();
  const guard = useLeaveGuard(isDirty && !isSending);
  const edit: Edit = { form, languages, language, isFixed };
  const name = textFor(values.name, i18n.language);
  return (
    <div>
      <PageHeader title={name || t(offer ? "offer" : "newOffer")} back={{ to: "/offers", label: t("common:nav.offers") }}
        lead={<Badge color={offer?.is_published ? "fjord" : "gray"}>{t(offer?.is_published ? "published" : "draft")}</Badge>}
        actions={
          <>
            {languages.length > 1 && (
              <SegmentedControl value={language} onChange={setLanguage} aria-label={t("writtenIn")}
                data={languages.map((code) => ({ value: code, label: missingLanguages(values.name, languages).includes(code) ? `${languageName(code)} •` : languageName(code) }))} />
            )}
            {offer && !isFixed && <DeleteOffer offer={offer} name={name} />}
          </>
        } />
      <form id={formId} onSubmit={onSubmit} noValidate>
        <FormProblem message={problem} />
        <div className={classes["columns"]}>
          <div>
            <Words edit={edit} isNew={!offer} />
            <Features edit={edit} />
            <Page edit={edit} />
          </div>
          <aside className={classes["aside"]}>
            <Publishing form={form} slug={offer?.document.slug ?? ""} isSaved={offer !== null} isPublished={offer?.is_published ?? false} baseUrl={baseUrl} isFixed={isFixed} isSending={isSending}
              onPublish={(is_published) => { form.setFieldValue("is_published", is_published); onSubmit(); }} />
            <Price edit={edit} />
            <Margin edit={edit} />
          </aside>
        </div>
        {!isFixed && <SaveBar isDirty={isDirty} isSaving={isSending} onDiscard={form.reset} />}
      </form>
      {guard}
    </div>
  );
}

interface Edit {
  form: Form;
  languages: readonly string[];
  language: string;
  isFixed: boolean;
}

/** The value, error and change of a text in the language that is being written. Other languages show through as a hint. */
function localizedProps({ form, languages, language, isFixed }: Edit, path: string, text: Localized, hint?: string) {
  const other = textFor(text, language);
  const own = ownText(text, language);
  const placeholder = own === "" && other ? other : hint;
  return {
    value: own,
    error: form.errors[path],
    readOnly: isFixed,
    lang: language,
    ...(placeholder ? { placeholder } : {}),
    onChange: (event: { currentTarget: { value: string } }) => form.setFieldValue(path, withText(text, language, event.currentTarget.value, languages)),
  };
}

function Words({ edit, isNew }: { edit: Edit; isNew: boolean }) {
  const { t } = useTranslation("offers");
  const { form, languages } = edit;
  const values = form.getValues();
  const [isOwnSlug, setIsOwnSlug] = useState(!isNew);
  const name = localizedProps(edit, "name", values.name);
  return (
    <Section title={t("words")} hint={t("wordsHint")}>
      <Stack gap="md">
        <TextInput label={t("name")} required maxLength={NAME_CHARS_MAX} {...name}
          onChange={(event) => {
            const next = withText(values.name, edit.language, event.currentTarget.value, languages);
            form.setFieldValue("name", next);
            // The address follows the name until somebody writes one.
            if (!isOwnSlug) form.setFieldValue("slug", slugOf(textFor(next, languages[0] ?? "en")));
          }} />
        <TextInput label={t("address")} required description={t("addressHint")} leftSection={<Text span size="sm" c="dimmed">/o/</Text>} leftSectionWidth={40} value={values.slug} error={form.errors["slug"]} readOnly={edit.isFixed} spellCheck={false} autoCapitalize="none"
          onChange={(event) => { setIsOwnSlug(true); form.setFieldValue("slug", event.currentTarget.value.toLowerCase().replaceAll(" ", "-")); }} />
        <Textarea label={t("description")} autosize minRows={3} maxRows={12} maxLength={TEXT_CHARS_MAX} {...localizedProps(edit, "description", values.description)} />
        <Textarea label={t("guarantee")} description={t("guaranteeHint")} autosize minRows={2} maxRows={8} maxLength={TEXT_CHARS_MAX} {...localizedProps(edit, "guarantee", values.guarantee)} />
      </Stack>
    </Section>
  );
}

function Features({ edit }: { edit: Edit }) {
  const { t } = useTranslation("offers");
  const { form, isFixed } = edit;
  const { features } = form.getValues();
  const swap = (index: number, by: number) => form.reorderListItem("features", { from: index, to: index + by });
  return (
    <Section title={t("features")} hint={t("featuresHint")}>
      <Stack gap={8}>
        {features.map((feature, index) => (
          <div key={index} className={classes["feature"]}>
            <TextInput aria-label={t("feature", { number: index + 1 })} style={{ flex: 1 }} maxLength={2 * NAME_CHARS_MAX} {...localizedProps(edit, `features.${index}`, feature)} />
            {!isFixed && (
              <span className={classes["featureTools"]}>
                <ActionIcon aria-label={t("featureUp", { number: index + 1 })} disabled={index === 0} onClick={() => swap(index, -1)}><IconArrowUp size={16} stroke={1.5} /></ActionIcon>
                <ActionIcon aria-label={t("featureDown", { number: index + 1 })} disabled={index === features.length - 1} onClick={() => swap(index, 1)}><IconArrowDown size={16} stroke={1.5} /></ActionIcon>
                <ActionIcon aria-label={t("featureRemove", { number: index + 1 })} onClick={() => form.removeListItem("features", index)}><IconX size={16} stroke={1.5} /></ActionIcon>
              </span>
            )}
          </div>
        ))}
        {form.errors["features"] && <Text size="xs" c="red">{form.errors["features"]}</Text>}
        {!isFixed && features.length < FEATURES_MAX && <div><Button variant="default" size="sm" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => form.insertListItem("features", "")}>{t("featureAdd")}</Button></div>}
      </Stack>
    </Section>
  );
}

function Page({ edit }: { edit: Edit }) {
  const { t } = useTranslation("offers");
  const { form, isFixed } = edit;
  const { look } = form.getValues();
  type TextName = { [K in keyof OfferLook]: OfferLook[K] extends boolean ? never : K }[keyof OfferLook];
  const text = (name: Exclude<TextName, "image">, hint?: string) => localizedProps(edit, `look.${name}`, look[name], hint);
  const toggle = (name: "asks_quantity" | "asks_company" | "asks_address", description: string) => (
    <Switch label={t(name)} description={description} checked={look[name]} disabled={isFixed} onChange={(event) => form.setFieldValue(`look.${name}`, event.currentTarget.checked)} />
  );
  return (
    <Section title={t("page")} hint={t("pageHint")}>
      <Stack gap="md">
        <TextInput label={t("headline")} maxLength={NAME_CHARS_MAX} {...text("headline", t("headlineHint"))} />
        <ImageField label={t("image")} value={look.image} error={form.errors["look.image"]} isFixed={isFixed} onChange={(src) => form.setFieldValue("look.image", src)} />
        {look.image !== "" && <TextInput label={t("imageAlt")} description={t("imageAltHint")} maxLength={NAME_CHARS_MAX} {...text("image_alt")} />}
        <TextInput label={t("button")} maxLength={NAME_CHARS_MAX} {...text("button", t("buttonHint"))} />
        <Textarea label={t("terms")} autosize minRows={2} maxRows={8} maxLength={TEXT_CHARS_MAX} {...text("terms")} />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label={t("thanksHeading")} maxLength={NAME_CHARS_MAX} {...text("thanks_heading")} />
          <TextInput label={t("thanksText")} maxLength={TEXT_CHARS_MAX} {...text("thanks_text")} />
        </SimpleGrid>
        <Text size="sm" fw={550} mt="xs">{t("asks")}</Text>
        {toggle("asks_quantity", t("asksQuantityHint"))}
        {toggle("asks_company", t("asksCompanyHint"))}
        {toggle("asks_address", t("asksAddressHint"))}
      </Stack>
    </Section>
  );
}

interface PublishingProps {
  form: Form;
  /** As it is saved: the address that works now. */
  slug: string;
  isSaved: boolean;
  isPublished: boolean;
  baseUrl: string;
  isFixed: boolean;
  isSending: boolean;
  onPublish: (is_published: boolean) => void;
}

function Publishing({ form, slug, isSaved, isPublished, baseUrl, isFixed, isSending, onPublish }: PublishingProps) {
  const { t } = useTranslation("offers");
  const url = `${baseUrl}/o/${slug || form.getValues().slug}`;
  return (
    <Card title={t("publishing")}>
      <Text size="sm" c="dimmed" mb="sm">{t(isPublished ? "publishedHint" : "draftHint")}</Text>
      {(isSaved || form.getValues().slug) && (
        <CopyField value={url} label={t("publicAddress")} isLabelHidden
          actions={isPublished && <ActionIcon component="a" href={url} target="_blank" rel="noreferrer" aria-label={t("openPage")}><IconExternalLink size={16} stroke={1.5} /></ActionIcon>} />
      )}
      {!isFixed && <Button fullWidth mt="sm" variant={isPublished ? "default" : "filled"} loading={isSending} onClick={() => onPublish(!isPublished)}>{t(isPublished ? "unpublish" : "publish")}</Button>}
    </Card>
  );
}

function Price({ edit }: { edit: Edit }) {
  const { t } = useTranslation("offers");
  const format = useFormat();
  const { form, isFixed } = edit;
  const values = form.getValues();
  const amounts = amountsOf(values);
  const money = (minor: number) => format.money({ minor, currency: values.price.currency });
  const rungs = [...new Set<string>([...RUNGS, ...(values.rung ? [values.rung] : [])])];
  return (
    <Card title={t("priceAndPlace")}>
      <Stack gap="md">
        <MoneyInput label={t("price")} value={values.price} error={form.errors["price.minor"] ?? form.errors["price"]} readOnly={isFixed} onChange={(price) => form.setFieldValue("price", price)} />
        <NumberInput label={t("taxRate")} suffix=" %" min={0} max={100} decimalScale={2} hideControls readOnly={isFixed} value={values.tax_rate_bp / 100} error={form.errors["tax_rate_bp"]} allowedDecimalSeparators={[",", "."]}
          decimalSeparator={format.decimal(0.5).charAt(1)} onChange={(rate) => form.setFieldValue("tax_rate_bp", typeof rate === "number" ? Math.round(rate * 100) : 0)} />
        <Switch label={t("includesTax")} checked={values.includes_tax} disabled={isFixed} onChange={(event) => form.setFieldValue("includes_tax", event.currentTarget.checked)} />
        <dl className={classes["amounts"]}>
          <div><dt>{t("net")}</dt><dd>{money(amounts.net)}</dd></div>
          <div><dt>{t("tax")}</dt><dd>{money(amounts.tax)}</dd></div>
          <div data-total><dt>{t("customerPays")}</dt><dd>{money(amounts.total)}</dd></div>
        </dl>
        <Select label={t("rung")} description={t("rungHint")} placeholder={t("noRung")} clearable allowDeselect readOnly={isFixed} data={rungs.map((value) => ({ value, label: rungName(value, t) }))} value={values.rung || null} error={form.errors["rung"]}
          onChange={(rung) => form.setFieldValue("rung", rung ?? "")} />
      </Stack>
    </Card>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes["card"]} aria-label={title}>
      <Text component="h2" size="sm" fw={600} mb="xs">{title}</Text>
      {children}
    </section>
  );
}

function DeleteOffer({ offer, name }: { offer: Offer; name: string }) {
  const { t } = useTranslation(["offers", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, asking] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => deleteOffer(offer.id),
    onError: (error) => { asking.close(); toastError(error); },
    onSuccess: async () => {
      toastDone(t("deleted", { name }));
      await navigate({ to: "/offers", ignoreBlocker: true });
      queries.removeQueries({ queryKey: offerQuery(offer.id).queryKey });
      await queries.invalidateQueries({ queryKey: OFFERS });
    },
  });
  return (
    <>
      <Menu>
        <Menu.Target><Button variant="default" px={10} aria-label={t("more")}><IconDots size={18} /></Button></Menu.Target>
        <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={asking.open}>{t("delete")}</Menu.Item></Menu.Dropdown>
      </Menu>
      <ConfirmDialog isOpen={isAsking} title={t("deleteAsk", { name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={asking.close}>{t("deleteText")}</ConfirmDialog>
    </>
  );
}

/** What the check of funnels compares the price with. Nothing of it is shown to buyers. */
function Margin({ edit }: { edit: Edit }) {
  const { t } = useTranslation("offers");
  const { form, isFixed } = edit;
  const { price, unit_cost: cost, discount_max: discount, market } = form.getValues();
  const none = { minor: 0, currency: price.currency };
  const setMarket = (change: object) => {
    const next = { low: market?.low ?? none, high: market?.high ?? none, ...change };
    form.setFieldValue("market", next.low.minor === 0 && next.high.minor === 0 ? undefined : next);
  };
  return (
    <Card title={t("margin")}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">{t("marginHint")}</Text>
        <MoneyInput label={t("unitCost")} min={0} readOnly={isFixed} value={cost ?? none} error={form.errors["unit_cost.minor"]} onChange={(next) => form.setFieldValue("unit_cost", next.minor > 0 ? next : undefined)} />
        <NumberInput label={t("discountMax")} min={0} max={100} decimalScale={2} suffix=" %" readOnly={isFixed} value={discount ? Number.parseFloat(discount) : ""} onChange={(next) => form.setFieldValue("discount_max", next === "" ? undefined : `${next}%`)} />
        <MoneyInput label={t("marketLow")} min={0} readOnly={isFixed} value={market?.low ?? none} onChange={(low) => setMarket({ low })} />
        <MoneyInput label={t("marketHigh")} min={0} readOnly={isFixed} value={market?.high ?? none} error={form.errors["market.high.minor"]} onChange={(high) => setMarket({ high })} />
      </Stack>
    </Card>
  );
}
