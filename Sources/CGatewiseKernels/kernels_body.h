// The kernels over REAL. The includer defines REAL and its constants; all of them are undefined again at the end.
#define V JOIN(vector, REAL)
#define U JOIN(bits, REAL)
#define LANES (VECTOR_BYTES / sizeof(REAL))
#define OF(name) JOIN(name, REAL)
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

const gatewise_kernels JOIN(JOIN(gatewise_table, ISA), REAL) = {
  .forward_step              = OF(forward_step),
  .backward_step             = OF(backward_step),
  .part_start                = OF(part_start),
  .packed_count              = OF(packed_count),
  .pack_gates                = OF(pack_gates),
  .input_product             = OF(input_product),
  .recurrent_step            = OF(recurrent_step),
  .packed_factor_count       = OF(packed_factor_count),
  .pack_factor               = OF(pack_factor),
  .product                   = OF(product),
  .weight_gradient_scratch   = OF(weight_gradient_scratch),
  .weight_gradient           = OF(weight_gradient),
  .sigmoid                   = OF(sigmoid_all),
  .tanh                      = OF(tanh_all),
  .softmax                   = OF(softmax),
  .add                       = OF(add_all),
  .multiply_add              = OF(multiply_add_all),
};

#undef REAL
#undef V
#undef U
#undef LANES
#undef OF
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
