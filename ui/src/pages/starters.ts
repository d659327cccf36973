import type { PageDoc } from "./api";
import { wordsFor, type StarterWords } from "./starterWords";

/** What a page may begin as. */
export const STARTERS = ["guide", "talk", "sale", "blank"] as const;
export type Starter = (typeof STARTERS)[number];

type Block = PageDoc["content"][number];

const block = (type: string, id: string, props: Record<string, unknown>): Block => ({ type, props: { id, ...props } });
const entries = (items: readonly string[], text: string) => items.map((title) => ({ title, text }));
const benefits = (items: readonly string[], text: string) => entries(items, text).map((item, index) => ({ icon: ["check", "clock", "heart"][index % 3], ...item }));
const faq = (heading: string, items: readonly string[][]) => block("Faq", "faq", { heading, items: items.map(([question, answer]) => ({ question, answer })) });
const voices = (heading: string, quote: string, name: string) => block("Testimonials", "voices", { heading, items: [{ quote, name }] });
const hero = (words: { heading: string; text: string; points: string[] }, label: string, url: string) =>
  block("Hero", "hero", { heading: words.heading, text: words.text, points: words.points.map((text) => ({ text })), primary: { label, url }, layout: "center", background: "tint" });

interface FormWords {
  form: string;
  submit: string;
  thanksText: string;
}

function form(name: string, words: StarterWords, own: FormWords, further: Record<string, unknown>[]): Block {
  const fields = [{ name: "first_name", type: "text", label: words.firstName }, { name: "email", type: "email", label: words.email, required: true }, ...further];
  const consents = [{ name: "news", purpose: "marketing", text: words.news, required: false }];
  const said = { submit_label: own.submit, success_heading: words.thanks, success_text: own.thanksText };
  return block("Form", "form", { heading: own.form, note: words.note, background: "tint", form: { name, fields, consents, ...said } });
}

function contentOf(starter: Starter, name: string, words: StarterWords): Block[] {
  const { guide, talk, sale } = words;
  switch (starter) {
    case "guide":
      return [hero(guide, guide.submit, "#form"), block("Benefits", "benefits", { heading: guide.benefits, items: benefits(guide.items, words.yourWords) }), form(name, words, guide, []), faq(words.faq, guide.faq)];
    case "talk":
      return [
        hero(talk, talk.submit, "#form"), block("Steps", "steps", { heading: talk.steps, items: entries(talk.items, words.yourWords) }), voices(talk.voices, talk.quote, talk.name),
        form(name, words, talk, [{ name: "phone", type: "phone", label: words.phone }, { name: "message", type: "textarea", label: words.message }]),
        block("Guarantee", "guarantee", { heading: talk.guarantee, text: talk.guaranteeText }),
      ];
    case "sale":
      return [
        hero(sale, sale.button, "#buy"), block("Benefits", "benefits", { heading: sale.benefits, items: benefits(sale.items, words.yourWords) }), voices(sale.voices, sale.quote, sale.name),
        block("Guarantee", "guarantee", { heading: sale.guarantee, text: sale.guaranteeText, background: "tint" }),
        // Where it leads is the offer's address, which only its writer knows.
        block("Button", "buy", { label: sale.buy, url: "", align: "center" }), faq(words.faq, sale.faq),
      ];
    case "blank":
      return [];
  }
}

/** An address from a title; the server suggests a better one where this will not do. */
export const slugOf = (title: string): string =>
  title.toLowerCase().replace(/[åäàáâ]/g, "a").replace(/æ/g, "ae").replace(/[øöóò]/g, "o").replace(/[éèê]/g, "e").replace(/[üú]/g, "u").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 100);

/** A page to begin with, written in the page's language. */
export const starterDoc = (starter: Starter, name: string, locale: string): PageDoc => ({
  root: { props: { title: name, slug: slugOf(name), locale } },
  content: contentOf(starter, name, wordsFor(locale)),
});
