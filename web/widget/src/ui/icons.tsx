const stroke = {
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  "stroke-width": 1.8,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
  "aria-hidden": true,
} as const;

export const ChatIcon = () => (
  <svg {...stroke}>
    <path d="M4 5h16v11h-8.5L7 20v-4H4z" />
    <path d="M8 9.2h8M8 12.2h5" />
  </svg>
);

export const DownIcon = () => (
  <svg {...stroke}>
    <path d="m6 9 6 6 6-6" />
  </svg>
);

export const SendIcon = () => (
  <svg {...stroke}>
    <path d="M12 19V5M6 11l6-6 6 6" />
  </svg>
);
