/** Draws how figures grow, both axes logarithmic, readable on light and on dark ground. It must not know what it draws. */

/** One panel. */
export interface Series {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const PANEL = { width: 360, height: 220 };
const PLOT = { left: 58, right: 20, top: 40, bottom: 34 };
const COLUMNS = 2;

const STYLE = `
    text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .grid { stroke: #8c959f; stroke-opacity: .35 }
    .line { fill: none; stroke: #0969da; stroke-width: 2 }
    .dot { fill: #0969da }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .line { stroke: #4493f8 }
      .dot { fill: #4493f8 }
    }`;

const short = (value: number): string => {
  const digits = value >= 100 ? Math.round(value) : Number(value.toPrecision(2));
  return digits.toLocaleString('en');
};

/** Powers of ten around some figures. */
function decades(values: readonly number[]): readonly number[] {
  const positive = values.filter((value) => value > 0);
  const first = Math.floor(Math.log10(Math.min(...positive)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...positive))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

type Scale = (value: number) => number;

function scale(ticks: readonly number[], from: number, to: number): Scale {
  const [first, last] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from);
}

function panel({ title, unit, points }: Series): string {
  const xTicks = decades(points.map(([x]) => x));
  const yTicks = decades(points.map(([, y]) => y));
  const x = scale(xTicks, PLOT.left, PANEL.width - PLOT.right);
  const y = scale(yTicks, PANEL.height - PLOT.bottom, PLOT.top);
  const at = (value: number): string => value.toFixed(1);
  const rows = yTicks.map(
    (tick) =>
      `<line class="grid" x1="${PLOT.left}" x2="${PANEL.width - PLOT.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
      `<text x="${PLOT.left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>`,
  );
  const columns = xTicks.map(
    (tick) =>
      `<text x="${at(x(tick))}" y="${PANEL.height - PLOT.bottom + 18}" text-anchor="middle">${short(tick)}</text>`,
  );
  const path = points.map(([a, b]) => `${at(x(a))},${at(y(b))}`).join(' ');
  const dots = points.map(
    ([a, b]) =>
      `<circle class="dot" cx="${at(x(a))}" cy="${at(y(b))}" r="3.5"/>` +
      `<text x="${at(x(a))}" y="${at(y(b) - 8)}" text-anchor="middle">${short(b)}</text>`,
  );
  const head = `<text class="title" x="${PLOT.left}" y="18">${title}, ${unit}</text>`;
  return [head, ...rows, ...columns, `<polyline class="line" points="${path}"/>`, ...dots].join('\n    ');
}

/** The drawing. */
export function chart(series: readonly Series[]): string {
  const rows = Math.ceil(series.length / COLUMNS);
  const width = PANEL.width * COLUMNS;
  const height = PANEL.height * rows + 24;
  const panels = series.map((one, index) => {
    const left = (index % COLUMNS) * PANEL.width;
    const top = Math.floor(index / COLUMNS) * PANEL.height;
    return `  <g transform="translate(${left} ${top})">\n    ${panel(one)}\n  </g>`;
  });
  const foot = `  <text x="${width / 2}" y="${height - 6}" text-anchor="middle">tiers</text>`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="how figures grow with the number of tiers">`;
  return `${[head, `  <style>${STYLE}\n  </style>`, ...panels, foot, '</svg>'].join('\n')}\n`;
}
