// A Web Worker of the page's author: it computes once and says what came out.
import { tensor } from "hebb";

const product = await tensor([1, 2, 3]).mul(2).array();
postMessage(product);
