/** Cases that hebb is expected to fail, with the reason. A case listed here that passes is an error too. */
export const expectedFailures: Readonly<Record<string, string>> = {};
