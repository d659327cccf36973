import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SectionLinks } from "./SectionLinks";
import { BAR_SECTIONS, SECTIONS } from "./sections";

/** On a phone: the screens that the bottom bar has no room for. */
export default function MoreDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer opened onClose={onClose} position="bottom" size="auto" title={t("nav.more")} padding="md" closeButtonProps={{ "aria-label": t("nav.closeMenu") }}>
      <nav aria-label={t("nav.more")}>
        <SectionLinks sections={SECTIONS.filter((section) => !BAR_SECTIONS.includes(section))} onGo={onClose} />
      </nav>
    </Drawer>
  );
}
