import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { offerQuery } from "./api";
import { blankOffer } from "./offer";
import { OfferEditor } from "./OfferEditor";

/** One offer to edit, or with the id `new` one to be. */
export function OfferScreen() {
  const { t } = useTranslation(["offers", "common"]);
  const { offerId } = useParams({ from: "/app/offers/$offerId" });
  const isNew = offerId === "new";
  const { data: session } = useQuery(sessionQuery);
  const answer = useQuery({ ...offerQuery(offerId), enabled: !isNew });
  const back = { to: "/offers", label: t("common:nav.offers") };
  const company = session?.company;
  if (answer.isError && !answer.data) {
    return (
      <div>
        <PageHeader title={t("offer")} back={back} />
        <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />
      </div>
    );
  }
  if (!company || (!isNew && !answer.data)) {
    return (
      <div>
        <PageHeader title="…" back={back} />
        <Stack gap="md">{[200, 120, 120].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
      </div>
    );
  }
  const offer = isNew ? null : (answer.data ?? null);
  // Another offer is another form.
  return <OfferEditor key={offerId} offer={offer} document={offer?.document ?? blankOffer(company.currency)} languages={company.locales} baseUrl={company.base_url} />;
}
