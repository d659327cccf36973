import "i18next";
import type activities from "../locales/en/activities.json";
import type common from "../locales/en/common.json";
import type contacts from "../locales/en/contacts.json";
import type deals from "../locales/en/deals.json";
import type designs from "../locales/en/designs.json";
import type duplicates from "../locales/en/duplicates.json";
import type emails from "../locales/en/emails.json";
import type events from "../locales/en/events.json";
import type funnels from "../locales/en/funnels.json";
import type gates from "../locales/en/gates.json";
import type home from "../locales/en/home.json";
import type imports from "../locales/en/imports.json";
import type insights from "../locales/en/insights.json";
import type map from "../locales/en/map.json";
import type messages from "../locales/en/messages.json";
import type offers from "../locales/en/offers.json";
import type orders from "../locales/en/orders.json";
import type pages from "../locales/en/pages.json";
import type playbooks from "../locales/en/playbooks.json";
import type records from "../locales/en/records.json";
import type segments from "../locales/en/segments.json";
import type session from "../locales/en/session.json";
import type settings from "../locales/en/settings.json";
import type team from "../locales/en/team.json";
import type temperature from "../locales/en/temperature.json";
import type timeline from "../locales/en/timeline.json";
import type today from "../locales/en/today.json";

// English decides which keys exist: a misspelt one does not compile. Add each new namespace here.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    returnNull: false;
    resources: {
      activities: typeof activities;
      common: typeof common;
      contacts: typeof contacts;
      deals: typeof deals;
      designs: typeof designs;
      duplicates: typeof duplicates;
      emails: typeof emails;
      events: typeof events;
      funnels: typeof funnels;
      gates: typeof gates;
      home: typeof home;
      imports: typeof imports;
      insights: typeof insights;
      map: typeof map;
      messages: typeof messages;
      offers: typeof offers;
      orders: typeof orders;
      pages: typeof pages;
      playbooks: typeof playbooks;
      records: typeof records;
      segments: typeof segments;
      session: typeof session;
      settings: typeof settings;
      team: typeof team;
      temperature: typeof temperature;
      timeline: typeof timeline;
      today: typeof today;
    };
  }
}
