// An edge worker as its author writes it: kernels are modules of the deployment.
import wasm from "hebb/hebb.wasm";
import { answerWith } from "./answer.js";

export default { fetch: answerWith(wasm) };
