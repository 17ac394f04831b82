// The results, one line per kernel, and whether a check failed.
static const char *report_set, *report_type;
static int report_failed;

static void begin_report(const char *set, const char *type) {
  report_set = set;
  report_type = type;
}

static void report(const char *kernel, double worst, double bound, const char *unit) {
  bool fails = !(worst <= bound);
  printf("%-8s %-6s  %-16s %6.3f %s%s\n", report_set, report_type, kernel, worst, unit, fails ? "  TOO LARGE" : "");
  fflush(stdout);
  report_failed |= fails;
}

/// Reports a check without a numerical error.
static void expect(bool holds, const char *what) {
  if (holds) return;
  printf("%-8s %-6s  FAILED: %s\n", report_set, report_type, what);
  report_failed = 1;
}

/// Keeps the larger error; NaN is infinitely large.
static void take(double *worst, double error) {
  if (!(error <= *worst)) *worst = error == error ? error : (double)INFINITY;
}

/// xorshift64*: the same operands on every machine.
static unsigned long long random_state = 88172645463325252u;

static double random_between(double low, double high) {
  #pragma clang fp contract(off)
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return low + (high - low) * ((double)((random_state * 2685821657736338717u) >> 11) * 0x1p-53);
}
