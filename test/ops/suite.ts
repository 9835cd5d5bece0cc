/** The whole table on one device, for runtimes that have no test runner. */
import * as hebb from "../../ts/index.ts";
import { checkGradients, checkValues, type Layout, layouts, planOf } from "./check.ts";
import { table } from "./table.ts";

export interface Report {
  /** Checks that were made. */
  readonly checks: number;
  /** What went wrong, a line each. */
  readonly failures: readonly string[];
  /** Cases that the device said it cannot do. */
  readonly unsupported: readonly string[];
  /** Cases that run in part or whole on another device than the one that was asked for. */
  readonly crossed: readonly string[];
}

export interface SuiteOptions {
  readonly init: hebb.InitOptions;
  readonly layouts?: readonly Layout[];
  readonly gradients?: boolean;
}

export async function runSuite(options: SuiteOptions): Promise<Report> {
  await hebb.init(options.init);
  const failures: string[] = [];
  const unsupported = new Set<string>();
  const crossed: string[] = [];
  for (const item of table) if (/^stage 0/m.test(await planOf(hebb, item))) crossed.push(item.name);
  let checks = 0;
  for (const layout of options.layouts ?? (Object.keys(layouts) as Layout[])) {
    for (const item of table) {
      for (const check of options.gradients === false ? [checkValues] : [checkValues, checkGradients]) {
        try {
          const failure = await check(hebb, item, layout);
          checks++;
          if (failure !== null) failures.push(`${item.name}, ${layout}: ${failure.what}: ${failure.error}`);
        } catch (error) {
          if (error instanceof hebb.UnsupportedError) unsupported.add(item.name);
          else failures.push(`${item.name}, ${layout}: ${String(error)}`);
        }
      }
    }
  }
  return { checks, failures, unsupported: [...unsupported], crossed };
}
