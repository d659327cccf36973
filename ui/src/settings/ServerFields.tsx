import { Anchor, Collapse, NumberInput, PasswordInput, Select, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MailSecurity } from "./api";
import classes from "./SettingsScreen.module.css";

/** A mail server and the login there, as its form holds them. */
export interface ServerValues extends Record<string, unknown> {
  host: string;
  port: number;
  security: MailSecurity;
  username: string;
  /** Null: the one there is stays. */
  password: string | null;
  ca_pem: string;
}

/** What of them is sent: a password only when one was written. */
export const serverRequest = ({ password, ca_pem }: Pick<ServerValues, "password" | "ca_pem">) => ({ ...(password === null ? {} : { password }), ca_pem: ca_pem.trim() || null });

interface Props {
  values: ServerValues;
  errors: Record<string, ReactNode>;
  field: (name: string) => object;
  onChange: (name: keyof ServerValues & string, value: string | number | null) => void;
  isFixed: boolean;
  hasPassword: boolean;
  placeholder: string;
  /** The usual ports, the kind of connection that is offered first first. */
  ports: readonly (readonly [MailSecurity, number])[];
  /** More fields, between the login and what few need. */
  children?: ReactNode;
}

/** The fields of a mail server: where it is, how it is protected, the login, and what few need. */
export function ServerFields({ values, errors, field, onChange, isFixed, hasPassword, placeholder, ports, children }: Props) {
  const { t } = useTranslation("settings");
  const [hasMore, more] = useDisclosure(values.ca_pem !== "");
  const usual = new Map(ports);
  const changeSecurity = (security: MailSecurity) => {
    // The port follows while it is the usual one.
    if (values.port === usual.get(values.security)) onChange("port", usual.get(security) ?? values.port);
    onChange("security", security);
  };
  return (
    <>
      <TextInput className={classes["wide"] ?? ""} label={t("mail.host")} placeholder={placeholder} spellCheck={false} autoCapitalize="none" {...field("host")} />
      <Select label={t("mail.security")} data={ports.map(([value]) => ({ value, label: t(`mail.securities.${value}`) }))} value={values.security} readOnly={isFixed} error={errors["security"]} onChange={(value) => value && changeSecurity(value)} />
      <NumberInput label={t("mail.port")} min={1} max={65_535} allowDecimal={false} hideControls {...field("port")} />
      <TextInput label={t("mail.username")} autoComplete="off" spellCheck={false} autoCapitalize="none" {...field("username")} />
      <PasswordInput label={t("mail.password")} autoComplete="new-password" placeholder={hasPassword ? t("mail.passwordKept") : ""} readOnly={isFixed} error={errors["password"]} value={values.password ?? ""}
        visibilityToggleButtonProps={{ "aria-label": t("mail.showPassword") }}
        onChange={(event) => onChange("password", event.currentTarget.value === "" && values.password === null ? null : event.currentTarget.value)} />
      {children}
      <div className={classes["wide"]}>
        <Anchor component="button" type="button" size="sm" aria-expanded={hasMore} onClick={more.toggle}>{t(hasMore ? "mail.lessServer" : "mail.moreServer")}</Anchor>
        <Collapse expanded={hasMore}>
          <Textarea mt="sm" label={t("mail.ca")} description={t("mail.caHint")} autosize minRows={3} maxRows={8} spellCheck={false} placeholder="-----BEGIN CERTIFICATE-----" styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }} {...field("ca_pem")} />
        </Collapse>
      </div>
    </>
  );
}
