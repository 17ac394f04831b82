// LAPACKE: QR factorization for orthogonal initialization.
#include <lapacke.h>
