/**
 * The service, the same for every runtime that answers a Request with a Response.
 *
 *     GET  /health     {"status": "ok", "models": […]}
 *     POST /<model>    a picture or a text → {"label", "probability", "guesses"}
 *
 * What is wrong with a request is said in {"error"}, under a status from 400 to 499.
 */
import type { Picture } from "hebb/vision";
import type { Answer, Classify } from "./classifier.ts";
import { type PictureOptions, pictureOf } from "./picture-body.ts";
import { Refusal } from "./refusal.ts";
import { textOf } from "./text-body.ts";

/** Answers a request from its body. */
export type Model = (request: Request) => Promise<Answer>;

export type Models = Readonly<Record<string, Model>>;

/** A model that is asked about the picture in a body. */
export function ofPictures(classify: Classify<Picture>, options: PictureOptions): Model {
  return async (request) => classify(await pictureOf(request, options), request.signal);
}

/** A model that is asked about the text in a body. */
export function ofTexts(classify: Classify<string>): Model {
  return async (request) => classify(await textOf(request), request.signal);
}

/** Milliseconds after which those who wait for models no longer believe that somebody opens them. */
const PATIENCE = 5000;

/**
 * Answers requests with models that `open` brings, from what the runtime hands over beside a request.
 *
 * Requests share the models once they are open, but never the promise of them: an edge worker ends the work of a request
 * whose sender is gone, and whoever waited for it would wait for ever. So the others look again and again, and open them
 * themselves when that takes too long. Each opening them for itself at once would need the memory as often.
 */
export function service<Env>(open: (env: Env) => Promise<Models>): (request: Request, env: Env) => Promise<Response> {
  let models: Models | undefined;
  let begun = Number.NEGATIVE_INFINITY;
  const opened = async (env: Env): Promise<Models> => {
    while (models === undefined && Date.now() - begun < PATIENCE) await pause(20);
    if (models !== undefined) return models;
    begun = Date.now();
    try {
      models = await open(env);
      return models;
    } finally {
      begun = Number.NEGATIVE_INFINITY;
    }
  };
  return async (request, env) => {
    try {
      return await answer(request, models ?? (await opened(env).catch(unavailable)));
    } catch (error) {
      // Nobody will read it.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      return refusalOf(error);
    }
  };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function unavailable(error: Error): never {
  throw new Refusal(503, `service: cannot open its models: ${error.message}`, { "retry-after": "1" });
}

async function answer(request: Request, models: Models): Promise<Response> {
  const name = new URL(request.url).pathname.slice(1);
  if (name === "health") {
    allow(request, "GET");
    return Response.json({ status: "ok", models: Object.keys(models) });
  }
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model === undefined) {
    const known = ["GET /health", ...Object.keys(models).map((each) => `POST /${each}`)].join(", ");
    throw new Refusal(404, `service: cannot find /${name}: wanted ${known}`);
  }
  allow(request, "POST");
  return Response.json(await model(request));
}

function allow(request: Request, method: "GET" | "POST"): void {
  if (request.method === method) return;
  throw new Refusal(405, `service: cannot answer ${request.method} here: wanted ${method}`, { allow: method });
}

function refusalOf(error: unknown): Response {
  if (error instanceof Refusal) {
    return Response.json({ error: error.message }, { status: error.status, headers: error.headers });
  }
  console.error(error);
  return Response.json({ error: "service: cannot answer: it failed, and its log says why" }, { status: 500 });
}
