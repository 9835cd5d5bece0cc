/** JSON over HTTP to a program on this machine that may take long to answer. */
import { request } from "node:http";

/** Sends `body` and returns the answer's JSON, however late it comes. */
export function postJson<T>(url: string, body: unknown, method = "POST"): Promise<T> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { "content-type": "application/json" } }, async (response) => {
      try {
        let text = "";
        for await (const piece of response.setEncoding("utf8")) text += piece;
        resolve(JSON.parse(text) as T);
      } catch (error) {
        reject(error as Error);
      }
    });
    sent.on("error", reject);
    sent.end(method === "POST" ? JSON.stringify(body) : undefined);
  });
}
