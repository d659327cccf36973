import type { FunnelDocument } from "../../funnels/document";
import type { Deal } from "../api";
import type { DealRequest } from "../useDealChanges";
import { winningStage } from "./fields";
import { GateDrawer } from "./lazy";

interface Props {
  request: DealRequest;
  deal: Deal;
  document: FunnelDocument | undefined;
  onClose: () => void;
}

/** The drawer of the gate that did not let a request through. */
export function ShutGate({ request, deal, document, onClose }: Props) {
  const stage = request.kind === "move" ? request.stage : document && winningStage(document);
  if (!stage) return null;
  return <GateDrawer key={`${deal.id} ${stage}`} deal={deal} stage={stage} {...(request.kind === "close" ? { win: { reason: request.reason ?? "" } } : {})} onClose={onClose} />;
}
