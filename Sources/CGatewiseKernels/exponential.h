// exp, sigma and tanh of a vector. Goals, in this order: correct everywhere (infinities, NaN, denormals, -0); at most 2
// ulp in Float and 4 in Double; no branches; few instructions. README.md lists the measured errors.
//
// All three use  e^t = 2^k (1 + p),  k = round(t / ln 2),  p = e^r - 1 with r = t - k ln 2, |r| <= ln(2)/2.
// p is kept instead of 1 + p because it is at most 0.42: its rounding error is a quarter of that of 1 + p, or less.

// Comparisons are written so that NaN passes through.
KERNEL V at_most(V x, REAL limit)  { return x > limit ? (V)limit : x; }
KERNEL V at_least(V x, REAL limit) { return x < limit ? (V)limit : x; }
KERNEL V magnitude(V x)            { return (V)((U)x & ~SIGN); }
KERNEL V with_sign(V x, V sign)    { return (V)((U)x | ((U)sign & SIGN)); }  // for x >= +0

/// k of e^t, and 2^(k + up) for 1 - BIAS <= k + up <= BIAS, whose exponent field is the low bits of n.
KERNEL V exponent_of_exp(V t, int up, V *power) {
  const REAL round = ROUND + (REAL)(BIAS + up);
  V n    = t * LOG2_E + round;
  *power = (V)((U)n << MANTISSA);
  return n - round;
}

/// e^r - 1 for |r| <= ln(2)/2.
KERNEL V exp_minus_1(V r) {
  V r2 = r * r;
  return r + r2 * exp_tail(r, r2);
}

/// p of e^t; ln 2 is split in two parts because k may be large.
KERNEL V fraction_of_exp(V t, V k) { return exp_minus_1((t - k * LN2_HIGH) - k * LN2_LOW); }

/// e^t for t <= 0, computed 2^up times as large so that nothing is denormal, and rounded once at the last denormal
/// place.
KERNEL V exp_of_nonpositive(V t) {
  const int up = MANTISSA + 3;
  V clamped = at_least(t, -UNDERFLOW_AT);
  V power, k = exponent_of_exp(clamped, up, &power);
  V p = fraction_of_exp(clamped, k);
  return (power + power * p) * (1 / (REAL)((BITS)1 << up));
}

/// sigma(x) = u / (u + u e^-x). With u = 2^-down nothing overflows where sigma is denormal, and the quotient is rounded
/// at the last denormal place. With e^-x = 2^k (1 + p) the denominator is the larger of u and power = u 2^k, plus the
/// smaller one + power p. In this order only the outer sum is rounded to the denominator's last place, which is a whole
/// ulp of the quotient at worst; the inner one adds at most half an ulp (just above 1 / sigma = 2), and the division
/// another half.
KERNEL V sigmoid(V x) {
  const int down = MANTISSA + 3;
  const REAL u   = 1 / (REAL)((BITS)1 << down);
  V t = at_least(at_most(-x, UNDERFLOW_AT), -2 * TANH_IS_1_AT);
  V power, k = exponent_of_exp(t, -down, &power);
  V p = fraction_of_exp(t, k);
  V larger  = power > u ? power : (V)u;
  V smaller = power < u ? power : (V)u;
  return u / (larger + (smaller + power * p));
}

/// tanh|x| = (1 - E) / (1 + E) = ((1 - 2^k) - 2^k p) / ((1 + 2^k) + 2^k p)  with E = e^(-2|x|). Near x = 0, k is 0 and
/// this is -p / (2 + p), as exact as p: the tanh of a denormal is that denormal. Near 1, E is rounded to the places of
/// 1 - E and of 1 + E, the latter twice as wide; together that is one ulp at most. k is small, so ln 2 needs no second
/// part.
KERNEL V tanh_of(V x) {
  V half = at_most(magnitude(x), TANH_IS_1_AT);
  V t    = -(half + half);
  V power, k = exponent_of_exp(t, 0, &power);
  V p = exp_minus_1(t - k * (LN2_HIGH + LN2_LOW));
  return with_sign(((1 - power) - power * p) / ((1 + power) + power * p), x);
}
