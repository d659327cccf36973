import {
  IconAddressBook,
  IconBriefcase,
  IconBuilding,
  IconChartLine,
  IconFileImport,
  IconFilter,
  IconHome,
  IconLayout,
  IconMail,
  IconReceipt,
  IconSettings,
  IconSunHigh,
  IconTag,
  type Icon,
} from "@tabler/icons-react";

/** The screens of the navigation, in its order. `letter` follows "g" to go there by keyboard. */
export interface Section {
  name: "home" | "today" | "funnels" | "insights" | "contacts" | "companies" | "deals" | "pages" | "offers" | "orders" | "messages" | "imports" | "settings";
  path: "/" | "/today" | "/funnels" | "/insights" | "/contacts" | "/companies" | "/deals" | "/pages" | "/offers" | "/orders" | "/messages" | "/imports" | "/settings";
  icon: Icon;
  letter: string;
}

export const SECTIONS: readonly Section[] = [
  { name: "home", path: "/", icon: IconHome, letter: "h" },
  { name: "today", path: "/today", icon: IconSunHigh, letter: "t" },
  { name: "funnels", path: "/funnels", icon: IconFilter, letter: "f" },
  { name: "insights", path: "/insights", icon: IconChartLine, letter: "n" },
  { name: "contacts", path: "/contacts", icon: IconAddressBook, letter: "c" },
  { name: "companies", path: "/companies", icon: IconBuilding, letter: "y" },
  { name: "deals", path: "/deals", icon: IconBriefcase, letter: "d" },
  { name: "pages", path: "/pages", icon: IconLayout, letter: "p" },
  { name: "offers", path: "/offers", icon: IconTag, letter: "o" },
  { name: "orders", path: "/orders", icon: IconReceipt, letter: "r" },
  { name: "messages", path: "/messages", icon: IconMail, letter: "m" },
  { name: "imports", path: "/imports", icon: IconFileImport, letter: "i" },
  { name: "settings", path: "/settings", icon: IconSettings, letter: "s" },
];

/** What a phone's bottom bar has room for, the day's work first; the rest is behind "More". */
export const BAR_SECTIONS = (["today", "home", "contacts", "deals"] as const).flatMap((name) => SECTIONS.filter((section) => section.name === name));
