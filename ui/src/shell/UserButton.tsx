import { Avatar, UnstyledButton, VisuallyHidden, type UnstyledButtonProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import { useTranslation } from "react-i18next";

interface Props extends UnstyledButtonProps, Omit<ComponentPropsWithRef<"button">, keyof UnstyledButtonProps> {
  name: string;
}

/** The face of the user menu, there before the menu itself is loaded. */
export function UserButton({ name, ...others }: Props) {
  const { t } = useTranslation();
  return (
    <UnstyledButton aria-haspopup="menu" style={{ borderRadius: 18 }} {...others}>
      <Avatar name={name} color="fjord" size={36} radius="xl" alt="" />
      <VisuallyHidden>{t("user.menu", { name })}</VisuallyHidden>
    </UnstyledButton>
  );
}
