#pragma once

namespace gantry::ssd {

/// exp(x) for x <= 0, to some 15 digits, by + * / alone: the same on every machine, as the one of a
/// mathematical library need not be.
constexpr double exponential(double x) {
  if (x < -700) {
    return 0;
  }
  int halvings = 0;
  while (x < -0.0625) {
    x /= 2;
    ++halvings;
  }
  // The last terms first. What squaring doubles the error of is exp(x) - 1, not exp(x).
  double less_one = 0;
  for (int n = 10; n > 0; --n) {
    less_one = x / n * (1 + less_one);
  }
  for (; halvings > 0; --halvings) {
    less_one *= 2 + less_one;
  }
  return 1 + less_one;
}

/// Natural logarithm for x in (0, 1], likewise.
constexpr double logarithm(double x) {
  constexpr double kLn2 = 0.693147180559945309417232121458;
  int halvings = 0;
  while (x < 0.70710678118654752) {
    x *= 2;
    ++halvings;
  }
  const auto ratio = (x - 1) / (x + 1);
  const auto square = ratio * ratio;
  double sum = 0;
  for (int n = 21; n > 0; n -= 2) {
    sum = sum * square + 1.0 / n;
  }
  return 2 * ratio * sum - halvings * kLn2;
}

}  // namespace gantry::ssd
