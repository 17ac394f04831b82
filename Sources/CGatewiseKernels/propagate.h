// What the gate deltas of a step add to the error of the step before: dh += δ · Rᵀ (Equations, Backward).
//
// A panel of the packed Rᵀ belongs to 1 ... TILE_VECTORS vectors of hidden units: for every k < 4H, column k of their
// rows of R. All panels are as wide as the others or one vector less. Zeros stand behind unit H - 1.

static __attribute__((overloadable)) void pack_recurrent_transposed(size_t hidden, const REAL *r, REAL *packed) {
  size_t columns = 4 * hidden;
  for (size_t j = 0, width; j < hidden; j += width, packed += width * columns) {
    width = LANES * next_part((hidden - j + LANES - 1) / LANES, TILE_VECTORS);
    // A vector of a row of R becomes a piece of a column of the panel: R is read in order, the panel is in the cache.
    for (size_t k = 0; k < columns; k += LANES) {
      size_t lanes = LANES_LEFT(columns, k);
      for (size_t n = 0; n < width; n += 1) {
        V x = j + n < hidden ? load(lanes, r + (j + n) * columns + k) : (V)0;
        for (size_t lane = 0; lane < lanes; lane += 1) packed[(k + lane) * width + n] = x[lane];
      }
    }
  }
}

static __attribute__((overloadable)) void propagate(size_t rows, size_t hidden, const REAL *delta, const REAL *packed,
                                                    REAL *dh) {
  TILE t = {.depth = 4 * hidden, .panel = packed, .row_stride = hidden, .vector_stride = LANES};
  for (size_t j = 0, vectors; j < hidden; j += vectors * LANES, t.panel += vectors * LANES * t.depth) {
    vectors = next_part((hidden - j + LANES - 1) / LANES, TILE_VECTORS);
    size_t whole = (hidden - j) / LANES < vectors ? vectors - 1 : vectors;
    for (size_t row = 0, count; row < rows; row += count) {
      count = next_part(rows - row, TILE_ROWS);
      t.a = delta + row * t.depth;
      t.c = dh + row * hidden + j;
      multiply(&t, count, vectors, whole, (hidden - j) % LANES);
    }
  }
}
