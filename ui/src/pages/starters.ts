import type { PageDoc } from "./api";

const ENGLISH = {
  heading: "What you promise, in one sentence",
  text: "Why it is worth a minute of the reader’s time.",
  benefits: "What you get",
  benefit: "A reason",
  benefitText: "What it means for the reader, in a sentence.",
  formHeading: "Get it by e-mail",
  firstName: "First name",
  email: "E-mail",
  consent: "Yes, send me news and offers by e-mail. I can take this back at any time.",
  submit: "Send it to me",
  thanks: "Thank you!",
  thanksText: "Look in your inbox.",
  faq: "Questions and answers",
  question: "What does it cost?",
  answer: "Nothing.",
};

const NORWEGIAN: typeof ENGLISH = {
  heading: "Det du lover, i én setning",
  text: "Hvorfor det er verdt et minutt av leserens tid.",
  benefits: "Dette får du",
  benefit: "En grunn",
  benefitText: "Hva det betyr for leseren, i én setning.",
  formHeading: "Få det på e-post",
  firstName: "Fornavn",
  email: "E-post",
  consent: "Ja, send meg nyheter og tilbud på e-post. Jeg kan trekke dette tilbake når som helst.",
  submit: "Send den til meg",
  thanks: "Takk!",
  thanksText: "Se i innboksen din.",
  faq: "Spørsmål og svar",
  question: "Hva koster det?",
  answer: "Ingenting.",
};

/** Words of the page, not of the interface: they follow the page's language. */
const wordsFor = (locale: string) => (["nb", "no", "nn"].includes(locale.split("-")[0] ?? "") ? NORWEGIAN : ENGLISH);

/** An address from a title; the server suggests a better one where this will not do. */
export const slugOf = (title: string): string =>
  title.toLowerCase().replace(/[åäàáâ]/g, "a").replace(/æ/g, "ae").replace(/[øöóò]/g, "o").replace(/[éèê]/g, "e").replace(/[üú]/g, "u").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 100);

/** A page that collects addresses: a promise, reasons, a form, a question. */
export function starterDoc(name: string, locale: string): PageDoc {
  const words = wordsFor(locale);
  const benefit = (icon: string) => ({ icon, title: words.benefit, text: words.benefitText });
  return {
    root: { props: { title: name, slug: slugOf(name), locale } },
    content: [
      { type: "Hero", props: { id: "hero", heading: words.heading, text: words.text, primary: { label: words.submit, url: "#form" }, layout: "split", background: "tint" } },
      { type: "Benefits", props: { id: "benefits", heading: words.benefits, items: [benefit("check"), benefit("clock"), benefit("heart")] } },
      {
        type: "Form",
        props: {
          id: "form",
          heading: words.formHeading,
          background: "tint",
          form: {
            name: name,
            fields: [
              { name: "first_name", type: "text", label: words.firstName },
              { name: "email", type: "email", label: words.email, required: true },
            ],
            consents: [{ name: "news", purpose: "marketing", text: words.consent, required: false }],
            submit_label: words.submit,
            success_heading: words.thanks,
            success_text: words.thanksText,
          },
        },
      },
      { type: "Faq", props: { id: "faq", heading: words.faq, items: [{ question: words.question, answer: words.answer }] } },
    ],
  };
}
