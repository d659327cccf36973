import {
  IconBan,
  IconCalendarCheck,
  IconCash,
  IconClick,
  IconDownload,
  IconEye,
  IconForms,
  IconMail,
  IconPoint,
  IconShieldCheck,
  IconShoppingCart,
  IconTag,
  IconTrophy,
  IconUserPlus,
  type Icon,
} from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  "Page Viewed": IconEye,
  "Form Viewed": IconForms,
  "Form Submitted": IconForms,
  "Lead Captured": IconUserPlus,
  "Email Confirmed": IconShieldCheck,
  "Email Link Clicked": IconClick,
  "Lead Magnet Downloaded": IconDownload,
  "Offer Viewed": IconTag,
  "Checkout Started": IconShoppingCart,
  "Order Completed": IconShoppingCart,
  "Order Paid": IconCash,
  "Deal Won": IconTrophy,
  "Deal Lost": IconBan,
  "Consent Given": IconShieldCheck,
  "Consent Withdrawn": IconBan,
  Unsubscribed: IconBan,
  "Booking Made": IconCalendarCheck,
  "Meeting Held": IconCalendarCheck,
};

/** What an event looks like in a list. */
export const eventIcon = (event: string): Icon => ICONS[event] ?? (event.startsWith("Email") ? IconMail : IconPoint);
