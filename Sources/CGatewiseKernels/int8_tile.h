// The register tile of the products in 8 bits. For a few rows and the four gates' vectors of one panel it computes
//
//   a += scale of the row · scale of the column · (sum over k of the codes' products),
//
// with the sum exact in 32 bits, so that nothing depends on its order.

/// `rows` is a constant wherever this is inlined, as in tile.h. `scales`, `starts` and `codes` are rows of a panel, `a`
/// is [rows, 4, LANES].
KERNEL void multiply_codes_tile(int8_factor left, size_t rows, const REAL *scales, const REAL *starts,
                                const REAL *codes, REAL *a) {
  U sum[CODE_ROWS][4];
  #pragma clang loop unroll(full)
  for (size_t v = 0; v < 4; v += 1) {
    #pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 1) sum[r][v] = (U)load(LANES, starts + v * LANES);
  }
  for (size_t k = 0; k < left.groups; k += 1, codes += PANEL_ROW) {
    U x[CODE_ROWS];
    #pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 1) {
      uint32_t four;
      __builtin_memcpy(&four, left.base + r * left.row_stride + 1 + k, sizeof four);
      x[r] = (U)four;
    }
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < 4; v += 1) {
      U w = (U)load(LANES, codes + v * LANES);
      #pragma clang loop unroll(full)
      for (size_t r = 0; r < rows; r += 1) sum[r][v] = dot4(sum[r][v], x[r], w);
    }
  }
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    V row = (V)left.base[r * left.row_stride];
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < 4; v += 1) {
      V scale = row * load(LANES, scales + v * LANES);
      REAL *out = a + (r * 4 + v) * LANES;
      store(LANES, load(LANES, out) + scale * __builtin_convertvector((ints)sum[r][v], V), out);
    }
  }
}

/// 1 ... CODE_ROWS rows.
static __attribute__((noinline)) void multiply_codes(int8_factor left, size_t rows, const REAL *scales,
                                                     const REAL *starts, const REAL *codes, REAL *a) {
  switch (rows) {
  case 1: return multiply_codes_tile(left, 1, scales, starts, codes, a);
  case 2: return multiply_codes_tile(left, 2, scales, starts, codes, a);
#if CODE_ROWS > 2
  case 3: return multiply_codes_tile(left, 3, scales, starts, codes, a);
  case 4: return multiply_codes_tile(left, 4, scales, starts, codes, a);
#endif
#if CODE_ROWS > 4
  case 5: return multiply_codes_tile(left, 5, scales, starts, codes, a);
  case 6: return multiply_codes_tile(left, 6, scales, starts, codes, a);
#endif
  }
}
