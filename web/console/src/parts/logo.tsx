export const Logo = () => (
  <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="currentColor" />
    <path d="M8 12h16M8 16h16M8 20h10" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" />
  </svg>
);
