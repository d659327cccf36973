import { IconChartLine, IconFilter, IconHourglass, IconRefresh, IconRoute, IconUsers, type Icon } from "@tabler/icons-react";
import type { Kind } from "./ask";

export const KIND_ICONS: Record<Kind, Icon> = { funnel: IconFilter, trend: IconChartLine, retention: IconRefresh, paths: IconRoute, lifecycle: IconUsers, time_in_stage: IconHourglass };
