// The register tile under the two recurrent products: C += A · panel for a few rows, the panel being some vectors of
// columns of the weights, packed.
//
// Every element of C is one chain: what C holds, then + A[row, k] · panel[k, column] for k = 0, 1, 2 …, fused where the
// set has it. So its bits do not depend on the tile's shape, on `rows`, or on how a batch is split.
//
// A tile keeps TILE_ROWS x TILE_VECTORS accumulators, one element of A for every row and one vector of the panel in
// registers: 6 x 4 of 32 registers, 3 x 4 of 16.
#define TILE JOIN(tile, REAL)

typedef struct {
  size_t depth;          // terms of the sum
  const REAL *a;         // [rows, depth]
  const REAL *panel;     // [depth, vectors · LANES]
  REAL *c;               // the first element
  size_t row_stride;     // of C
  size_t vector_stride;  // from one vector of a row of C to the next
} TILE;

/// Elements of R [H, 4H] packed, and of its transpose: the units are filled up to a multiple of LANES.
static size_t JOIN(packed_count, REAL)(size_t hidden) {
  return (hidden + LANES - 1) / LANES * LANES * 4 * hidden;
}

/// `rows` and `vectors` are constants where this is inlined: then every loop but that over k unrolls, and `sum` is
/// registers. clang does so at -O2 only when told.
KERNEL void multiply_tile(const TILE *t, size_t rows, size_t vectors) {
  V sum[TILE_ROWS][TILE_VECTORS];
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1) sum[r][v] = load(LANES, t->c + r * t->row_stride + v * t->vector_stride);
  }
  size_t depth = t->depth;
  const REAL *a = t->a;
  const REAL *panel = t->panel;
  for (size_t k = 0; k < depth; k += 1) {
    V x[TILE_ROWS];
    #pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 1) x[r] = (V)a[r * depth + k];
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1) {
      V b = load(LANES, panel + (k * vectors + v) * LANES);
      #pragma clang loop unroll(full)
      for (size_t r = 0; r < rows; r += 1) sum[r][v] = sum[r][v] + x[r] * b;
    }
  }
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1) store(LANES, sum[r][v], t->c + r * t->row_stride + v * t->vector_stride);
  }
}

KERNEL void multiply_vectors(const TILE *t, size_t rows, size_t vectors) {
  switch (rows) {
  case 1: return multiply_tile(t, 1, vectors);
  case 2: return multiply_tile(t, 2, vectors);
  case 3: return multiply_tile(t, 3, vectors);
#if TILE_ROWS == 6
  case 4: return multiply_tile(t, 4, vectors);
  case 5: return multiply_tile(t, 5, vectors);
  case 6: return multiply_tile(t, 6, vectors);
#endif
  }
}

/// 1 ... TILE_ROWS rows by 1 ... TILE_VECTORS vectors.
static __attribute__((overloadable)) void multiply_whole(const TILE *t, size_t rows, size_t vectors) {
  switch (vectors) {
  case 1: return multiply_vectors(t, rows, 1);
  case 2: return multiply_vectors(t, rows, 2);
  case 3: return multiply_vectors(t, rows, 3);
  case 4: return multiply_vectors(t, rows, 4);
  }
}

/// The same where only the first `whole` vectors lie inside C's rows and the others with their first `lanes` lanes: C
/// is worked on in a copy.
static __attribute__((overloadable)) void multiply(const TILE *t, size_t rows, size_t vectors, size_t whole,
                                                   size_t lanes) {
  if (whole == vectors) return multiply_whole(t, rows, vectors);
  REAL copy[TILE_ROWS * TILE_VECTORS * LANES];
  for (size_t r = 0; r < rows; r += 1)
    for (size_t v = 0; v < vectors; v += 1)
      store(LANES, load(v < whole ? LANES : lanes, t->c + r * t->row_stride + v * t->vector_stride),
            copy + (r * vectors + v) * LANES);

  TILE inside = *t;
  inside.c = copy;
  inside.row_stride = vectors * LANES;
  inside.vector_stride = LANES;
  multiply_whole(&inside, rows, vectors);

  for (size_t r = 0; r < rows; r += 1)
    for (size_t v = 0; v < vectors; v += 1)
      store(v < whole ? LANES : lanes, load(LANES, copy + (r * vectors + v) * LANES),
            t->c + r * t->row_stride + v * t->vector_stride);
}
