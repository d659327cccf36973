import { Select, Skeleton, Stack } from "@mantine/core";
import { IconActivity, IconBuilding, IconForms, IconKey, IconMail, IconPalette, IconRoute, IconUsers, type Icon } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, type LazyExoticComponent } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";
import { useMay, type Permission } from "../session/useMay";
import { NotFound } from "../shell/NotFound";
import { isTab, TABS, type Tab } from "./search";
import classes from "./SettingsScreen.module.css";

const PARTS: Record<Tab, { icon: Icon; screen: LazyExoticComponent<() => React.ReactNode>; needs?: Permission }> = {
  company: { icon: IconBuilding, screen: lazy(() => import("./CompanyTab")) },
  brand: { icon: IconPalette, screen: lazy(() => import("./BrandTab")) },
  mail: { icon: IconMail, screen: lazy(() => import("./MailTab")) },
  keys: { icon: IconKey, screen: lazy(() => import("./KeysTab")), needs: "settings.write" },
  users: { icon: IconUsers, screen: lazy(() => import("./UsersTab")) },
  routing: { icon: IconRoute, screen: lazy(() => import("../routing/RoutingTab")) },
  fields: { icon: IconForms, screen: lazy(() => import("../records/FieldsTab")) },
  operations: { icon: IconActivity, screen: lazy(() => import("./OperationsTab")), needs: "operate" },
};

/** Everything that is set once and looked at rarely, part by part. */
export function SettingsScreen() {
  const { t } = useTranslation(["settings", "common"]);
  const { tab } = useParams({ from: "/app/settings/$tab" });
  const navigate = useNavigate();
  const may = useMay();
  if (!isTab(tab)) return <NotFound />;
  const shown = TABS.filter((name) => !PARTS[name].needs || may(PARTS[name].needs));
  const Screen = PARTS[tab].screen;
  return (
    <div>
      <PageHeader title={t("common:nav.settings")} />
      <div className={classes["columns"]}>
        <nav className={classes["nav"]} aria-label={t("common:nav.settings")}>
          {shown.map((name) => {
            const { icon: Icon } = PARTS[name];
            return (
              <Link key={name} to="/settings/$tab" params={{ tab: name }} className={classes["link"]} data-here={name === tab || undefined} aria-current={name === tab ? "page" : undefined}>
                <Icon size={18} stroke={1.5} aria-hidden />
                {t(`tabs.${name}`)}
              </Link>
            );
          })}
        </nav>
        <Select className={classes["select"] ?? ""} size="md" aria-label={t("part")} value={tab} data={shown.map((name) => ({ value: name, label: t(`tabs.${name}`) }))}
          onChange={(name) => name && void navigate({ to: "/settings/$tab", params: { tab: name } })} />
        <div className={classes["part"]}>
          <Suspense fallback={<TabSkeleton />}>
            <Screen key={tab} />
          </Suspense>
        </div>
      </div>
    </div>
  );
}

export function TabSkeleton() {
  return <Stack gap="lg" maw={640} aria-busy>{[56, 56, 56, 120].map((height, index) => <Skeleton key={index} height={height} radius="md" />)}</Stack>;
}
