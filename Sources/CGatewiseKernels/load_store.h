// The first `lanes` lanes of a vector at any address; nothing beyond them is read or written.
KERNEL V load(size_t lanes, const REAL *x) {
  if (lanes < LANES) return load_first(lanes, x);
  V v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}

KERNEL void store(size_t lanes, V v, REAL *x) {
  if (lanes < LANES) store_first(lanes, v, x);
  else __builtin_memcpy(x, &v, sizeof v);
}
