// The elementwise ops on lanes of 8 bytes: float64 and 64-bit integers. `of` on whole vectors, or lane by lane on the bits of
// one where a machine has no vector form.

import { Double } from "./double";
import { Long } from "./long";

export class AddF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.add(a, b);
  }
}
export class SubF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.sub(a, b);
  }
}
export class MulF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.mul(a, b);
  }
}
export class DivF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.div(a, b);
  }
}
export class MaximumF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.max(a, b);
  }
}
export class MinimumF64 {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.min(a, b);
  }
}
export class EqF64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(f64x2.eq(a, b), 63);
  }
}
export class LtF64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(f64x2.lt(a, b), 63);
  }
}
export class LeF64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(f64x2.le(a, b), 63);
  }
}
export class NegF64 {
  @inline of(a: v128): v128 {
    return f64x2.neg(a);
  }
}
export class AbsF64 {
  @inline of(a: v128): v128 {
    return f64x2.abs(a);
  }
}
export class FloorF64 {
  @inline of(a: v128): v128 {
    return f64x2.floor(a);
  }
}
export class CeilF64 {
  @inline of(a: v128): v128 {
    return f64x2.ceil(a);
  }
}
export class RoundF64 {
  @inline of(a: v128): v128 {
    return f64x2.nearest(a);
  }
}
export class TruncF64 {
  @inline of(a: v128): v128 {
    return f64x2.trunc(a);
  }
}
export class SqrtF64 {
  @inline of(a: v128): v128 {
    return f64x2.sqrt(a);
  }
}
export class NotF64 {
  @inline of(a: v128): v128 {
    return i64x2.shr_u(f64x2.eq(a, f64x2.splat(0)), 63);
  }
}
// 1 with the sign of a; a + 0 (0, or NaN) where a is neither above nor below 0.
export class SignF64 {
  @inline of(a: v128): v128 {
    const zero = f64x2.splat(0);
    const unit = v128.or(f64x2.splat(1), v128.and(a, i64x2.splat(i64.MIN_VALUE)));
    return v128.bitselect(unit, f64x2.add(a, zero), v128.or(f64x2.lt(a, zero), f64x2.gt(a, zero)));
  }
}
export class AddI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.add(a, b);
  }
}
export class SubI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.sub(a, b);
  }
}
export class MulI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.mul(a, b);
  }
}
export class MaximumI64 {
  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, i64x2.gt_s(a, b));
  }
}
export class MinimumI64 {
  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, i64x2.lt_s(a, b));
  }
}
export class EqI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(i64x2.eq(a, b), 63);
  }
}
export class LtI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(i64x2.lt_s(a, b), 63);
  }
}
export class LeI64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(i64x2.le_s(a, b), 63);
  }
}
export class NegI64 {
  @inline of(a: v128): v128 {
    return i64x2.neg(a);
  }
}
export class AbsI64 {
  @inline of(a: v128): v128 {
    return i64x2.abs(a);
  }
}
export class NotI64 {
  @inline of(a: v128): v128 {
    return i64x2.shr_u(i64x2.eq(a, i64x2.splat(0)), 63);
  }
}
export class SignI64 {
  @inline of(a: v128): v128 {
    return v128.or(i64x2.shr_s(a, 63), i64x2.shr_u(i64x2.neg(a), 63));
  }
}

/** The order of unsigned integers is that of signed ones with the first bit turned over. */
class Unsigned {
  @inline static of(a: v128): v128 {
    return v128.xor(a, i64x2.splat(i64.MIN_VALUE));
  }
}
export class MaximumU64 {
  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, i64x2.gt_s(Unsigned.of(a), Unsigned.of(b)));
  }
}
export class MinimumU64 {
  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, i64x2.lt_s(Unsigned.of(a), Unsigned.of(b)));
  }
}
export class LtU64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(i64x2.lt_s(Unsigned.of(a), Unsigned.of(b)), 63);
  }
}
export class LeU64 {
  @inline of(a: v128, b: v128): v128 {
    return i64x2.shr_u(i64x2.le_s(Unsigned.of(a), Unsigned.of(b)), 63);
  }
}
export class WhereWide {
  @inline of(c: v128, a: v128, b: v128): v128 {
    return v128.bitselect(b, a, i64x2.eq(c, i64x2.splat(0)));
  }
}

// Lane by lane on int64.
export class DivI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.div(a, b);
  }
}
export class ModI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.mod(a, b);
  }
}
export class FmodI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.fmod(a, b);
  }
}
export class PowI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.pow(a, b);
  }
}
export class ShiftLeftI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.shiftLeft(a, b);
  }
}
export class ShiftRightI64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.shiftRight(a, b);
  }
}
export class DivU64 {
  @inline of(a: i64, b: i64): i64 {
    return b == 0 ? 0 : <i64>(<u64>a / <u64>b);
  }
}
export class ModU64 {
  @inline of(a: i64, b: i64): i64 {
    return b == 0 ? 0 : <i64>(<u64>a % <u64>b);
  }
}
export class PowU64 {
  @inline of(a: i64, b: i64): i64 {
    return Long.power(a, <u64>b);
  }
}
export class ShiftRightU64 {
  @inline of(a: i64, b: i64): i64 {
    return <u64>b < 64 ? <i64>(<u64>a >> <u64>b) : 0;
  }
}

// Lane by lane on float64, by its bits.
export class PowF64 {
  @inline of(a: i64, b: i64): i64 {
    return reinterpret<i64>(Double.pow(reinterpret<f64>(a), reinterpret<f64>(b)));
  }
}
export class ModF64 {
  @inline of(a: i64, b: i64): i64 {
    return reinterpret<i64>(Double.mod(reinterpret<f64>(a), reinterpret<f64>(b)));
  }
}
export class FmodF64 {
  @inline of(a: i64, b: i64): i64 {
    return reinterpret<i64>(Double.fmod(reinterpret<f64>(a), reinterpret<f64>(b)));
  }
}
export class ExpF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.exp(reinterpret<f64>(a)));
  }
}
export class Expm1F64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.expm1(reinterpret<f64>(a)));
  }
}
export class LogF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.log(reinterpret<f64>(a)));
  }
}
export class Log1pF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.log1p(reinterpret<f64>(a)));
  }
}
export class SinF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.sin(reinterpret<f64>(a)));
  }
}
export class CosF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.cos(reinterpret<f64>(a)));
  }
}
export class TanF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.tan(reinterpret<f64>(a)));
  }
}
export class AtanF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.atan(reinterpret<f64>(a)));
  }
}
export class TanhF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.tanh(reinterpret<f64>(a)));
  }
}
export class ErfF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.erf(reinterpret<f64>(a)));
  }
}
export class SigmoidF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(Double.sigmoid(reinterpret<f64>(a)));
  }
}
