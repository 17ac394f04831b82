// The format of Double and the constants of exponential.h in it.
#define BITS         uint64_t
#define MANTISSA     52             // stored mantissa bits
#define BIAS         1023           // of the exponent
#define SIGN         0x8000000000000000u
#define ROUND        0x1.8p+52      // x + ROUND - ROUND is x to the nearest integer, for |x| < 2^51
#define UNDERFLOW_AT 746            // exp(-746) is below half of the least denormal
#define TANH_IS_1_AT 20             // 1 - tanh(20) and 1 - sigma(40) are below a quarter of an ulp of 1
#define LOG2_E       0x1.71547652b82fep+0
#define LN2_HIGH     0x1.62e42fefa4p-1   // 41 bits: k * LN2_HIGH is exact for every k that occurs
#define LN2_LOW      (-0x1.8432a1b0e2634p-43)
#define SQRT_2       0x1.6a09e667f3bcdp+0

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: minimax in the relative error of e^r - 1, 1.9e-17 = 0.09 of Double's 2^-52.
/// In pairs, whose products with r^2 overlap.
KERNEL vector_double exp_tail(vector_double r, vector_double r2) {
  return (0x1.0000000000005p-1 + r * 0x1.5555555555546p-3)
    + r2 * ((0x1.55555555521aep-5 + r * 0x1.11111111166c0p-7)
    + r2 * ((0x1.6c16c17f012d3p-10 + r * 0x1.a01a0180fbad2p-13)
    + r2 * ((0x1.a019a7254ce44p-16 + r * 0x1.71de705da123bp-19)
    + r2 * (0x1.28a215ef67ef3p-22 + r * 0x1.ae8dcf0286b94p-26))));
}
