#include "ssd/theory.hpp"

#include <algorithm>
#include <numeric>

#include "ssd/exponential.hpp"

namespace gantry::ssd::theory {
namespace {

/// Where a function that is positive below and negative above passes zero, to the last bits.
template <class Function>
double root(double low, double high, const Function& function) {
  for (int step = 0; step < 100; ++step) {
    const auto middle = low + (high - low) / 2;
    (function(middle) > 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

double power(double base, std::uint32_t exponent) {
  double result = 1;
  for (; exponent != 0; exponent /= 2) {
    result *= exponent % 2 == 1 ? base : 1;
    base *= base;
  }
  return result;
}

/// A of FIFO by alpha = 1 / rho.
double fifo(double alpha) {
  // Of the two roots of 1 - x - exp(-alpha x), that above 0.
  const auto least = (alpha - 1) / (alpha * alpha);
  return 1 / root(least, 1, [&](double x) { return 1 - x - exponential(-alpha * x); });
}

/// S_i from S_(i+1): the root of s + s^d / (l i) - S_(i+1) - 1 / (l i), by Newton from above.
double next_tail(double after, double rate, std::uint32_t d) {
  double s = 1;
  for (int step = 0; step < 64; ++step) {
    const auto slope = power(s, d - 1);
    const auto better = s - (s - after - (1 - slope * s) / rate) / (1 + d * slope / rate);
    if (!(better < s)) {
      break;
    }
    s = better;
  }
  return s;
}

std::vector<double> sampled_tails(double l, std::uint32_t b, std::uint32_t d) {
  std::vector<double> tails(std::size_t{b} + 1, 1);
  double after = 0;
  for (auto i = b; i > 0; --i) {
    after = next_tail(after, l * i, d);
    tails[i] = after;
  }
  return tails;
}

double mean(const std::vector<double>& tails) {
  return std::accumulate(tails.begin() + 1, tails.end(), 0.0);
}

}  // namespace

double random_victims(double rho) {
  return 1 / (1 - rho);
}

double fifo_victims(double rho) {
  return fifo(1 / rho);
}

MeanField greedy_victims(double rho, std::uint32_t b) {
  double harmonic = 0;  // H_b - H_j
  for (auto j = b - 1;; --j) {
    harmonic += 1.0 / (j + 1);
    const auto l = ((b - j) - j * harmonic) / (rho * b - j);
    const auto m = 1 - harmonic / l;
    if ((l > 0 && m >= 0 && l * j * m <= 1) || j == 0) {
      MeanField field{1 / (l * rho), std::vector<double>(std::size_t{b} + 1, 1)};
      double tail = 0;
      for (auto i = b; i > j; --i) {
        tail += 1 / (l * i);
        field.at_least[i] = tail;
      }
      return field;
    }
  }
}

MeanField sampled_victims(double rho, std::uint32_t b, std::uint32_t d) {
  const auto l = root((1 - rho) / rho / 2, 2 / rho,
                      [&](double rate) { return mean(sampled_tails(rate, b, d)) - rho * b; });
  return {1 / (l * rho), sampled_tails(l, b, d)};
}

double fifo_mixed(double rho, const HotCold& traffic) {
  const auto survive = [&](double writes, double pages, double a) {
    return writes / (1 - exponential(-writes / pages / (rho * a)));
  };
  return root(1, 2 / (1 - rho), [&](double a) {
    return survive(traffic.writes, traffic.pages, a) +
           survive(1 - traffic.writes, 1 - traffic.pages, a) - a;
  });
}

double fifo_separated(double rho, const HotCold& traffic) {
  const auto alpha = 1 / rho;
  const auto with = [&](double hot) {
    const auto cold = (alpha - traffic.pages * hot) / (1 - traffic.pages);
    return traffic.writes * fifo(hot) + (1 - traffic.writes) * fifo(cold);
  };
  // It has one minimum, between no room to spare for the one and none for the other.
  double low = 1 + (alpha - 1) * 1e-6;
  double high = (alpha - (1 - traffic.pages) * low) / traffic.pages;
  for (int step = 0; step < 200; ++step) {
    const auto third = (high - low) / 3;
    if (with(low + third) > with(high - third)) {
      low += third;
    } else {
      high -= third;
    }
  }
  return with(low);
}

double rho_with_trims(double rho, double trims) {
  return rho * (1 - 2 * trims) / (1 - trims);
}

double rho_of(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  const auto kept = parameters.collection.start_below + parameters.collection.generations;
  return double{1} * parameters.logical_pages /
         (double{1} * (geometry.blocks_per_plane - kept) * geometry.slots_per_block() *
          geometry.planes());
}

double Md1::wait_up_to(double time) const {
  if (time < 0) {
    return 0;
  }
  const auto services = static_cast<std::size_t>(time) + 1;
  // More than n arrivals in a service, and n or more in the system: the steps up and down across a
  // number of them are as many.
  std::vector<double> more(services + 2);
  double term = exponential(-load_);
  const auto none = term;
  for (std::size_t n = 1; n <= 64; ++n) {
    term *= load_ / static_cast<double>(n);
    for (std::size_t below = 0; below < std::min(n, more.size()); ++below) {
      more[below] += term;
    }
  }
  std::vector<double> number(services + 1);
  number[0] = 1 - load_;
  for (std::size_t n = 1; n <= services; ++n) {
    auto up = number[0] * more[n - 1];
    for (std::size_t from = 1; from < n; ++from) {
      up += number[from] * more[n - from];
    }
    number[n] = up / none;
  }
  // Those who wait are one fewer than those in the system.
  auto waiting = std::accumulate(number.begin(), number.end(), 0.0);
  const auto rest = load_ * (static_cast<double>(services) - time);
  double sum = 0;
  term = exponential(-rest);
  for (std::size_t j = 0; j < services; ++j) {
    sum += waiting * term;
    term *= rest / static_cast<double>(j + 1);
    waiting -= number[services - j];
  }
  return sum;
}

double Md1::wait_quantile(double share) const {
  double high = 1;
  while (wait_up_to(high) < share) {
    high *= 2;
  }
  return root(0, high, [&](double time) { return share - wait_up_to(time); });
}

}  // namespace gantry::ssd::theory
