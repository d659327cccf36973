import "i18next";
import type common from "../locales/en/common.json";
import type contacts from "../locales/en/contacts.json";
import type deals from "../locales/en/deals.json";
import type events from "../locales/en/events.json";
import type funnels from "../locales/en/funnels.json";
import type home from "../locales/en/home.json";
import type imports from "../locales/en/imports.json";
import type insights from "../locales/en/insights.json";
import type messages from "../locales/en/messages.json";
import type offers from "../locales/en/offers.json";
import type orders from "../locales/en/orders.json";
import type pages from "../locales/en/pages.json";
import type records from "../locales/en/records.json";
import type session from "../locales/en/session.json";
import type settings from "../locales/en/settings.json";
import type timeline from "../locales/en/timeline.json";

// English decides which keys exist: a misspelt one does not compile. Add each new namespace here.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    returnNull: false;
    resources: {
      common: typeof common;
      contacts: typeof contacts;
      deals: typeof deals;
      events: typeof events;
      funnels: typeof funnels;
      home: typeof home;
      imports: typeof imports;
      insights: typeof insights;
      messages: typeof messages;
      offers: typeof offers;
      orders: typeof orders;
      pages: typeof pages;
      records: typeof records;
      session: typeof session;
      settings: typeof settings;
      timeline: typeof timeline;
    };
  }
}
