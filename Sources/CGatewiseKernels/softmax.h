// y = exp(x - max x) / sum. The sum has one fixed order, the same in every set: as many partial sums as the widest
// vector has lanes, element n added to sum n modulo their number, and the partial sums added pairwise at the end.
#define PARTIAL_SUMS (64 / sizeof(REAL))
#define SUM_VECTORS (PARTIAL_SUMS / LANES)

/// log s for a finite s >= 1. With s = 2^k m, two steps of Halley's method on e^y = m, each of which cubes the error.
KERNEL REAL logarithm(REAL s) {
  BITS bits;
  __builtin_memcpy(&bits, &s, sizeof bits);
  REAL k = (REAL)(bits >> MANTISSA) - BIAS;
  bits = (bits & (((BITS)1 << MANTISSA) - 1)) | ((BITS)BIAS << MANTISSA);
  REAL m;
  __builtin_memcpy(&m, &bits, sizeof m);
  if (m > SQRT_2) { m = m / 2; k = k + 1; }

  REAL f = m - 1;
  REAL y = 2 * f / (2 + f);
  for (int step = 0; step < 2; step += 1) {
    REAL p = fraction_of_exp((V)y, (V)0)[0];
    y = y + 2 * (f - p) / (2 + f + p);
  }
  return k * LN2_HIGH + (y + k * LN2_LOW);
}

/// Replaces the lanes from `lanes` on.
KERNEL V filled(V v, size_t lanes, REAL with) {
  for (size_t lane = lanes; lane < LANES; lane += 1) v[lane] = with;
  return v;
}

KERNEL REAL maximum(size_t count, const REAL *x) {
  const REAL least = -(REAL)__builtin_inff();
  V maxima = least;
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    V v = filled(load(lanes, x + n), lanes, least);
    maxima = v > maxima ? v : maxima;
  }
  REAL result = least;
  for (size_t lane = 0; lane < LANES; lane += 1) result = maxima[lane] > result ? maxima[lane] : result;
  return result;
}

static double OF(softmax)(size_t count, const void *from, void *to) {
  const REAL *x = from;
  REAL *y = to;
  REAL largest = maximum(count, x);
  if (count == 0) return largest;

  V sums[SUM_VECTORS] = {0};
  for (size_t start = 0; start < count; start += PARTIAL_SUMS) {
    for (size_t v = 0; v < SUM_VECTORS && start + v * LANES < count; v += 1) {
      size_t n = start + v * LANES, lanes = LANES_LEFT(count, n);
      V e = exp_of_nonpositive(load(lanes, x + n) - largest);
      store(lanes, e, y + n);
      sums[v] = sums[v] + filled(e, lanes, 0);
    }
  }
  for (size_t half = SUM_VECTORS / 2; half > 0; half /= 2)
    for (size_t v = 0; v < half; v += 1) sums[v] = sums[v] + sums[v + half];
  for (size_t half = LANES / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; lane += 1) sums[0][lane] = sums[0][lane] + sums[0][lane + half];
  REAL sum = sums[0][0];

  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, load(lanes, y + n) / sum, y + n);
  }
  return largest + (sum == sum ? logarithm(sum) : sum);
}
