/** The mark: a band that narrows, as the funnel picture does. The same drawing is in public/icon.svg. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden style={{ flex: "none", display: "block" }}>
      <rect width="32" height="32" rx="9" fill="var(--mantine-color-fjord-7)" />
      <rect x="6" y="7" width="5" height="18" rx="1.5" fill="#fff" />
      <path d="M12.5 7.2c7 .8 5.5 5.8 9 5.8v6c-3.5 0-2 5-9 5.8z" fill="#fff" opacity=".55" />
      <rect x="22.5" y="12.5" width="3.5" height="7" rx="1.2" fill="#fff" />
    </svg>
  );
}
