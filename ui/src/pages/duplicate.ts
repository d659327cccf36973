import { api } from "../api/client";
import { createPage, saveDraft, type PageContent, type PageDoc, type PageView } from "./api";

/** A copy must not want the address of the page it was made from. */
export function atAnotherAddress(doc: PageDoc): PageDoc {
  const props = doc.root.props ?? {};
  const slug = typeof props["slug"] === "string" ? props["slug"] : "";
  return { ...doc, root: { props: { ...props, slug: slug ? `${slug}-2` : "2" } } };
}

/** Copies a page with all its languages, as drafts. Answers the new page's id. */
export async function duplicatePage(page: PageView, name: string): Promise<string> {
  const versions = await Promise.all(page.locales.map(({ locale }) => api.get<PageContent>(`/pages/${page.id}`, { query: { locale } })));
  const [first, ...others] = versions.map(({ locale, doc }) => ({ locale, doc: atAnotherAddress(doc) }));
  if (!first) throw new Error("a page has at least one version");
  const { page: copy } = await createPage({ name, ...first });
  for (const { locale, doc } of others) await saveDraft(copy.id, locale, doc);
  return copy.id;
}
