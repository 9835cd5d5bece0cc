/**
 * Shaders of one product, y [m, n] = a [m, k] b [k, n], from the plainest to those that leave little to gain. Of a
 * convolution b is never laid out: its column is a point of the image, its row a tap of a channel.
 *
 *   naive        a thread an output, all from memory
 *   tiled        the same, slices of 16 × 16 through the group's memory
 *   tm×tn gx×gy  a thread tm × tn outputs, gx × gy threads a group, slices of `depth` through the group's memory
 *   … vec4       four neighbours of a, and of a matrix b, in one load
 *   subgroup     4 × 4 outputs a thread; a through registers of the subgroup, no memory of the group
 */

export interface Problem {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Rows and columns of the image of a 3 × 3 convolution, padded by 1; without, b is a matrix. */
  readonly image?: readonly [h: number, w: number];
}

export interface Variant {
  readonly name: string;
  /** Outputs of a group along m and n, for subgroups of so many threads. */
  readonly tile: (subgroup: number) => readonly [m: number, n: number];
  readonly subgroups: boolean;
  readonly wide: boolean;
  /** The shader's text behind the functions that read a and b. */
  readonly body: string;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Bindings, and functions that read one element, or four along k of a, along n of b; beyond the edge its last ones. */
export function operands({ m, n, k, image }: Problem, wide: boolean): string {
  const [h, w] = image ?? [0, 0];
  const element = (name: string, at: string): string => (wide ? `${name}[(${at}) >> 2][(${at}) & 3]` : `${name}[${at}]`);
  const four = (name: string, at: string): string =>
    wide ? `${name}[(${at}) >> 2]` : `vec4f(${range(4).map((j) => `${name}[${at} + ${j}]`).join(", ")})`;
  const matrix = `
fn b1(k: i32, n: i32) -> f32 { return ${element("b", "k * size_n + min(n, size_n - 1)")}; }
fn b4(k: i32, n: i32) -> vec4f { let at = k * size_n + min(n, size_n - 4); return ${four("b", "at")}; }`;
  const taps = `
fn b1(k: i32, n: i32) -> f32 {
  let tap = k % 9;
  let y = n / ${w} + tap / 3 - 1;
  let x = n % ${w} + tap % 3 - 1;
  if (y < 0 || y >= ${h} || x < 0 || x >= ${w}) { return 0.0; }
  return b[(k / 9 * ${h} + y) * ${w} + x];
}
fn b4(k: i32, n: i32) -> vec4f { return vec4f(b1(k, n), b1(k, n + 1), b1(k, n + 2), b1(k, n + 3)); }`;
  const type = (vector: boolean): string => (vector ? "vec4f" : "f32");
  return `const size_m = ${m}; const size_n = ${n}; const size_k = ${k};
@group(0) @binding(0) var<storage, read> a: array<${type(wide)}>;
@group(0) @binding(1) var<storage, read> b: array<${type(wide && image === undefined)}>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn a1(m: i32, k: i32) -> f32 { let at = min(m, size_m - 1) * size_k + k; return ${element("a", "at")}; }
fn a4(m: i32, k: i32) -> vec4f { let at = min(m, size_m - 1) * size_k + k; return ${four("a", "at")}; }
fn store(m: i32, n: i32, x: f32) { if (m < size_m && n < size_n) { y[m * size_n + n] = x; } }${image === undefined ? matrix : taps}
`;
}

const naive: Variant = {
  name: "naive",
  tile: () => [16, 16],
  subgroups: false,
  wide: false,
  body: `@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = vec2i(id.xy);
  var sum = 0.0;
  for (var k = 0; k < size_k; k++) { sum += a1(at.y, k) * b1(k, at.x); }
  store(at.y, at.x, sum);
}`,
};

const tiled: Variant = {
  name: "tiled",
  tile: () => [16, 16],
  subgroups: false,
  wide: false,
  body: `var<workgroup> sa: array<array<f32, 16>, 16>;
var<workgroup> sb: array<array<f32, 16>, 16>;
@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) own: vec3u) {
  let at = vec2i(id.xy);
  var sum = 0.0;
  for (var k = 0; k < size_k; k += 16) {
    sa[own.y][own.x] = a1(at.y, k + i32(own.x));
    sb[own.y][own.x] = b1(k + i32(own.y), at.x);
    workgroupBarrier();
    for (var d = 0; d < 16; d++) { sum += sa[own.y][d] * sb[d][own.x]; }
    workgroupBarrier();
  }
  store(at.y, at.x, sum);
}`,
};

/** Registers: threads stand side by side along n, and each has every gx-th vector of four columns. */
function registers(tm: number, tn: number, gx: number, gy: number, depth: number, wide: boolean): Variant {
  const [rows, vectors, threads] = [tm * gy, (tn * gx) / 4, gx * gy];
  const [own, columns] = [range(tm), range(tn / 4)];
  const loadA = wide
    ? `for (var i = local; i < ${(rows * depth) / 4}; i += ${threads}) {
      let r = i / ${depth / 4};
      let d = i % ${depth / 4} * 4;
      let x = a4(row + r, k + d);
      ${range(4).map((j) => `sa[(d + ${j}) * ${rows} + r] = x[${j}];`).join(" ")}
    }`
    : `for (var i = local; i < ${rows * depth}; i += ${threads}) {
      sa[i % ${depth} * ${rows} + i / ${depth}] = a1(row + i / ${depth}, k + i % ${depth});
    }`;
  const sums = own.flatMap((i) => columns.map((j) => `var s${i}_${j} = vec4f();`)).join(" ");
  const steps = [
    ...columns.map((j) => `let b${j} = sb[d * ${vectors} + own_x + ${j * gx}];`),
    ...own.flatMap((i) => [
      `let a${i} = sa[d * ${rows} + own_y * ${tm} + ${i}];`,
      ...columns.map((j) => `s${i}_${j} += a${i} * b${j};`),
    ]),
  ];
  const stores = own.flatMap((i) =>
    columns.flatMap((j) =>
      range(4).map((e) => `store(row + own_y * ${tm} + ${i}, column + (own_x + ${j * gx}) * 4 + ${e}, s${i}_${j}[${e}]);`),
    ),
  );
  return {
    name: `${tm}×${tn} ${gx}×${gy}, depth ${depth}${wide ? ", vec4" : ""}`,
    tile: () => [rows, 4 * vectors],
    subgroups: false,
    wide,
    body: `var<workgroup> sa: array<f32, ${rows * depth}>;
var<workgroup> sb: array<vec4f, ${vectors * depth}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let local = i32(index);
  let own_x = local % ${gx};
  let own_y = local / ${gx};
  let row = i32(group.y) * ${rows};
  let column = i32(group.x) * ${4 * vectors};
  ${sums}
  for (var k = 0; k < size_k; k += ${depth}) {
    ${loadA}
    for (var i = local; i < ${vectors * depth}; i += ${threads}) {
      sb[i] = b4(k + i / ${vectors}, column + i % ${vectors} * 4);
    }
    workgroupBarrier();
    for (var d = 0; d < ${depth}; d++) {
      ${steps.join("\n      ")}
    }
    workgroupBarrier();
  }
  ${stores.join("\n  ")}
}`,
  };
}

/** Lanes stand side by side along n; each reads a's element of another k, which the others then ask it for. */
const exchanged = (wide: boolean): Variant => ({
  name: `subgroup 4×4${wide ? ", vec4" : ""}`,
  tile: (subgroup) => [(4 * 64) / subgroup, 4 * subgroup],
  subgroups: true,
  wide,
  body: `@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = i32((group.y * (64u / size) + index / size) * 4u);
  let column = i32((group.x * size + lane) * 4u);
  ${range(4).map((i) => `var s${i} = vec4f();`).join(" ")}
  for (var k = 0; k < size_k; k += i32(size)) {
    let along = k + i32(lane);
    let mine = vec4f(${range(4).map((i) => `a1(row + ${i}, along)`).join(", ")});
    for (var d = 0u; d < size; d++) {
      let x = subgroupShuffle(mine, d);
      let v = b4(k + i32(d), column);
      ${range(4).map((i) => `s${i} += x[${i}] * v;`).join(" ")}
    }
  }
  ${range(4).flatMap((i) => range(4).map((e) => `store(row + ${i}, column + ${e}, s${i}[${e}]);`)).join("\n  ")}
}`,
});

export const variants: readonly Variant[] = [
  naive,
  tiled,
  registers(4, 4, 8, 8, 8, false),
  registers(4, 4, 16, 16, 8, false),
  registers(4, 4, 16, 16, 16, false),
  registers(8, 4, 16, 16, 8, false),
  registers(8, 8, 8, 8, 8, false),
  registers(8, 8, 16, 16, 8, false),
  registers(4, 4, 16, 16, 8, true),
  registers(4, 4, 16, 16, 16, true),
  registers(8, 4, 16, 16, 8, true),
  registers(8, 8, 8, 8, 8, true),
  registers(8, 8, 16, 16, 8, true),
  exchanged(false),
  exchanged(true),
];
