// The register tile under every product of a layer: C = start + A · panel for a few rows. The panel is some vectors of
// columns of the packed right factor.
//
// Every element of C is one chain: its start, then + A[row, k] · panel[k, column] for k = 0, 1, 2 …, fused if the set
// has it. So its bits do not depend on the tile's shape, on `rows`, or on how a batch is split.
//
// A tile keeps TILE_ROWS x TILE_VECTORS accumulators, one element of A per row and one vector of the panel in
// registers: 6 x 4 of 32 registers, 3 x 4 of 16. If panels may have any width, 16 registers also hold TALL_ROWS x
// TALL_VECTORS, 6 x 2, with the panel's vectors and one element of A; a row of such a panel has half as many bytes.
#define LEFT JOIN(left, REAL)
#define TILE JOIN(tile, REAL)

// Some columns of the left factor: element (row, k) at base[row · row_stride + k · step].
typedef struct {
  const REAL *base;
  size_t depth, row_stride, step;
} LEFT;

typedef struct {
  LEFT left[2];                             // side by side: the chain runs over both; depth 0: absent
  const REAL *panel;                        // [left[0].depth + left[1].depth, vectors · LANES], or half if halved
  const REAL *start;                        // initial values of the chains; NULL: zeros
  size_t start_row_stride, start_vector_stride;
  REAL *c;                                  // the first element; may be `start`
  size_t row_stride, vector_stride;         // of C: from row to row, and from vector to vector of a row
  bool adds;                                // whether the chains are added to C instead of replacing it
} TILE;

/// Vector v of a row of a panel. Halved weights are bfloat16, the upper half of a single precision number, two to a
/// lane: the lower half holds that of the preceding vector. They are widened exactly and multiplied as all others.
KERNEL V weights(const REAL *row, size_t v, bool halved) {
  if (!halved) return load(LANES, row + v * LANES);
  U pair = (U)load(LANES, row + v / 2 * LANES);
  return v % 2 == 0 ? (V)(pair << 16) : (V)(pair & ~(U)0xffff);
}

/// Fetches a row of a panel into the nearest cache.
KERNEL void fetch_row(const REAL *row, size_t bytes) {
  #pragma clang loop unroll(full)
  for (size_t n = 0; n < bytes; n += 64) __builtin_prefetch((const char *)row + n, 0, 3);
}

/// Adds one term to every chain: the elements of A in registers, the panel's vectors one after the other.
KERNEL void multiply_wide(const REAL *a, size_t row_stride, const REAL *panel, size_t rows, size_t vectors, bool halved,
                          V (*sum)[TILE_VECTORS]) {
  V x[TILE_ROWS];
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) x[r] = (V)a[r * row_stride];
  #pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v += 1) {
    V b = weights(panel, v, halved);
    #pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 1) sum[r][v] = sum[r][v] + x[r] * b;
  }
}

/// Does the same with the panel's vectors in registers and the elements of A one after the other.
KERNEL void multiply_tall(const REAL *a, size_t row_stride, const REAL *panel, size_t rows, size_t vectors,
                          V (*sum)[TILE_VECTORS]) {
  V b[TALL_VECTORS];
  #pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v += 1) b[v] = load(LANES, panel + v * LANES);
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    V x = (V)a[r * row_stride];
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1) sum[r][v] = sum[r][v] + x * b[v];
  }
}

/// `rows`, `vectors` and `halved` are constants wherever this is inlined: then every loop but that over k unrolls, and
/// `sum` is kept in registers. At -O2 clang unrolls them only when told to.
KERNEL void multiply_tile(const TILE *t, size_t rows, size_t vectors, bool halved) {
  V sum[TALL_ROWS][TILE_VECTORS];
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1)
      sum[r][v] = t->start ? load(LANES, t->start + r * t->start_row_stride + v * t->start_vector_stride) : (V)0;
  }
  const REAL *panel = t->panel;
  const size_t width = vectors * LANES / (halved ? 2 : 1);
  // A tile of few rows waits for its loads as it is.
  const size_t ahead = VECTOR_BYTES == 64 && rows >= 4 ? gatewise_panel_ahead : 0;
  for (size_t part = 0; part < 2; part += 1) {
    const REAL *a = t->left[part].base;
    size_t depth = t->left[part].depth, row_stride = t->left[part].row_stride, step = t->left[part].step;
    for (size_t k = 0; k < depth; k += 1, a += step, panel += width) {
      if (ahead) fetch_row(panel + ahead / sizeof(REAL), width * sizeof(REAL));
      if (rows > TILE_ROWS) multiply_tall(a, row_stride, panel, rows, vectors, sum);
      else multiply_wide(a, row_stride, panel, rows, vectors, halved, sum);
    }
  }
  #pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r += 1) {
    #pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v += 1) {
      REAL *c = t->c + r * t->row_stride + v * t->vector_stride;
      store(LANES, t->adds ? load(LANES, c) + sum[r][v] : sum[r][v], c);
    }
  }
}

