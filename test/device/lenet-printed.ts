/** Prints the hashes of LeNet-5 trained by one, two and three threads. The first argument is the number of steps. */
import { trainedHash } from "./lenet.ts";

declare const Deno: { readonly args: readonly string[] };

const hashes: string[] = [];
for (const threads of [1, 2, 3]) hashes.push(await trainedHash(threads, Number(Deno.args[0])));
console.log(JSON.stringify(hashes));
