// Numbers as codes: x = scale · code, where the code is an integer from -127 to 127, rounded to nearest, ties to even.
// A scale belongs to a row of x or of y_{t-1}, or to a column of W or of R.
//
// Scale and code are computed from the largest magnitude alone, by operations that every set rounds alike, so codes and
// their sums are the same integers in every set.

// A largest magnitude below this counts as zero: 127 divided by it must not overflow.
#define LEAST_MAGNITUDE 0x1p-100f

/// The bits of magnitudes are ordered as the magnitudes are, with NaN above all.
KERNEL U larger_magnitude(U largest, V x) {
  U bits = (U)x & ~SIGN;
  return bits > largest ? bits : largest;
}

/// largest / 127; NaN if `largest` is not finite, which makes every sum scaled by it NaN.
KERNEL V scale_of(V largest) {
  V scale = largest / 127 + (largest - largest);
  return largest < LEAST_MAGNITUDE ? (V)0 : scale;
}

/// The factor that turns a number into its code.
KERNEL V codes_a_unit(V largest) { return largest < LEAST_MAGNITUDE ? (V)0 : 127 / largest; }

/// The codes in two's complement, in the lowest bits of the lanes. Two statements, so that no set fuses them.
KERNEL U code(V x, V codes_a_unit) {
  V scaled = x * codes_a_unit;
  return (U)(scaled + ROUND);
}

/// Groups of four codes, the last one padded with zeros.
KERNEL size_t code_groups(size_t count) { return parts_of(count, 4); }

/// The codes of LANES numbers, one byte each.
KERNEL bytes code_bytes(V x, V codes_a_unit) {
  return __builtin_convertvector(code(x, codes_a_unit) + CODE_OFFSET, bytes);
}

KERNEL REAL largest_of(U largest) {
  U all = largest;
  #pragma clang loop unroll(full)
  for (size_t lane = 1; lane < LANES; lane += 1) all[0] = all[lane] > all[0] ? all[lane] : all[0];
  return ((V)all)[0];
}

/// Writes one row: its scale, then its codes, four to an element.
KERNEL void quantize_row(size_t count, const REAL *x, REAL *quantized) {
  size_t whole = count / LANES * LANES, tail = count - whole;
  U all = 0;
  for (size_t k = 0; k < whole; k += LANES) all = larger_magnitude(all, load(LANES, x + k));
  if (tail > 0) all = larger_magnitude(all, load(tail, x + whole));
  V largest = (V)largest_of(all), unit = codes_a_unit(largest);
  *quantized = scale_of(largest)[0];

  unsigned char *codes = (unsigned char *)(quantized + 1);
  for (size_t k = 0; k < whole; k += LANES) {
    bytes some = code_bytes(load(LANES, x + k), unit);
    __builtin_memcpy(codes + k, &some, LANES);
  }
  if (tail > 0) {
    bytes some = code_bytes(load(tail, x + whole), unit);
    __builtin_memcpy(codes + whole, &some, 4 * code_groups(tail));
  }
}

/// Writes the rows of one factor as codes: row r begins at base + r · row_stride.
typedef struct {
  const REAL *base;
  size_t groups, row_stride;
} int8_factor;

KERNEL int8_factor quantize_rows(size_t rows, size_t count, const REAL *x, REAL *scratch, size_t row_stride) {
  for (size_t row = 0; row < rows; row += 1) quantize_row(count, x + row * count, scratch + row * row_stride);
  return (int8_factor){scratch, code_groups(count), row_stride};
}
