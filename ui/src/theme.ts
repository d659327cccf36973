import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The one accent: deep fjord teal. Shade 7 is the brand colour and carries white text at 6.1:1. */
const fjord: MantineColorsTuple = [
  "#EDF6F5",
  "#D9EBEA",
  "#B2D7D5",
  "#86C1BE",
  "#5BAAA7",
  "#389491",
  "#1F8080",
  "#0F6E6E",
  "#0B5858",
  "#084444",
];

/** Neutrals with a breath of blue, so that white surfaces look clean beside the accent. */
const slate: MantineColorsTuple = [
  "#F7F9FA",
  "#EEF2F4",
  "#E1E7EA",
  "#CDD6DB",
  "#A9B6BE",
  "#7C8B95",
  "#5A6A75",
  "#435261",
  "#2C3945",
  "#19232C",
];

/** Dark mode's ladder, from text (0) to the deepest ground (9). */
const deepSlate: MantineColorsTuple = [
  "#E3EAEE",
  "#C2CDD4",
  "#9DABB5",
  "#7A8994",
  "#46555F",
  "#303D47",
  "#222D36",
  "#161F27",
  "#111920",
  "#0C1318",
];

/** Leaks only: where people leave the funnel. */
const amber: MantineColorsTuple = [
  "#FFF8E8",
  "#FDEFCB",
  "#FADD95",
  "#F6C95A",
  "#F0B52E",
  "#DF9C12",
  "#B97C06",
  "#8F5D02",
  "#6F4802",
  "#523502",
];

/** Harm only: errors and what cannot be undone. */
const harm: MantineColorsTuple = [
  "#FDF1F0",
  "#FAE0DE",
  "#F3BDB9",
  "#EA938D",
  "#E06C64",
  "#D24F47",
  "#BF3A33",
  "#A32D28",
  "#82231F",
  "#611A17",
];

/** The head of a dialog is no banner of the page, though it is a `header` element. */
const DIALOG_HEADER = { role: "presentation" };

const DIALOG_STYLES = { title: { fontSize: "1.0625rem", fontWeight: 600, letterSpacing: "-0.01em" } };

export const theme = createTheme({
  colors: { fjord, gray: slate, dark: deepSlate, amber, red: harm },
  primaryColor: "fjord",
  primaryShade: { light: 7, dark: 7 },
  white: "#FFFFFF",
  black: "#19232C",
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, monospace",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "2rem" },
      h2: { fontSize: "1.125rem", lineHeight: "1.5rem" },
      h3: { fontSize: "1rem", lineHeight: "1.5rem" },
      h4: { fontSize: "0.875rem", lineHeight: "1.25rem" },
    },
  },
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  // The 8-pixel grid.
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "16px" },
  defaultRadius: "md",
  cursorType: "pointer",
  autoContrast: false,
  respectReducedMotion: true,
  shadows: {
    xs: "0 1px 2px rgb(25 35 44 / 6%)",
    sm: "0 1px 3px rgb(25 35 44 / 8%), 0 4px 12px rgb(25 35 44 / 4%)",
    md: "0 4px 8px rgb(25 35 44 / 6%), 0 12px 28px rgb(25 35 44 / 8%)",
    lg: "0 8px 16px rgb(25 35 44 / 8%), 0 24px 48px rgb(25 35 44 / 12%)",
    xl: "0 16px 32px rgb(25 35 44 / 10%), 0 32px 64px rgb(25 35 44 / 16%)",
  },
  // Plain objects, not `Button.extend(...)`: naming a component here would put it into the first load.
  components: {
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "lg" } },
    Alert: { defaultProps: { variant: "light" } },
    Badge: { defaultProps: { variant: "light", radius: "sm" }, styles: { label: { textTransform: "none", fontWeight: 500 } } },
    Button: { styles: { label: { fontWeight: 550 } } },
    Drawer: { defaultProps: { attributes: { header: DIALOG_HEADER }, position: "right", padding: "lg", overlayProps: { backgroundOpacity: 0.35 } }, styles: DIALOG_STYLES },
    Input: { defaultProps: { size: "sm" } },
    InputWrapper: {
      styles: { label: { fontWeight: 550, marginBottom: 4 }, description: { marginBottom: 4 }, error: { marginTop: 4 } },
    },
    // Without the placeholder the first item gets the focus; with it the menu holds a child that menus may not have.
    Menu: { defaultProps: { shadow: "md", position: "bottom-end", withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { attributes: { header: DIALOG_HEADER }, centered: true, padding: "lg", radius: "lg", overlayProps: { backgroundOpacity: 0.35 } }, styles: DIALOG_STYLES },
    NavLink: { defaultProps: { variant: "light" } },
    Paper: { defaultProps: { radius: "lg", withBorder: true } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: "right" } },
    Skeleton: { defaultProps: { radius: "sm" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: false } } },
  },
});

