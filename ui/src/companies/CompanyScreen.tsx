import { Anchor, Avatar, Badge, Button, Menu, SegmentedControl, Skeleton, Stack, TagsInput, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { describeError, toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import classes from "../contacts/ContactScreen.module.css";
import { usersQuery } from "../deals/api";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { Timeline } from "../people/Timeline";
import { fieldsQuery } from "../records/api";
import type { ListField } from "../records/fields";
import { EditableFact, Fact, OwnFields } from "../records/OwnFields";
import { useMay } from "../session/useMay";
import { COMPANIES, companyDealsQuery, companyPeopleFilter, companyPeopleQuery, companyQuery, deleteCompany, updateCompany, type Company, type CompanyChange } from "./api";

/** One company: what is known about it, its people, their deals, and everything that they did. */
export function CompanyScreen() {
  const { t } = useTranslation(["records", "contacts", "common"]);
  const { companyId } = useParams({ from: "/app/companies/$companyId" });
  const company = useQuery(companyQuery(companyId));
  const [part, setPart] = useState("timeline");
  const back = { to: "/companies", label: t("common:nav.companies") };
  if (company.isError && !company.data) {
    return (
      <div>
        <PageHeader title={t("company")} back={back} />
        <QueryProblem error={company.error} onRetry={() => void company.refetch()} />
      </div>
    );
  }
  return (
    <div>
      <PageHeader title={company.data?.name ?? "…"} back={back} lead={company.data ? <Lead company={company.data} /> : <Skeleton height={16} width={240} mt={4} />} actions={company.data && <Actions company={company.data} />} />
      <SegmentedControl fullWidth className={classes["switch"] ?? ""} value={part} onChange={setPart} aria-label={t("contacts:parts")}
        data={[{ value: "timeline", label: t("contacts:timeline") }, { value: "facts", label: t("contacts:about") }]} />
      <div className={classes["columns"]} data-part={part}>
        <section className={classes["timeline"]} aria-label={t("contacts:timeline")}>
          <Title order={2} size="h3" mb="md" className={classes["wideOnly"] ?? ""}>{t("contacts:timeline")}</Title>
          <Timeline companyId={companyId} />
        </section>
        <aside className={classes["aside"]} aria-label={t("contacts:about")}>
          {company.data ? <Aside company={company.data} /> : <Stack gap="md">{[220, 120, 120].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>}
        </aside>
      </div>
    </div>
  );
}

function Lead({ company }: { company: Company }) {
  const { t } = useTranslation(["records", "contacts"]);
  const format = useFormat();
  return (
    <span className={classes["lead"]}>
      <Avatar name={company.name} color="gray" size={24} radius="md" alt="" />
      {company.domain && <Anchor href={`https://${company.domain}`} target="_blank" rel="noreferrer noopener" size="sm">{company.domain}</Anchor>}
      {t("contacts:since", { date: format.date(company.created_at) })}
      {company.tags.map((tag) => <Badge key={tag} color="gray">{tag}</Badge>)}
    </span>
  );
}

function Actions({ company }: { company: Company }) {
  const { t } = useTranslation(["records", "contacts", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, asking] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => deleteCompany(company.id),
    onError: (error) => { asking.close(); toastError(error); },
    onSuccess: async () => {
      toastDone(t("companyRemoved"));
      await navigate({ to: "/companies" });
      queries.removeQueries({ queryKey: [...COMPANIES, company.id] });
      await queries.invalidateQueries({ queryKey: [...COMPANIES, "list"] });
    },
  });
  if (!may("contacts.delete")) return null;
  return (
    <>
      <Menu>
        <Menu.Target><Button variant="default" px={10} aria-label={t("contacts:more")}><IconDots size={18} /></Button></Menu.Target>
        <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={asking.open}>{t("removeCompany")}</Menu.Item></Menu.Dropdown>
      </Menu>
      <ConfirmDialog isOpen={isAsking} title={t("removeCompanyTitle", { name: company.name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={asking.close}>
        {t("removeCompanyText")}
      </ConfirmDialog>
    </>
  );
}

function Aside({ company }: { company: Company }) {
  const { t } = useTranslation(["records", "contacts"]);
  const queries = useQueryClient();
  const may = useMay();
  const { data: fields } = useQuery(fieldsQuery("company"));
  const { data: users } = useQuery(usersQuery);
  const save = useMutation({
    mutationFn: (change: CompanyChange) => updateCompany(company.id, change),
    onSuccess: async (changed) => {
      queries.setQueryData(companyQuery(company.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: [...COMPANIES, "list"] });
    },
  });
  const people = (users?.items ?? []).filter(({ is_active }) => is_active).map(({ id, name }) => ({ value: id, label: name }));
  const facts: (ListField & { name: keyof Company })[] = [
    { name: "name", label: t("contacts:name"), kind: "text" },
    { name: "domain", label: t("domain"), kind: "text" },
    { name: "organisation_number", label: t("organisationNumber"), kind: "text" },
    { name: "phone", label: t("contacts:phone"), kind: "phone" },
    { name: "address", label: t("address"), kind: "long_text" },
    { name: "owner_id", label: t("owner"), kind: "user", choices: people },
  ];
  const isFixed = (name: string) => !may("contacts.write") || (fields?.fixed ?? []).includes(name);
  const isHidden = (name: string) => (fields?.hidden ?? []).includes(name);
  return (
    <>
      <section className={classes["card"]} aria-label={t("contacts:facts")}>
        <div className={classes["cardHead"]}><Title order={2} size="h4">{t("contacts:facts")}</Title></div>
        <dl className={classes["facts"]}>
          {facts.filter(({ name }) => !isHidden(name)).map((field) => (
            <EditableFact key={field.name} field={field} value={company[field.name]} isFixed={isFixed(field.name)} path={field.name} onSave={(value) => save.mutateAsync({ [field.name]: value ?? (field.name === "owner_id" ? null : "") })} />
          ))}
          {!isHidden("tags") && (
            <Fact label={t("tags")}>
              {isFixed("tags") ? <span className={classes["value"]}>{company.tags.join(", ") || "–"}</span> : (
                <TagsInput className={classes["input"] ?? ""} aria-label={t("tags")} placeholder={company.tags.length ? "" : t("contacts:addValue")} variant="unstyled" styles={{ input: { paddingLeft: 8 } }} value={company.tags} onChange={(tags) => save.mutate({ tags }, { onError: toastError })} />
              )}
            </Fact>
          )}
        </dl>
      </section>
      <OwnFields entity="company" values={company.fields} onSave={(key, value) => save.mutateAsync({ fields: { [key]: value } })} />
      <People company={company} />
      <Deals company={company} />
    </>
  );
}

function People({ company }: { company: Company }) {
  const { t } = useTranslation(["records", "common"]);
  const format = useFormat();
  const people = useQuery(companyPeopleQuery(company.id));
  const items = people.data?.items ?? [];
  return (
    <section className={classes["card"]} aria-label={t("people")}>
      <div className={classes["cardHead"]}>
        <Title order={2} size="h4">{t("people")}</Title>
        {company.people > items.length && <Anchor component={Link} to={`/contacts?filter=${encodeURIComponent(companyPeopleFilter(company.id))}`} size="sm">{t("allPeople", { people: format.integer(company.people) })}</Anchor>}
      </div>
      {people.isPending && <Skeleton height={40} />}
      {people.isError && <Text size="sm" c="dimmed">{describeError(people.error)}</Text>}
      {people.isSuccess && items.length === 0 && <Text size="sm" c="dimmed">{t("noPeople")}</Text>}
      <ul className={classes["list"]}>
        {items.map((contact) => (
          <li key={contact.id} className={classes["item"]}>
            <Avatar name={contact.display_name} color="fjord" size={24} radius="xl" alt="" />
            <span className={classes["itemText"]}>
              <Anchor component={Link} to={`/contacts/${contact.id}`} size="sm" fw={550} c="inherit">{contact.display_name}</Anchor>
              {contact.email && contact.email !== contact.display_name && <Text component="span" display="block" size="xs" c="dimmed">{contact.email}</Text>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Deals({ company }: { company: Company }) {
  const { t, i18n } = useTranslation(["records", "deals", "common"]);
  const format = useFormat();
  const deals = useQuery(companyDealsQuery(company.id));
  const { data: funnels } = useQuery(funnelViewsQuery);
  const items = deals.data?.items ?? [];
  const stageOf = (funnelId: string, id: string) => {
    const stage = funnels?.items.find((funnel) => funnel.id === funnelId)?.document.stages.find((one) => one.id === id);
    return stage ? stageName(stage, i18n.language) : id;
  };
  return (
    <section className={classes["card"]} aria-label={t("common:nav.deals")}>
      <div className={classes["cardHead"]}><Title order={2} size="h4">{t("common:nav.deals")}</Title></div>
      {deals.isPending && <Skeleton height={40} />}
      {deals.isError && <Text size="sm" c="dimmed">{describeError(deals.error)}</Text>}
      {deals.isSuccess && items.length === 0 && <Text size="sm" c="dimmed">{t("noDeals")}</Text>}
      {deals.data && deals.data.sums.length > 0 && (
        <dl className={classes["facts"]} style={{ marginBottom: 8 }}>
          {deals.data.sums.map((sum) => (
            <Fact key={`${sum.status}-${sum.value.currency}`} label={t(`deals:status.${sum.status}`)}>
              <span className={classes["value"]}><span className="figures">{format.money(sum.value)}</span><Text span size="xs" c="dimmed">{t("dealCount", { count: sum.count })}</Text></span>
            </Fact>
          ))}
        </dl>
      )}
      <ul className={classes["list"]}>
        {items.map((deal) => (
          <li key={deal.id} className={classes["item"]}>
            <span className={classes["itemText"]}>
              <Anchor component={Link} to={`/deals?deal=${deal.id}`} size="sm" fw={550} c="inherit">{deal.title}</Anchor>
              <Text component="span" display="block" size="xs" c="dimmed">{deal.status === "open" ? stageOf(deal.funnel_id, deal.stage) : t(`deals:status.${deal.status}`)}</Text>
            </span>
            {deal.value.minor > 0 && <span className="figures">{format.money(deal.value)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
