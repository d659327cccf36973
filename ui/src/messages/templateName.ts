import { useTranslation } from "react-i18next";

const BUILTINS = ["lead_magnet", "confirm_email", "order_confirmation", "new_lead_notice"] as const;

/** What a template is called: the built-in ones in the reader's language, the company's own by their name. */
export function useTemplateName(): (name: string) => string {
  const { t } = useTranslation("messages");
  return (name) => {
    const known = BUILTINS.find((builtin) => builtin === name);
    return known ? t(`names.${known}`) : name;
  };
}
