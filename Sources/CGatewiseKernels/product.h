// A product with a packed right factor: c = a · B, or c += a · B. B = Rᵀ or Wᵀ in the backward pass (Equations,
// Backward); B is W or the readout's weights in the forward pass.
//
// B [depth, columns] is packed in panels of 1 ... TILE_VECTORS vectors of columns, as equal as possible: for every k <
// depth, the panel's columns of row k. Columns beyond the last are zeros.

// The number of terms for which a panel is read at once: this part stays in the second cache while all rows pass.
#define PRODUCT_DEPTH 1024

static size_t OF(part_start)(size_t units, size_t part, size_t parts) {
  return panel_start(units, part * panels_of(units, LANES) / parts, LANES);
}

static size_t OF(packed_factor_count)(size_t columns, size_t depth) {
  return parts_of(columns, LANES) * LANES * depth;
}

/// Transposes: every stage shuffles the first half of the rows into the second, as two halves of a deck of cards.
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

/// Packs one panel of `width` columns, starting at column j, of Bᵀ [columns, depth].
KERNEL void pack_transposed_panel(size_t columns, size_t depth, size_t j, size_t width, const REAL *b, REAL *panel) {
  for (size_t k = 0; k < depth; k += LANES) {
    size_t lanes = LANES_LEFT(depth, k);
    for (size_t n = 0; n < width; n += LANES) {
      V square[LANES];
      for (size_t row = 0; row < LANES; row += 1)
        square[row] = j + n + row < columns ? load(lanes, b + (j + n + row) * depth + k) : (V)0;
      transpose(square);
      for (size_t lane = 0; lane < lanes; lane += 1) store(LANES, square[lane], panel + (k + lane) * width + n);
    }
  }
}

/// Does the same for B [depth, columns].
KERNEL void pack_panel(size_t columns, size_t depth, size_t j, size_t width, const REAL *b, REAL *panel) {
  for (size_t k = 0; k < depth; k += 1)
    for (size_t n = 0; n < width; n += LANES)
      store(LANES, load(LANES_LEFT(columns, j + n), b + k * columns + j + n), panel + k * width + n);
}

static void OF(pack_factor)(const gatewise_pack_factor *p) {
  size_t columns = p->columns, depth = p->depth;
  const REAL *b = p->b;
  REAL *packed = p->packed;
  for (size_t panel = 0; panel < panels_of(columns, LANES); panel += 1) {
    size_t j = panel_start(columns, panel, LANES);
    if (j < p->first || j >= p->end) continue;
    size_t width = parts_of(panel_start(columns, panel + 1, LANES) - j, LANES) * LANES;
    if (p->transposed) pack_transposed_panel(columns, depth, j, width, b, packed + j * depth);
    else pack_panel(columns, depth, j, width, b, packed + j * depth);
  }
}

static void OF(product)(const gatewise_product *p) {
  size_t columns = p->columns, depth = p->depth;
  const REAL *a = p->a, *packed = p->packed;
  REAL *c = p->c;
  for (size_t panel = 0; panel < panels_of(columns, LANES); panel += 1) {
    size_t j = panel_start(columns, panel, LANES);
    size_t width = panel_start(columns, panel + 1, LANES) - j, vectors = parts_of(width, LANES);
    if (j < p->first || j >= p->end) continue;
    size_t k = 0;
    do {
      size_t terms = depth - k < PRODUCT_DEPTH ? depth - k : PRODUCT_DEPTH;
      TILE t = {.panel = packed + j * depth + k * vectors * LANES, .start_row_stride = columns,
                .start_vector_stride = LANES, .row_stride = columns, .vector_stride = LANES};
      for (size_t row = 0, count; row < p->rows; row += count) {
        count = next_part(p->rows - row, TILE_ROWS);
        t.left[0] = (LEFT){a + row * p->a_row_stride + k * p->a_step, terms, p->a_row_stride, p->a_step};
        t.c = c + row * columns + j;
        t.start = p->adds || k > 0 ? t.c : NULL;
        multiply_columns(&t, count, vectors, width);
      }
      k += PRODUCT_DEPTH;
    } while (k < depth);
  }
}
