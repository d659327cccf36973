import { Anchor, Avatar, Badge, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuilding, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { usersQuery } from "../deals/api";
import { useFormat } from "../i18n";
import { ExportMenu } from "../records/ExportMenu";
import type { ListField } from "../records/fields";
import { RecordsList, selectionOf, shownColumns } from "../records/RecordsList";
import { useListFields } from "../records/useRecords";
import { useMay } from "../session/useMay";
import { COMPANIES, fetchCompanies, type Company } from "./api";

const CreateCompany = lazy(() => import("./CreateCompany"));

/** The companies that contacts work for. */
export function CompaniesScreen() {
  const { t } = useTranslation(["records", "contacts", "common"]);
  const search = useSearch({ from: "/app/companies" });
  const navigate = useNavigate({ from: "/companies" });
  const may = useMay();
  const [isCreating, creating] = useDisclosure(false);
  const { fields, own, isHidden, isFixed } = useListFields("company", useBuiltIn());
  const columns = useColumns().filter(({ key }) => !isHidden(key));
  const { q, sort, filter, columns: chosen } = search;
  const asked = { q, sort, filter };
  const add = may("contacts.write") && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("addCompany")}</Button>;
  const files = shownColumns(columns.filter(({ key }) => key !== "people"), own, chosen);
  return (
    <div>
      <PageHeader title={t("common:nav.companies")} lead={t("companiesLead")}
        actions={<><ExportMenu entity="company" selection={selectionOf(search, null)} sort={sort} columns={files} name={t("common:nav.companies")} />{add}</>} />
      <RecordsList<Company, typeof search> entity="company" label={t("common:nav.companies")} all={t("allCompanies")} search={search} onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
        columns={columns} fields={fields} own={own} isFixed={isFixed} valuesOf={(row) => row.fields} queryKey={[...COMPANIES, "list", asked]} fetchPage={(cursor, signal) => fetchCompanies(asked, cursor, signal)}
        rowKey={(row) => row.id} rowName={(row) => row.name} onOpen={(row) => void navigate({ to: "/companies/$companyId", params: { companyId: row.id } })}
        empty={<EmptyState icon={IconBuilding} title={t("noCompanies")} hint={t("noCompaniesHint")} actions={add} />} />
      <Suspense>
        {isCreating && <CreateCompany onClose={creating.close} onDone={(company) => void navigate({ to: "/companies/$companyId", params: { companyId: company.id } })} />}
      </Suspense>
    </div>
  );
}

function useBuiltIn(): ListField[] {
  const { t } = useTranslation(["records", "contacts"]);
  return [
    { name: "name", label: t("contacts:name"), kind: "text" },
    { name: "domain", label: t("domain"), kind: "text" },
    { name: "organisation_number", label: t("organisationNumber"), kind: "text" },
    { name: "phone", label: t("contacts:phone"), kind: "text" },
    { name: "address", label: t("address"), kind: "text" },
    { name: "owner_id", label: t("owner"), kind: "user" },
    { name: "tags", label: t("tags"), kind: "tags" },
    { name: "created_at", label: t("contacts:created"), kind: "date_time" },
    { name: "updated_at", label: t("updated"), kind: "date_time" },
  ];
}

function useColumns(): Column<Company>[] {
  const { t } = useTranslation(["records", "contacts"]);
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const dash = <Text span c="dimmed">–</Text>;
  return [
    {
      key: "name",
      header: t("contacts:name"),
      isSortable: true,
      cell: (row) => (
        <Group gap={12} wrap="nowrap" style={{ minWidth: 0 }}>
          <Avatar name={row.name} color="gray" size={28} radius="md" alt="" />
          <Anchor component={Link} to={`/companies/${row.id}`} size="sm" fw={550} c="inherit" lineClamp={1}>{row.name}</Anchor>
        </Group>
      ),
    },
    { key: "domain", header: t("domain"), isSortable: true, cell: (row) => row.domain || dash },
    { key: "people", header: t("people"), align: "right", cell: (row) => (row.people > 0 ? format.integer(row.people) : dash) },
    { key: "phone", header: t("contacts:phone"), isSortable: true, isOptional: true, isHiddenOnPhone: true, cell: (row) => row.phone || dash },
    { key: "organisation_number", header: t("organisationNumber"), isSortable: true, isOptional: true, isHiddenOnPhone: true, cell: (row) => row.organisation_number || dash },
    { key: "owner_id", header: t("owner"), isSortable: true, isHiddenOnPhone: true, cell: (row) => users?.items.find(({ id }) => id === row.owner_id)?.name ?? dash },
    { key: "tags", header: t("tags"), isHiddenOnPhone: true, cell: (row) => row.tags.length === 0 ? dash : <Group gap={4} wrap="nowrap">{row.tags.slice(0, 2).map((tag) => <Badge key={tag} color="gray">{tag}</Badge>)}{row.tags.length > 2 && <Text span size="xs" c="dimmed">+{row.tags.length - 2}</Text>}</Group> },
    { key: "created_at", header: t("contacts:created"), isSortable: true, align: "right", isHiddenOnPhone: true, cell: (row) => <time dateTime={row.created_at}>{format.date(row.created_at)}</time> },
  ];
}
