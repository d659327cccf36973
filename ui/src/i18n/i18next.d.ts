import "i18next";
import type common from "../locales/en/common.json";
import type contacts from "../locales/en/contacts.json";
import type events from "../locales/en/events.json";
import type funnels from "../locales/en/funnels.json";
import type home from "../locales/en/home.json";
import type imports from "../locales/en/imports.json";
import type session from "../locales/en/session.json";

// English decides which keys exist: a misspelt one does not compile. Add each new namespace here.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    returnNull: false;
    resources: {
      common: typeof common;
      contacts: typeof contacts;
      events: typeof events;
      funnels: typeof funnels;
      home: typeof home;
      imports: typeof imports;
      session: typeof session;
    };
  }
}
