import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";
import classes from "./builder/Builder.module.css";

/** Holds the builder's place. */
export function BuilderSkeleton({ title }: { title: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <PageHeader title={title} />
      <div role="status" aria-label={t("chart.loading")}>
        <Skeleton height={40} mb="lg" radius="md" />
        <div className={classes["root"]}>
          <Skeleton height={480} radius="lg" />
          <Skeleton height={480} radius="lg" />
        </div>
      </div>
    </div>
  );
}
