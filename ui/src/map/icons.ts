import { IconArticle, IconBook2, IconBrowser, IconCalendarEvent, IconFileText, IconGift, IconHeartHandshake, IconMail, IconMessage2, IconRobot, IconSpeakerphone, IconTag, IconVideo, IconBuildingStore, IconWorld, IconCoins, IconRoute, type Icon } from "@tabler/icons-react";
import type { Schema } from "../api/types";
import type { ContentKind } from "./content";

export const CONTENT_ICONS: Record<ContentKind, Icon> = {
  page: IconBrowser, offer: IconTag, magnet: IconGift, message: IconMail, automation: IconRobot, ad: IconSpeakerphone, article: IconArticle, video: IconVideo, event: IconCalendarEvent, script: IconMessage2, paper: IconFileText,
};

/** By who pays for the attention. */
export const CHANNEL_ICONS: Record<Schema<"ChannelKind"> | "other", Icon> = { paid: IconCoins, owned: IconBook2, earned: IconHeartHandshake, other: IconRoute };

export const PLACE_ICONS: Record<Schema<"Touchpoint">, Icon> = { online: IconWorld, offline: IconBuildingStore };
