// W, R and b of a layer, packed for the forward products.
//
// A panel belongs to LANES hidden units and has 1 + I + H rows: b, then W's, then R's, each the four vectors of these
// units' gate columns i, f, g, o. Zeros stand behind unit H - 1.

static size_t JOIN(packed_count, REAL)(size_t inputs, size_t hidden) {
  return parts_of(hidden, LANES) * gate_panel(inputs, hidden, LANES);
}

/// The gate columns of units j ..< j + LANES of `rows` rows of a matrix [rows, 4H].
KERNEL REAL *pack_gate_columns(size_t rows, size_t hidden, size_t j, const REAL *matrix, REAL *packed) {
  for (size_t gate = 0; gate < rows * 4; gate += 1, packed += LANES)
    store(LANES, load(LANES_LEFT(hidden, j), matrix + gate * hidden + j), packed);
  return packed;
}

static __attribute__((overloadable)) void pack_gates(size_t inputs, size_t hidden, size_t first, size_t end,
                                                     const REAL *w, const REAL *r, const REAL *b, REAL *packed) {
  for (size_t j = first; j < end; j += LANES) {
    REAL *panel = packed + j / LANES * gate_panel(inputs, hidden, LANES);
    panel = pack_gate_columns(1, hidden, j, b, panel);
    panel = pack_gate_columns(inputs, hidden, j, w, panel);
    panel = pack_gate_columns(hidden, hidden, j, r, panel);
  }
}
