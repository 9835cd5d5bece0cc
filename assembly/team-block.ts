// Where the words of a team's block lie (team.ts), in bytes from its start; what one side writes and another waits for has
// cache lines of its own. Read by AssemblyScript and by TypeScript alike.

/** u64: the command at hand, its shares, and how many of them nobody has taken (team.ts). */
export const TEAM_TICKET = 0;
/** u32: the program that the command is of. */
export const TEAM_PROGRAM = 16;
/** i32: shares of the command at hand that are finished. */
export const TEAM_DONE = 64;
/** i32: whether the leader sleeps until `TEAM_DONE` changes. */
export const TEAM_WAITING = 68;
/** i32: changes when sleeping members are woken. */
export const TEAM_BELL = 128;
/** i32: how many members sleep, or are about to. */
export const TEAM_SLEEPERS = 132;
/** i32: not 0 when members shall go home. */
export const TEAM_LEAVING = 136;
/** i32: members that have started. */
export const TEAM_READY = 140;
/** i32: 0, or 1 + the length of what the trap of a member said; its UTF-16 units follow. */
export const TEAM_TRAP = 192;
export const TEAM_MESSAGE = 196;

export const TEAM_BYTES = 512;
/** Longest message of a trap, in UTF-16 units. */
export const TEAM_MESSAGE_UNITS = 150;
