// The kernels over REAL. The includer defines REAL and its constants; all of them are undefined again at the end.
#define V JOIN(vector, REAL)
#define U JOIN(bits, REAL)
#define LANES (VECTOR_BYTES / sizeof(REAL))
#define LANES_LEFT(count, n) ((count) - (n) < LANES ? (count) - (n) : LANES)

#include "load_store.h"
#include "exponential.h"
#include "forward_step.h"
#include "backward_step.h"
#include "elementwise.h"
#include "softmax.h"
#include "tile.h"
#include "gate_panels.h"
#include "input_product.h"
#include "recurrent_step.h"
#include "product.h"
#include "weight_gradient.h"

const JOIN(gatewise_kernels, REAL) JOIN(JOIN(gatewise_table, ISA), REAL) = {
  .forward_step              = forward_step,
  .backward_step             = backward_step,
  .part_start                = JOIN(part_start, REAL),
  .packed_count              = JOIN(packed_count, REAL),
  .pack_gates                = pack_gates,
  .input_product             = input_product,
  .recurrent_step            = recurrent_step,
  .packed_factor_count       = JOIN(packed_factor_count, REAL),
  .pack_factor               = pack_factor,
  .product                   = product,
  .weight_gradient_scratch   = JOIN(weight_gradient_scratch, REAL),
  .weight_gradient           = weight_gradient,
  .sigmoid                   = sigmoid_all,
  .tanh                      = tanh_all,
  .softmax                   = softmax,
  .add                       = add_all,
  .multiply_add              = multiply_add_all,
};

#undef REAL
#undef V
#undef U
#undef LANES
#undef LANES_LEFT
#undef LEFT
#undef TILE
#undef PRODUCT_DEPTH
#undef WEIGHT_DEPTH
#undef WEIGHT_PANEL
#undef WEIGHT_ROWS
#undef WEIGHT_COPIES_FROM
#undef BITS
#undef MANTISSA
#undef BIAS
#undef SIGN
#undef ROUND
#undef UNDERFLOW_AT
#undef TANH_IS_1_AT
#undef LOG2_E
#undef LN2_HIGH
#undef LN2_LOW
#undef SQRT_2
#undef PARTIAL_SUMS
#undef SUM_VECTORS
