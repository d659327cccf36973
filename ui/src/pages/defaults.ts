/** The props of every block, as the server's `page` module names them, and the limits it sets. */

export const ICONS = ["check", "clock", "calendar", "shield", "heart", "star", "phone", "mail", "pin", "gift", "people", "chart", "leaf", "spark", "lock", "wallet", "chat", "tooth", "smile", "truck"];
export const FIELD_KINDS = ["text", "email", "phone", "select", "checkbox", "textarea", "hidden"];
export const PURPOSES = ["marketing", "terms", "special_data"];
export const ITEMS_MAX = 40;
export const FIELDS_MAX = 30;
export const CONSENTS_MAX = 8;

export const NO_LINK = { label: "", url: "" };
export const NO_IMAGE = { src: "", alt: "", width: null, height: null };
export const EMAIL_FIELD = { name: "email", type: "email", label: "E-mail", placeholder: "", help: "", required: true, options: [], value: "" };
const EMPTY_FORM = { name: "", fields: [EMAIL_FIELD], consents: [], submit_label: "", double_opt_in: false, success_heading: "", success_text: "", redirect_url: "", magnet: "" };

/** The props every block of a type has; what a document leaves out is filled in from here. */
export const DEFAULTS: Record<string, Record<string, unknown>> = {
  Hero: { eyebrow: "", heading: "", text: "", points: [], primary: NO_LINK, secondary: NO_LINK, image: NO_IMAGE, layout: "split", background: "plain", aside: [] },
  Text: { html: "", align: "start", width: "narrow", background: "plain" },
  Image: { image: NO_IMAGE, caption: "", url: "", size: "wide" },
  Video: { url: "", title: "", poster: NO_IMAGE, caption: "", background: "plain" },
  Benefits: { heading: "", text: "", items: [], background: "plain" },
  Steps: { heading: "", text: "", items: [], background: "plain" },
  Testimonials: { heading: "", items: [], background: "plain" },
  Faq: { heading: "", items: [], background: "plain" },
  Countdown: { heading: "", text: "", deadline: "", expired_text: "", button: NO_LINK, background: "plain" },
  Guarantee: { heading: "", text: "", signed_by: "", icon: "shield", background: "plain" },
  Form: { heading: "", text: "", form: EMPTY_FORM, note: "", background: "plain" },
  Button: { label: "", url: "", kind: "primary", align: "start", note: "" },
  Columns: { ratio: "half", background: "plain", left: [], right: [] },
  Spacer: { size: "medium" },
  Divider: {},
  LogoRow: { heading: "", logos: [] },
};

export const ROOT_DEFAULTS = { title: "", description: "", slug: "", og_image: "", canonical: "", noindex: false, alternates: [] };
