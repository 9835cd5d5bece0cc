// A module of its own: a program's commands shared among threads, each with an instance of the kernels over the one memory.
//
// The leader walks the program (command.ts). A command that is worth it is cut into shares, which are offered on a ticket,
// one word of 64 bits:
//
//   63 … 32   the command's address
//   31 … 16   its shares
//   15 …  0   shares that nobody has taken yet
//
// Whoever lowers the last field by a compare-and-swap has taken that share and runs it, the leader among them. So nobody waits
// for a member that comes late, sleeps or has gone: what it does not take the others do. A ticket says all about the work, so
// taking one that looks like an older one is right as well. The leader goes on when all shares are counted as done; a share
// that was taken holds it there, which is why a member may read the program's address after taking. A member that was killed
// amid a share never counts it: the leader's patience ends (Lead.patience), and the program fails with error -2.
//
// Members spin a while for the next ticket and then sleep until the bell is rung; nothing is posted to them. A thread that may
// not sleep (a page's main thread) spins.
//
// Which thread runs which share shows in no bit: kernels write their share of the outputs, and take their number of shares as
// a number of threads.

import {
  TEAM_BELL,
  TEAM_DONE,
  TEAM_LEAVING,
  TEAM_PROGRAM,
  TEAM_SLEEPERS,
  TEAM_TICKET,
  TEAM_TRAP,
  TEAM_WAITING,
} from "./team-block";

/** Looks at a word before a thread goes to sleep over it: some 20 to 100 microseconds. */
const SPINS: i32 = 30000;
/** Nanoseconds after which a leader who sleeps looks by itself. */
const NAP: i64 = 1000000;

/** Milliseconds by the clock of whoever made this instance: an import. */
declare function now(): f64;

/** Of the kernels (index.ts), an import: runs one share of a command. */
declare function part(program: usize, thread: i32, command: usize, share: i32, shares: i32): void;

/** What this instance leads. */
class Lead {
  static block: usize = 0;
  /** Whether this thread may sleep. */
  static sleeps: bool = false;
  /** Milliseconds for which it leaves all shares of a command but one to others. */
  static courtesy: f64 = 0;
  /** Milliseconds at least for which it waits for a share that another thread has taken. */
  static patience: f64 = 0;
  /** Shares of the command at hand; 0 between commands. */
  static shares: i32 = 0;
}

/** Makes this instance the leader of a team. */
export function lead(block: usize, sleeps: bool, courtesy: f64, patience: f64): void {
  Lead.block = block;
  Lead.sleeps = sleeps;
  Lead.courtesy = courtesy;
  Lead.patience = patience;
}

/** Runs all commands up to the first that fails; returns the program's error. */
export function run(program: usize): i32 {
  let command = program + 24;
  for (let n = load<i32>(program); n > 0 && load<i32>(program, 16) == 0; n--) command = step(program, command);
  return load<i32>(program, 16);
}

/** Runs one command of a program; returns the command after it. */
export function step(program: usize, command: usize): usize {
  const shares = <i32>load<u16>(command, 2);
  if (shares > 1) together(program, command, shares);
  else part(program, 0, command, 0, 1);
  return command + ((<usize>load<i32>(command, 4)) << 2);
}

/**
 * Takes back the shares that nobody has begun and waits for the others: after a trap of the leader's own share, which speaks
 * for a member's as well. False where it waited in vain.
 */
export function settle(): bool {
  if (Lead.shares == 0) return true;
  const left = <i32>(atomic.xchg<u64>(Lead.block, 0, TEAM_TICKET) & 0xffff);
  const done = allDone(Lead.shares - left - 1, Lead.patience);
  atomic.store<i32>(Lead.block, 0, TEAM_TRAP);
  Lead.shares = 0;
  return done;
}

