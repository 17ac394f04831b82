// The error that deltas send back: e += δ · Bᵀ, with B = R for the step before, B = W for what feeds the layer
// (Equations, Backward).
//
// B [units, depth] is packed in panels of 1 ... TILE_VECTORS vectors of units, as equal as they can be: for every
// k < depth, column k of the panel's rows of B. Zeros stand behind the last unit.

// The terms that a panel is read for at once: its part stays in the second cache while all rows pass.
#define PROPAGATE_DEPTH 1024

static size_t JOIN(part_start, REAL)(size_t units, size_t part, size_t parts) {
  return panel_start(units, part * panels_of(units, LANES) / parts, LANES);
}

static size_t JOIN(packed_transposed_count, REAL)(size_t units, size_t depth) {
  return parts_of(units, LANES) * LANES * depth;
}

/// Rows become columns: every stage shuffles the first half of the rows into the second like two halves of a deck.
KERNEL void transpose(V *square) {
#pragma clang loop unroll(full)
  for (size_t stage = 1; stage < LANES; stage *= 2) {
    V shuffled[LANES];
#pragma clang loop unroll(full)
    for (size_t n = 0; n < LANES / 2; n += 1) {
      V a = square[n], b = square[n + LANES / 2];
      shuffled[2 * n].even = a.lo;
      shuffled[2 * n].odd = b.lo;
      shuffled[2 * n + 1].even = a.hi;
      shuffled[2 * n + 1].odd = b.hi;
    }
#pragma clang loop unroll(full)
    for (size_t n = 0; n < LANES; n += 1) square[n] = shuffled[n];
  }
}

static __attribute__((overloadable)) void pack_transposed(size_t units, size_t depth, size_t first, size_t end,
                                                          const REAL *b, REAL *packed) {
  for (size_t panel = 0; panel < panels_of(units, LANES); panel += 1) {
    size_t j = panel_start(units, panel, LANES);
    if (j < first || j >= end) continue;
    size_t width = parts_of(panel_start(units, panel + 1, LANES) - j, LANES) * LANES;
    REAL *columns = packed + j * depth;
    for (size_t k = 0; k < depth; k += LANES) {
      size_t lanes = LANES_LEFT(depth, k);
      for (size_t n = 0; n < width; n += LANES) {
        V square[LANES];
        for (size_t row = 0; row < LANES; row += 1)
          square[row] = j + n + row < units ? load(lanes, b + (j + n + row) * depth + k) : (V)0;
        transpose(square);
        for (size_t lane = 0; lane < lanes; lane += 1) store(LANES, square[lane], columns + (k + lane) * width + n);
      }
    }
  }
}

static __attribute__((overloadable)) void propagate(const JOIN(gatewise_propagate, REAL) *p) {
  size_t units = p->units, depth = p->depth;
  for (size_t panel = 0; panel < panels_of(units, LANES); panel += 1) {
    size_t j = panel_start(units, panel, LANES);
    size_t columns = panel_start(units, panel + 1, LANES) - j, vectors = parts_of(columns, LANES);
    if (j < p->first || j >= p->end) continue;
    size_t k = 0;
    do {
      size_t terms = depth - k < PROPAGATE_DEPTH ? depth - k : PROPAGATE_DEPTH;
      TILE t = {.panel = p->packed + j * depth + k * vectors * LANES, .start_row_stride = units,
                .start_vector_stride = LANES, .row_stride = units, .vector_stride = LANES};
      for (size_t row = 0, count; row < p->rows; row += count) {
        count = next_part(p->rows - row, TILE_ROWS);
        t.left[0] = (LEFT){p->delta + row * depth + k, terms, depth, 1};
        t.c = p->error + row * units + j;
        t.start = p->adds || k > 0 ? t.c : NULL;
        multiply_columns(&t, count, vectors, columns);
      }
      k += PROPAGATE_DEPTH;
    } while (k < depth);
  }
}
