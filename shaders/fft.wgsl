// A stage of the discrete Fourier transform of rows of complex numbers (Stockham's self-sorting algorithm, assembly/fft.ts).
// With s the product of the factors of the stages before, r the own factor and m = n / (s r)
//
//   y[q + s (r p + j)] = w^(p j) Σₖ x[q + s (p + m k)] ω^(j k)      p < m, q < s, w = e^(-2πi / (m r)), ω = e^(-2πi / r)
//
// An invocation makes one number of y, times run.scale. Sections (see map.wgsl): operands; functions: sine and cosine.
// run.count is rows · n.

/// Whether x holds real parts alone.
override real: bool = false;
override inverse: bool = false;

//! operands
struct Run { count: i32, start_x: i32, start_y: i32, n: i32, s: i32, r: i32, scale: f32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! functions
fn sinf(x: f32) -> f32 {
  return sin(x);
}

fn cosf(x: f32) -> f32 {
  return cos(x);
}
//! end

/// cos and sin of 2πk / n for 0 <= k < n, folded into an eighth of the circle.
fn turn(k: i32) -> vec2<f32> {
  let quarter = (4 * k) / run.n;
  let rest = 4 * k - quarter * run.n;
  let far = 2 * rest > run.n;
  let x = (f32(select(rest, run.n - rest, far)) / f32(run.n)) * 1.5707964;
  var at = vec2(cosf(x), sinf(x));
  at = select(at, at.yx, far);
  at = select(at, vec2(-at.y, at.x), (quarter & 1) != 0);
  return select(at, -at, (quarter & 2) != 0);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = i32((group.y * groups.x + group.x) * 256u + local);
  if (at >= run.count) {
    return;
  }
  let row = at / run.n;
  let place = at % run.n;
  let q = place % run.s;
  let j = (place / run.s) % run.r;
  let p = place / run.s / run.r;
  let far = run.n / run.r;
  let first = row * run.n + q + run.s * p;
  var total = vec2(0.0);
  var power = 0;
  for (var k = 0; k < run.r; k++) {
    let source = first + far * k;
    var x = vec2(0.0);
    if (real) {
      x.x = read_x(source);
    } else {
      x = vec2(read_x(2 * source), read_x(2 * source + 1));
    }
    let w = turn((p * j * run.s + power * far) % run.n);
    let sine = select(w.y, -w.y, inverse);
    total += vec2(x.x * w.x + x.y * sine, x.y * w.x - x.x * sine);
    power += j;
    if (power >= run.r) {
      power -= run.r;
    }
  }
  write_y(2 * at, total.x * run.scale);
  write_y(2 * at + 1, total.y * run.scale);
}
