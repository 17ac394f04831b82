// The first `count` lanes of a vector, for instruction sets without masked loads and stores.
KERNEL vector_float load_first(size_t count, const float *x) {
  vector_float v = 0;
  for (size_t lane = 0; lane < count; lane += 1) v[lane] = x[lane];
  return v;
}

KERNEL void store_first(size_t count, vector_float v, float *x) {
  for (size_t lane = 0; lane < count; lane += 1) x[lane] = v[lane];
}

KERNEL vector_double load_first(size_t count, const double *x) {
  vector_double v = 0;
  for (size_t lane = 0; lane < count; lane += 1) v[lane] = x[lane];
  return v;
}

KERNEL void store_first(size_t count, vector_double v, double *x) {
  for (size_t lane = 0; lane < count; lane += 1) x[lane] = v[lane];
}
