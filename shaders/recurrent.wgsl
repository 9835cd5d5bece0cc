// Recurrent cells over whole sequences: RNN, GRU, LSTM. A group of 256 threads walks the steps of one sequence in one
// direction; its threads share the units.
//
//   y      [steps, directions, b, h]: a row a step
//   state  [1 or 2, directions, b, h]: the last h, then an LSTM's last cell
//   x      [steps, b, directions, gates, h]: the inputs times their weights, biases included
//   r      [directions, gates, h, h]
//   gates  [directions, b, gates + 1, h]: what the gates are given; then a GRU's reset · h
//
//   RNN    h' = f(x + R h)
//   GRU    z, r = f(x + R h);  h' = (1 - z) g(x + R (r h)) + z h      variant: g(x + r (R h + bias))
//   LSTM   i, o, f = f(x + R h + p c);  c' = f c + i g(x + R h);  h' = o k(c')      o sees c', variant: f = 1 - i
//
// A dispatch makes the steps from run.since on, of items (a sequence in a direction) those from run.first on; run.begin: the
// first ones, which make the state of h and c. A step at or past a sequence's length gives 0 and keeps the state. What gates are given is kept within ± run.clip.
// Sections (see map.wgsl): operands; absent: the inputs that are not given; activations: f, g and k of a direction.
// run.count is the number of items, run.items that of all, directions · b; bit d of run.backwards: direction d runs from the end.

/// Of a cell: 1 RNN, 3 GRU, 4 LSTM.
override gates: i32 = 1;
override variant: bool = false;

//! operands
struct Run {
  count: i32, start_x: i32, start_r: i32, start_gate: i32, start_held: i32, start_pre: i32, start_state: i32, start_y: i32,
  t: i32, b: i32, h: i32, items: i32, first: i32, since: i32, steps: i32, begin: i32, backwards: i32, clip: f32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_r(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_r + i]);
}

fn read_gate(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_gate + i]);
}

fn read_held(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_held + i]);
}

fn write_pre(i: i32, x: f32) {
  memory1[run.start_pre + i] = bitcast<u32>(x);
}

fn write_state(i: i32, x: f32) {
  memory1[run.start_state + i] = bitcast<u32>(x);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! absent
fn read_h(i: i32) -> f32 {
  return 0.0;
}

fn read_c(i: i32) -> f32 {
  return 0.0;
}

fn read_peepholes(i: i32) -> f32 {
  return 0.0;
}

fn read_bias(i: i32) -> f32 {
  return 0.0;
}

fn read_lengths(i: i32) -> i32 {
  return run.t;
}
//! end

//! activations
fn activate_f(x: f32, d: i32) -> f32 {
  return 1.0 / (1.0 + exp(-x));
}

fn activate_g(x: f32, d: i32) -> f32 {
  return tanh(x);
}

fn activate_k(x: f32, d: i32) -> f32 {
  return tanh(x);
}
//! end

fn limit(x: f32) -> f32 {
  return select(x, min(max(x, -run.clip), run.clip), run.clip > 0.0);
}

fn f(x: f32, d: i32) -> f32 {
  return activate_f(limit(x), d);
}

fn g(x: f32, d: i32) -> f32 {
  return activate_g(limit(x), d);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = i32(group.y * groups.x + group.x);
  if (at >= run.count) {
    return;
  }
  let item = run.first + at;
  let d = item / run.b;
  let row = item % run.b;
  let h = run.h;
  let pre = item * (gates + 1) * h;
  let reset = pre + gates * h;
  let hidden = item * h;
  let cell = hidden + run.items * h;
  let weights = d * gates * h * h;
  let length = read_lengths(row);
  let backwards = ((run.backwards >> u32(d)) & 1) != 0;
  if (run.begin != 0) {
    for (var u = i32(local); u < h; u += 256) {
      write_state(hidden + u, read_h(item * h + u));
      if (gates == 4) {
        write_state(cell + u, read_c(item * h + u));
      }
    }
  }
  for (var step = 0; step < run.steps; step++) {
    storageBarrier();
    let line = select(step, run.steps - 1 - step, backwards);
    let time = run.since + line;
    let x = ((line * run.b + row) * (run.items / run.b) + d) * gates * h;
    let separate = gates == 3 && !variant;
    for (var j = i32(local); j < select(gates, 2, separate) * h; j += 256) {
      var sum = 0.0;
      for (var k = 0; k < h; k++) {
        sum += read_r(weights + j * h + k) * read_held(hidden + k);
      }
      if (gates == 3 && j >= 2 * h) {
        sum += read_bias(d * h + j - 2 * h);
      } else {
        sum += read_x(x + j);
      }
      write_pre(pre + j, sum);
    }
    storageBarrier();
    if (separate) {
      for (var u = i32(local); u < h; u += 256) {
        write_pre(reset + u, f(read_gate(pre + h + u), d) * read_held(hidden + u));
      }
      storageBarrier();
      for (var u = i32(local); u < h; u += 256) {
        var sum = 0.0;
        for (var k = 0; k < h; k++) {
          sum += read_r(weights + (2 * h + u) * h + k) * read_gate(reset + k);
        }
        write_pre(pre + 2 * h + u, sum + read_x(x + 2 * h + u));
      }
      storageBarrier();
    }
    for (var u = i32(local); u < h; u += 256) {
      var fresh = 0.0;
      if (time < length) {
        let first = read_gate(pre + u);
        if (gates == 1) {
          fresh = f(first, d);
        } else if (gates == 3) {
          let keep = f(first, d);
          var n = read_gate(pre + 2 * h + u);
          if (variant) {
            n = read_x(x + 2 * h + u) + f(read_gate(pre + h + u), d) * n;
          }
          fresh = (1.0 - keep) * g(n, d) + keep * read_held(hidden + u);
        } else {
          let before = read_held(cell + u);
          let peephole = d * 3 * h + u;
          let take = f(first + read_peepholes(peephole) * before, d);
          var forget = 1.0 - take;
          if (!variant) {
            forget = f(read_gate(pre + 2 * h + u) + read_peepholes(peephole + 2 * h) * before, d);
          }
          let memory = forget * before + take * g(read_gate(pre + 3 * h + u), d);
          let out = f(read_gate(pre + h + u) + read_peepholes(peephole + h) * memory, d);
          fresh = out * activate_k(memory, d);
          write_state(cell + u, memory);
        }
        write_state(hidden + u, fresh);
      }
      write_y((line * run.items + item) * h + u, fresh);
    }
  }
}