/** Tokens that are not Mantine's own: grounds, lines, leaks, and the hues that stages keep on every screen. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#FFFFFF",
    "--mantine-color-dimmed": "#5A6A75",
    "--mantine-color-placeholder": "#6B7A85",
    "--mantine-color-anchor": "#0F6E6E",
    "--mantine-color-error": "#A32D28",
    "--ground": "#FFFFFF",
    "--ground-quiet": "#F7F9FA",
    "--line": "#E1E7EA",
    "--line-strong": "#CDD6DB",
    "--ink": "#19232C",
    "--ink-quiet": "#5A6A75",
    "--accent": "#0F6E6E",
    "--accent-quiet": "#EDF6F5",
    "--leak": "#B97C06",
    "--leak-ink": "#8F5D02",
    "--leak-quiet": "#FFF8E8",
    "--ghost": "#7C8B95",
    "--stage-1": "#5AA7DA",
    "--stage-2": "#2B68B0",
    "--stage-3": "#8F83D6",
    "--stage-4": "#93478B",
    "--stage-5": "#2BA193",
    "--stage-6": "#2F6F4F",
    "--stage-7": "#8CA0AD",
    "--stage-8": "#44586A",
  },
  dark: {
    "--mantine-color-body": "#111920",
    "--mantine-color-dimmed": "#9DABB5",
    "--mantine-color-placeholder": "#8595A0",
    "--mantine-color-anchor": "#86C1BE",
    "--mantine-color-error": "#EA938D",
    // Mantine darkens "light" fills to near black on our ground; these keep their hue.
    "--mantine-color-fjord-light": "rgb(56 148 145 / 18%)",
    "--mantine-color-fjord-light-hover": "rgb(56 148 145 / 26%)",
    "--mantine-color-fjord-light-color": "#B2D7D5",
    "--mantine-color-gray-light": "rgb(124 139 149 / 18%)",
    "--mantine-color-gray-light-hover": "rgb(124 139 149 / 26%)",
    "--mantine-color-gray-light-color": "#CDD6DB",
    "--mantine-color-amber-light": "rgb(223 156 18 / 16%)",
    "--mantine-color-amber-light-hover": "rgb(223 156 18 / 24%)",
    "--mantine-color-amber-light-color": "#F6C95A",
    "--mantine-color-red-light": "rgb(210 79 71 / 18%)",
    "--mantine-color-red-light-hover": "rgb(210 79 71 / 26%)",
    "--mantine-color-red-light-color": "#F3BDB9",
    "--mantine-color-default": "#161F27",
    "--mantine-color-default-border": "#303D47",
    "--ground": "#111920",
    "--ground-quiet": "#161F27",
    "--line": "#26323B",
    "--line-strong": "#3B4953",
    "--ink": "#E3EAEE",
    "--ink-quiet": "#9DABB5",
    "--accent": "#5BAAA7",
    "--accent-quiet": "#15302F",
    "--leak": "#F0B52E",
    "--leak-ink": "#F6C95A",
    "--leak-quiet": "#2B2413",
    "--ghost": "#9DABB5",
    "--stage-1": "#6CB4E4",
    "--stage-2": "#3F7FCB",
    "--stage-3": "#A297E4",
    "--stage-4": "#AC5FA4",
    "--stage-5": "#35B3A4",
    "--stage-6": "#43906A",
    "--stage-7": "#9AADB9",
    "--stage-8": "#5C7287",
  },
});
