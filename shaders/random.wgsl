// Random bits by counting: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, SC 2011), the bits of
// assembly/random.ts. Number i is word (i & 1) of threefry(key, counter = [i >> 1, 0]); an invocation makes one pair,
// the first that of run.first.
//
// Sections (see map.wgsl): operands. run.count is the number of elements.

//! operands
struct Run { count: i32, start_key: i32, start_y: i32, first: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_key(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_key + i]);
}

fn write_y(i: i32, x: i32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

/// A round of [x0, x1].
fn mix(x: vec2<u32>, r: u32) -> vec2<u32> {
  let total = x.x + x.y;
  return vec2(total, ((x.y << r) | (x.y >> (32u - r))) ^ total);
}

fn four_rounds(x: vec2<u32>, r: vec4<u32>) -> vec2<u32> {
  return mix(mix(mix(mix(x, r.x), r.y), r.z), r.w);
}

fn threefry(k0: u32, k1: u32, counter: vec2<u32>) -> vec2<u32> {
  let k2 = 0x1bd11bdau ^ k0 ^ k1;
  let even = vec4(13u, 15u, 26u, 6u);
  let odd = vec4(17u, 29u, 16u, 24u);
  var x = counter + vec2(k0, k1);
  x = four_rounds(x, even) + vec2(k1, k2 + 1u);
  x = four_rounds(x, odd) + vec2(k2, k0 + 2u);
  x = four_rounds(x, even) + vec2(k0, k1 + 3u);
  x = four_rounds(x, odd) + vec2(k1, k2 + 4u);
  return four_rounds(x, even) + vec2(k2, k0 + 5u);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let pair = (group.y * groups.x + group.x) * 256u + local;
  let i = i32(pair * 2u);
  if (i >= run.count) {
    return;
  }
  let x = threefry(bitcast<u32>(read_key(0)), bitcast<u32>(read_key(1)), vec2(pair + u32(run.first) / 2u, 0u));
  write_y(i, bitcast<i32>(x.x));
  if (i + 1 < run.count) {
    write_y(i + 1, bitcast<i32>(x.y));
  }
}
