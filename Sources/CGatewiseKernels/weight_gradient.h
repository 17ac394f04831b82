// The sums over all steps: [dW; dR] = [x, y_{t-1}]ᵀ · δ and db = Σ δ. The left factor is never transposed in memory:
// the rows of a tile take one of its rows for each k.
//
// Rows of δ are taken WEIGHT_DEPTH at a time and copied into panels, which serve every tile of dW and dR. Tiles of
// WEIGHT_ROWS columns of x or y, copied together if many panels use them, take turns with a panel while it lies in the
// nearest cache, or most of it. Every block of rows is a chain from zero that is then added, so a sum over 10⁵ rows
// rounds as often as one over some hundreds.
#define WEIGHT_DEPTH 256
#define WEIGHT_PANEL (TALL_VECTORS * LANES)
#define WEIGHT_ROWS (8 * TALL_ROWS)
#define WEIGHT_COPIES_FROM (32 * LANES)

/// Elements of the panels of δ.
static size_t OF(delta_panels)(size_t rows, size_t columns) {
  return (rows < WEIGHT_DEPTH ? rows : WEIGHT_DEPTH) * parts_of(columns, WEIGHT_PANEL) * WEIGHT_PANEL;
}

/// The panels, followed by the copy of some columns of the left factor: too large for the stack of a small thread.
static size_t OF(weight_gradient_scratch)(size_t rows, size_t columns) {
  return OF(delta_panels)(rows, columns)
       + (columns >= WEIGHT_COPIES_FROM ? WEIGHT_DEPTH * WEIGHT_ROWS + LANES : 0);
}

/// Copies columns j ..< j + columns of `rows` rows of δ, zeros beyond them, and sums them if there is a bias.
KERNEL void pack_deltas(size_t rows, size_t columns, size_t stride, const REAL *delta, REAL *panel, REAL *bias,
                        bool adds) {
  for (size_t j = 0; j < WEIGHT_PANEL; j += LANES) {
    size_t lanes = j < columns ? LANES_LEFT(columns, j) : 0;
    V sum = 0;
    for (size_t k = 0; k < rows; k += 1) {
      V x = lanes ? load(lanes, delta + k * stride + j) : (V)0;
      store(LANES, x, panel + k * WEIGHT_PANEL + j);
      sum = sum + x;
    }
    if (bias && lanes) store(lanes, adds ? load(lanes, bias + j) + sum : sum, bias + j);
  }
}

/// Copies the `count` columns of a tile of `left` together. Whole vectors are stored, each over the invalid lanes of
/// the preceding one.
KERNEL void copy_columns(size_t depth, size_t count, size_t stride, const REAL *left, REAL *copy) {
  for (size_t n = 0; n < depth; n += 1)
    for (size_t r = 0; r < count; r += LANES)
      store(LANES, load(LANES_LEFT(count, r), left + n * stride + r), copy + n * count + r);
}

/// Adds columns first ..< end of one of the two gradients, from one block of rows whose δ is packed.
KERNEL void OF(weight_rows)(const gatewise_weight_gradient *g, size_t k, size_t depth, size_t factor) {
  size_t width = g->width[factor];
  const REAL *left = (const REAL *)g->left[factor] + k * width;
  REAL *gradient = g->gradient[factor];
  bool copies = g->end - g->first >= WEIGHT_COPIES_FROM;
  const REAL *panels = g->scratch;
  REAL *copy = (REAL *)g->scratch + OF(delta_panels)(g->rows, g->end - g->first);
  for (size_t block = 0, rows; block < width; block += rows) {
    rows = next_part(width - block, WEIGHT_ROWS);
    for (size_t j = g->first; j < g->end; j += WEIGHT_PANEL) {
      TILE t = {.panel = panels + (j - g->first) * depth, .row_stride = g->columns, .vector_stride = LANES,
                .adds = k > 0};
      for (size_t i = 0, count; i < rows; i += count) {
        count = next_part(rows - i, TALL_ROWS);
        if (copies && j == g->first) copy_columns(depth, count, width, left + block + i, copy + i * depth);
        t.left[0] = copies ? (LEFT){copy + i * depth, depth, 1, count} : (LEFT){left + block + i, depth, 1, width};
        t.c = gradient + (block + i) * g->columns + j;
        multiply_columns(&t, count, TALL_VECTORS, g->end - j);
      }
    }
  }
}

static void OF(weight_gradient)(const gatewise_weight_gradient *g) {
  const REAL *delta = g->delta;
  REAL *bias = g->bias, *scratch = g->scratch;
  size_t k = 0, depth;
  do {
    depth = g->rows - k < WEIGHT_DEPTH ? g->rows - k : WEIGHT_DEPTH;
    for (size_t j = g->first; j < g->end; j += WEIGHT_PANEL)
      pack_deltas(depth, g->end - j, g->columns, delta + k * g->columns + j, scratch + (j - g->first) * depth,
                  bias ? bias + j : NULL, k > 0);
    OF(weight_rows)(g, k, depth, 0);
    OF(weight_rows)(g, k, depth, 1);
    k += depth;
  } while (k < g->rows);
}
