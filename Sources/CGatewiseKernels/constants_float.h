// The format of Float and the constants of exponential.h in it.
#define BITS         uint32_t
#define MANTISSA     23             // stored mantissa bits
#define BIAS         127            // of the exponent
#define SIGN         0x80000000u
#define ROUND        0x1.8p+23f     // x + ROUND - ROUND is x to the nearest integer, for |x| < 2^22
#define UNDERFLOW_AT 105            // exp(-105) is below half of the least denormal
#define TANH_IS_1_AT 10             // 1 - tanh(10) and 1 - sigma(20) are below a quarter of an ulp of 1
#define LOG2_E       0x1.715476p+0f
#define LN2_HIGH     0x1.62e4p-1f   // 15 bits: k * LN2_HIGH is exact for every k that occurs
#define LN2_LOW      0x1.7f7d1cp-20f
#define SQRT_2       0x1.6a09e6p+0f

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: minimax in the relative error of e^r - 1, 1.4e-8 = 0.11 of Float's 2^-23.
/// In pairs, whose products with r^2 overlap.
KERNEL vector_float exp_tail(vector_float r, vector_float r2) {
  return (0x1.fffffep-2f + r * 0x1.5554b4p-3f)
    + r2 * ((0x1.5556f4p-5f + r * 0x1.12253ep-7f)
    + r2 * 0x1.6b99f6p-10f);
}
