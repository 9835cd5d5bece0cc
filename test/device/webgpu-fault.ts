/** A GPU whose kernels are wrong, for pages. */

/** Runs `work` on a GPU that compiles the shaders of an op to something else; what is warned of meanwhile comes back. */
export async function faulty(
  op: string,
  fault: (code: string) => string,
  work: () => Promise<void>,
): Promise<string[]> {
  const { prototype } = GPUDevice;
  const { createShaderModule } = prototype;
  const { warn } = console;
  const warnings: string[] = [];
  let faults = 0;
  prototype.createShaderModule = function (this: GPUDevice, descriptor: GPUShaderModuleDescriptor): GPUShaderModule {
    const wrong = descriptor.label?.includes(op) === true ? fault(descriptor.code) : descriptor.code;
    if (wrong !== descriptor.code) faults++;
    return createShaderModule.call(this, { ...descriptor, code: wrong });
  };
  console.warn = (message: string) => warnings.push(message);
  try {
    await work();
  } finally {
    prototype.createShaderModule = createShaderModule;
    console.warn = warn;
  }
  if (faults === 0) throw new Error(`no shader of ${op} was changed`);
  return warnings;
}

/** A shader whose outputs are too large. */
export const enlarged = (code: string): string =>
  code.replace(/fn write_y\(i: i32, x: f32\) \{/, "fn write_y(i: i32, given: f32) {\n  let x = given * 1.01;");
