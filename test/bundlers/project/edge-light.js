// The same for an edge function of Vercel, where a module of WebAssembly is asked for by name.
import wasm from "hebb/hebb.wasm?module";
import { answerWith } from "./answer.js";

export default { fetch: answerWith(wasm) };
