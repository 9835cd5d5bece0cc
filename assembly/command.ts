// How a kernel reads its command.
//
// A program is a block of 32-bit words in linear memory:
//
//   word  0            number of commands
//         1            address of the slot table (one u32 address a buffer)
//         2            address of the scratch area
//         3            bytes of scratch a thread: MAP_SCRATCH, then what the kernels asked for
//         4            first error: 0, the failing kernel's number + 1; -1: a thread of the team trapped; -2: one ended
//         5            detail of that error (see `fail`)
//         6…           commands, one after another
//
//   command  0         kernel number (kernels.ts); in the upper half the shares that a team makes of it (team.ts)
//            1         length of the command in words, these two included
//            2…        arguments, laid out as each kernel's file says
//
// A buffer is named by its slot; a run may bind other addresses to the slots without touching a command.
// Every kernel takes its share of the work by thread number and writes only its own share of the output.

/** The running program; each thread has its own instance of the module and so its own copy. */
export class Run {
  static program: usize = 0;
  static slots: usize = 0;
  /** This thread's scratch: its first MAP_SCRATCH bytes belong to the map interpreter. */
  static scratch: usize = 0;
  /** What a kernel may use for itself, as many bytes as its lowering asked for. */
  static kernelScratch: usize = 0;

  /** Records the first error of a run: the kernel's number and one detail, e.g. the index that was out of range. */
  static fail(kernel: i32, detail: i32): void {
    if (load<i32>(Run.program, 16) != 0) return;
    store<i32>(Run.program, kernel + 1, 16);
    store<i32>(Run.program, detail, 20);
  }

  /** First of thread `t`'s items when `n` items, kept together in units of `unit`, are split over `threads`. */
  @inline
  static share(n: i32, unit: i32, t: i32, threads: i32): i32 {
    const units = (n + unit - 1) / unit;
    return min(n, <i32>((<i64>units * t) / threads) * unit);
  }
}

/** Reads a command's arguments; argument 0 is the first word after the header. */
export class Command {
  /** Argument `i` as an integer. */
  @inline
  static int(command: usize, i: i32): i32 {
    return load<i32>(command + ((<usize>(i + 2)) << 2));
  }

  /** Argument `i` as a float32. */
  @inline
  static float(command: usize, i: i32): f32 {
    return load<f32>(command + ((<usize>(i + 2)) << 2));
  }

  /** Address in the buffer whose slot is argument `i`, `argument i + 1` elements of `1 << shift` bytes in. */
  @inline
  static pointer(command: usize, i: i32, shift: usize = 2): usize {
    return (
      load<u32>(Run.slots + ((<usize>Command.int(command, i)) << 2)) + ((<usize>Command.int(command, i + 1)) << shift)
    );
  }

  /**
   * Batch axes from argument `i` on: their number, their sizes (outermost first), then strides, as many for each operand.
   * `batches` is how many matrices they number.
   */
  @inline
  static batches(command: usize, i: i32): i32 {
    let count = 1;
    for (let d = Command.int(command, i); d > 0; d--) count *= Command.int(command, i + d);
    return count;
  }

  /** Where matrix `batch` of operand `which` starts, in units of its strides. */
  static batchOffset(command: usize, i: i32, batch: i32, which: i32): isize {
    const dims = Command.int(command, i);
    let offset: isize = 0;
    for (let d = dims; d > 0; d--) {
      const size = Command.int(command, i + d);
      const rest = batch / size;
      offset += (batch - rest * size) * Command.int(command, i + (which + 1) * dims + d);
      batch = rest;
    }
    return offset;
  }

  /** Address of the map block embedded in the command: argument `i` is its offset in words from the command's start, 0 is none. */
  @inline
  static block(command: usize, i: i32): usize {
    const offset = Command.int(command, i);
    return offset == 0 ? 0 : command + ((<usize>offset) << 2);
  }
}
