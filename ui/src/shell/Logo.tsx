/** The mark: a band that narrows. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden style={{ flex: "none", display: "block" }}>
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-fjord-7)" />
      <path d="M7 8.5c5.5 0 5 4.6 9 4.6s3.5-4.6 9-4.6v3.1c-5 .6-5 6.2-7.300 6.800-.5.15-.7.5-.7 1V24l-2 1.2v-5.800c0-.5-.2-.85-.7-1C12 17.8 12 12.2 7 11.6z" fill="#fff" />
    </svg>
  );
}