/** Makes this instance a member of a team; returns when the team is dissolved. */
export function follow(block: usize, thread: i32): void {
  let looks = 0;
  for (;;) {
    const ticket = take(block);
    if (ticket != 0) {
      perform(atomic.load<u32>(block, TEAM_PROGRAM), thread, ticket);
      atomic.add<i32>(block, 1, TEAM_DONE);
      if (atomic.load<i32>(block, TEAM_WAITING) != 0) atomic.notify(block + TEAM_DONE, 1);
      looks = 0;
    } else if (atomic.load<i32>(block, TEAM_LEAVING) != 0) return;
    else if (++looks > SPINS) {
      const bell = atomic.load<i32>(block, TEAM_BELL);
      atomic.add<i32>(block, 1, TEAM_SLEEPERS);
      // Who offers work looks for sleepers afterwards: one of the two sees the other.
      if ((atomic.load<u64>(block, TEAM_TICKET) & 0xffff) == 0 && atomic.load<i32>(block, TEAM_LEAVING) == 0) {
        atomic.wait<i32>(block + TEAM_BELL, bell, -1);
      }
      atomic.sub<i32>(block, 1, TEAM_SLEEPERS);
      looks = 0;
    }
  }
}

/** Runs a command together with whoever is awake. */
function together(program: usize, command: usize, shares: i32): void {
  const block = Lead.block;
  Lead.shares = shares;
  atomic.store<i32>(block, 0, TEAM_DONE);
  atomic.store<u32>(block, <u32>program, TEAM_PROGRAM);
  atomic.store<u64>(block, ((<u64>command) << 32) | <u64>((shares << 16) | shares), TEAM_TICKET);
  if (atomic.load<i32>(block, TEAM_SLEEPERS) > 0) {
    atomic.add<i32>(block, 1, TEAM_BELL);
    atomic.notify(block + TEAM_BELL, -1);
  }
  if (Lead.courtesy > 0) {
    work(program, 1);
    allDone(shares, Lead.courtesy);
  }
  const begin = now();
  work(program, shares);
  // Who is as slow as 20 leaders still comes.
  const done = allDone(shares, Lead.patience + (now() - begin) * 20);
  Lead.shares = 0;
  if (!done) store<i32>(program, -2, 16);
  else if (load<i32>(block, TEAM_TRAP) != 0) store<i32>(program, -1, 16);
  else if (load<i32>(program, 16) != 0) {
    // The first of the wrong values is the one to name: one thread alone finds it first.
    store<i32>(program, 0, 16);
    part(program, 0, command, 0, 1);
  }
}

/** Runs `most` shares at most, as far as there are any. */
function work(program: usize, most: i32): void {
  for (let taken = 0; taken < most; taken++) {
    const ticket = take(Lead.block);
    if (ticket == 0) return;
    perform(program, 0, ticket);
    atomic.add<i32>(Lead.block, 1, TEAM_DONE);
  }
}

/** The ticket as it was when this thread took a share, or 0 where none is left. */
function take(block: usize): u64 {
  let ticket = atomic.load<u64>(block, TEAM_TICKET);
  while ((ticket & 0xffff) != 0) {
    const seen = atomic.cmpxchg<u64>(block, ticket, ticket - 1, TEAM_TICKET);
    if (seen == ticket) return ticket;
    ticket = seen;
  }
  return 0;
}

/** Runs the share that was taken: they go from the first to the last. */
function perform(program: usize, thread: i32, ticket: u64): void {
  const shares = <i32>((ticket >> 16) & 0xffff);
  part(program, thread, <usize>(ticket >> 32), shares - <i32>(ticket & 0xffff), shares);
}

/** Waits until so many shares are done; false if that takes longer than `patience`, in milliseconds. */
function allDone(shares: i32, patience: f64): bool {
  const block = Lead.block;
  let begin: f64 = 0;
  let looks = 0;
  let done = atomic.load<i32>(block, TEAM_DONE);
  while (done != shares) {
    if (++looks >= SPINS) {
      if (begin == 0) begin = now();
      else if (now() - begin > patience) return false;
      if (Lead.sleeps) {
        atomic.store<i32>(block, 1, TEAM_WAITING);
        atomic.wait<i32>(block + TEAM_DONE, done, NAP);
        atomic.store<i32>(block, 0, TEAM_WAITING);
      } else looks = 0;
    }
    done = atomic.load<i32>(block, TEAM_DONE);
  }
  return true;
}
