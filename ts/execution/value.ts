/** Values of leaves on devices, some of which may be gone. */
import type { TypedArray } from "../core/dtype.ts";
import { DeviceError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import type { DeviceBuffer, Holder } from "../device/device.ts";
import type { Node, Source } from "../graph/node.ts";

export const isLost = ({ lost = null }: Holder): boolean => lost !== null;

/** Whether the value of a leaf is gone with the device that alone held it. */
export function isGone({ buffer }: Source): boolean {
  return buffer !== null && isLost((buffer as DeviceBuffer).device);
}

/** Reads a value from its device. Throws a {@link DeviceError} that names it if it is gone. */
export function fetchValue(
  { buffer, owner }: Source,
  { dtype, shape }: Pick<Node, "dtype" | "shape">,
): TypedArray | Promise<TypedArray> {
  const { device } = buffer as DeviceBuffer;
  if (isLost(device)) {
    throw new DeviceError(
      `${owner?.name ?? "tensor"}: cannot read ${formatShape(shape)}: ${device.lost} and nobody else has the value, wanted assign() or loadStateDict() of one that was kept`,
    );
  }
  return device.download(buffer as DeviceBuffer, dtype, sizeOf(shape));
}
