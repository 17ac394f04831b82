// exp, sigma and tanh of a vector. Goals, in this order: right everywhere (infinities, NaN, denormals, -0); at most
// 2 ulp in Float and 4 in Double; no branch; few instructions. Measured errors stand in README.md.
//
// All three rest on  e^t = 2^k (1 + p),  k = round(t / ln 2),  p = e^r - 1 with r = t - k ln 2, |r| <= ln(2)/2.
// p is kept instead of 1 + p because it is at most 0.42: its rounding is a quarter of that of 1 + p, or less.

// Comparisons are written so that NaN passes through.
KERNEL V at_most(V x, REAL limit)  { return x > limit ? (V)limit : x; }
KERNEL V at_least(V x, REAL limit) { return x < limit ? (V)limit : x; }
KERNEL V magnitude(V x)            { return (V)((U)x & ~SIGN); }
KERNEL V with_sign(V x, V sign)    { return (V)((U)x | ((U)sign & SIGN)); }  // for x >= +0

/// k of e^t.
KERNEL V exponent_of_exp(V t) { return (t * LOG2_E + ROUND) - ROUND; }

/// p of e^t.
KERNEL V fraction_of_exp(V t, V k) {
  V r = (t - k * LN2_HIGH) - k * LN2_LOW;
  return r + r * r * Q(r);
}

/// 2^k for 1 - BIAS <= k <= BIAS: the low bits of ROUND + (BIAS + k) are the exponent field.
KERNEL V power_of_2(V k) { return (V)((U)(k + (ROUND + BIAS)) << MANTISSA); }

/// e^t for t <= 0. Results below the normal range take their last factor of two in a second step and so are rounded
/// where the denormal ends.
KERNEL V exp_of_nonpositive(V t) {
  V clamped = at_least(t, -UNDERFLOW_AT);
  V k       = exponent_of_exp(clamped);
  V p       = fraction_of_exp(clamped, k);
  V scale   = power_of_2(at_least(k, 1 - BIAS));
  return (scale + scale * p) * power_of_2(at_most(k + (BIAS - 1), 0));
}

/// sigma(x) = 1 / (1 + e^-x), with e^-x = 2^k (1 + p). For k > 0 numerator and denominator are divided by 2^k, so that
/// neither overflows and nothing cancels:
///   k <= 0:      1 / (1 + 2^k + 2^k p)
///   k >  0:   2^-k / (1 + 2^-k +    p)
/// What 1 + 2^-|k| loses goes into the small term, so that the denominator is rounded once.
KERNEL V sigmoid(V x) {
  V t     = at_least(at_most(-x, UNDERFLOW_AT), -NORMAL_TO);
  V k     = exponent_of_exp(t);
  V p     = fraction_of_exp(t, k);
  V small = power_of_2(-at_most(magnitude(k), BIAS - 1));
  V above = k > 0 ? small : (V)1;
  V below = k > 0 ? (V)1 : small;
  V high  = 1 + small;
  V low   = below * p + (small - (high - 1));
  V ratio = above / (high + low);
  return ratio * power_of_2(at_most(BIAS - 1 - k, 0));
}

/// tanh|x| = -E / D with E = e^(-2|x|) - 1 and D = E + 2 = (1 + 2^k) + 2^k p. D is rounded and the part it lost, l,
/// comes back at the end; E = D - 2 is exact. As 1/D = (1 + q)/2,
///   -(E + l) / (D + l) = q - l (1 + q)^2 / 2 + O(l^2),  q = -E / D.
/// Near 0 D is 2, q is 0 and l is p, whose relative error is small: a denormal comes back as itself.
KERNEL V tanh_of(V x) {
  V t     = -2 * at_most(magnitude(x), TANH_IS_1_AT);
  V k     = exponent_of_exp(t);
  V p     = fraction_of_exp(t, k);
  V scale = power_of_2(k);
  V high  = 1 + scale;
  V low   = scale * p + (scale - (high - 1));
  V D     = high + low;
  V l     = low - (D - high);
  V q     = (2 - D) / D;
  return with_sign(q - l * (1 + q) * ((REAL)0.5 + (REAL)0.5 * q), x);
}
