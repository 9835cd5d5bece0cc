/** LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998), as it is built today: ReLU, maxima, full connections between channels. */
import { nn } from "hebb";

/**
 *     1 × 28 × 28 ─conv 5×5─ 6 × 28 × 28 ─pool─ 6 × 14 × 14 ─conv 5×5─ 16 × 10 × 10 ─pool─ 16 × 5 × 5 ─ 120 ─ 84 ─ 10
 */
export function lenet5(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(1, 6, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(400, 120),
    new nn.ReLU(),
    new nn.Linear(120, 84),
    new nn.ReLU(),
    new nn.Linear(84, 10),
  );
}