KERNEL void multiply_vectors(const TILE *t, size_t rows, size_t vectors, bool halved) {
  switch (rows) {
  case 1: return multiply_tile(t, 1, vectors, halved);
  case 2: return multiply_tile(t, 2, vectors, halved);
  case 3: return multiply_tile(t, 3, vectors, halved);
  }
  // A missing tile shape would leave C unchanged. That is a bug in this folder, never a result.
  if (rows > (vectors > TALL_VECTORS ? TILE_ROWS : TALL_ROWS)) __builtin_trap();
  switch (rows) {
  case 4: return multiply_tile(t, 4, vectors, halved);
  case 5: return multiply_tile(t, 5, vectors, halved);
  case 6: return multiply_tile(t, 6, vectors, halved);
  }
  __builtin_trap();
}

/// 1 ... TILE_ROWS rows by 1 ... TILE_VECTORS vectors, or 1 ... TALL_ROWS by 1 ... TALL_VECTORS.
static __attribute__((overloadable, noinline)) void multiply(const TILE *t, size_t rows, size_t vectors) {
  switch (vectors) {
  case 1: return multiply_vectors(t, rows, 1, false);
  case 2: return multiply_vectors(t, rows, 2, false);
  case 3: return multiply_vectors(t, rows, 3, false);
  case 4: return multiply_vectors(t, rows, 4, false);
  }
  __builtin_trap();
}

/// 1 ... TILE_ROWS rows by TILE_VECTORS vectors of the gate columns, which may be halved (in Float only).
static __attribute__((overloadable, noinline)) void multiply_gates(const TILE *t, size_t rows, bool halved) {
  if (sizeof(REAL) == 4 && halved) multiply_vectors(t, rows, TILE_VECTORS, true);
  else multiply(t, rows, TILE_VECTORS);
}

/// The same as `multiply` where C has only `columns` columns left, fewer than the vectors hold: the chains end in a
/// copy.
static __attribute__((overloadable)) void multiply_tail(const TILE *t, size_t rows, size_t vectors, size_t columns) {
  REAL copy[TALL_ROWS * TILE_VECTORS * LANES];
  TILE inside = *t;
  (inside.c = copy, inside.row_stride = vectors * LANES, inside.vector_stride = LANES, inside.adds = false);
  if (t->start) {
    for (size_t r = 0; r < rows; r += 1)
      for (size_t j = 0; j < columns; j += LANES)
        store(LANES, load(LANES_LEFT(columns, j),
                          t->start + r * t->start_row_stride + j / LANES * t->start_vector_stride),
              copy + r * vectors * LANES + j);
    (inside.start = copy, inside.start_row_stride = vectors * LANES, inside.start_vector_stride = LANES);
  }
  multiply(&inside, rows, vectors);

  for (size_t r = 0; r < rows; r += 1) {
    for (size_t j = 0; j < columns; j += LANES) {
      size_t lanes = LANES_LEFT(columns, j);
      REAL *c = t->c + r * t->row_stride + j / LANES * t->vector_stride;
      V sum = load(LANES, copy + r * vectors * LANES + j);
      store(lanes, t->adds ? load(lanes, c) + sum : sum, c);
    }
  }
}

/// Computes `columns` columns of C, at most vectors · LANES.
KERNEL void multiply_columns(const TILE *t, size_t rows, size_t vectors, size_t columns) {
  if (columns >= vectors * LANES) multiply(t, rows, vectors);
  else multiply_tail(t, rows, vectors, columns);
}
