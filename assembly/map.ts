// The map interpreter: elementwise programs over blocks of values that stay in the first-level cache.
//
// A map block, embedded in a command, is
//
//   word 0  dims        rank of the iteration space (collapsed, 0…8)
//        1  operands    inputs first, then outputs
//        2  inputs      how many of the operands are inputs
//        3  temps       how many temporaries the instructions need
//        4  count       how many instructions
//        5  result      value number that `mapEval` returns (0 in a block that stores its outputs)
//        6… shape[dims], outermost first
//           operand[operands]: slot, offset (elements), dtype, kind, strides[dims] (elements)
//           instruction[count]: opcode, dst, a, b, c
//
// A value number below `operands` is an operand, from there on a temporary. Kinds: 0 linear (the operand's elements lie
// as the iteration space is walked), 1 splat (one element for all), 2 strided (any strides, 0 and negative included).
// dtypes: 0 float32, 1 int32, 2 uint8, 3 bool. In registers float32 is f32, all others are i32 lanes.

/** Runs `map` command: args: block. */
export function map(command: usize, thread: i32, threads: i32): void {}
