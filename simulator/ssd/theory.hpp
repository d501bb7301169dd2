#pragma once

#include <cstdint>
#include <vector>

#include "ssd/parameters.hpp"

/// What is known of solid-state drives without simulating them. All results are the same on every
/// machine: only + - * / are used.
///
/// Write amplification (pages programmed for each page that the host writes) is that of a steady
/// state under uniform random writes of single pages. rho is the share of slots in play that is
/// valid, in (0, 1): live pages / (blocks in play x slots of a block). Blocks in play are those
/// that can be full of data: not the free ones held back, nor what is still empty of the open ones.
namespace gantry::ssd::theory {

/// Any block: A = 1 / (1 - rho).
double random_victims(double rho);

/// The oldest block, of any size: 1 - 1 / A = exp(-1 / (rho A)) (Desnoyers 2012; Xiang, Kurkoski
/// 2012).
double fifo_victims(double rho);

/// A mean field: the limit for many blocks.
struct MeanField {
  double amplification = 1;
  /// Share of blocks with i valid slots or more, for i in [0, b].
  std::vector<double> at_least;
};

/// The block with the fewest valid slots of b. With H the harmonic numbers there is one integer j
/// in [0, b) with m = 1 - (H_b - H_j) / l >= 0 and l j m <= 1, where 1 / l = (rho b - j) / ((b - j)
/// - j (H_b - H_j)); A = 1 / (l rho). m is the share of blocks with j valid slots; victims have j
/// or j - 1.
MeanField greedy_victims(double rho, std::uint32_t b);

/// The block with the fewest valid slots of b, of d that are drawn (Van Houdt 2013): l i (S_i -
/// S_(i+1)) = 1 - S_i^d for i = b..1, S_(b+1) = 0, where l is such that the S_i sum up to rho b; A
/// = 1 / (l rho).
MeanField sampled_victims(double rho, std::uint32_t b, std::uint32_t d);

/// Of the pages a share is hot and gets a share of the writes; the rest gets the others.
struct HotCold {
  double pages = 0.2;
  double writes = 0.8;
};

/// FIFO, hot and cold in the same blocks: A = sum of r_i / (1 - q_i), q_i = exp(-(r_i / f_i) / (rho
/// A)), r_i being shares of the writes and f_i of the pages (Desnoyers 2012).
double fifo_mixed(double rho, const HotCold& traffic);

/// FIFO, hot and cold in blocks of their own that are as many as is best: the sum of r_i A(alpha_i)
/// at its least, where the f_i alpha_i sum up to 1 / rho. No separation does better.
double fifo_separated(double rho, const HotCold& traffic);

/// rho, if each command is a trim with this probability (below 1/2), and a write otherwise: only a
/// share (1 - 2 q) / (1 - q) of the pages is in use (Frankie, Hughes, Kreutz-Delgado 2012).
double rho_with_trims(double rho, double trims);

/// The share of slots in play that is valid, when a plane's next victim is chosen: all slots have
/// been written then but the room that collection keeps, however fast the host writes.
double rho_of(const Parameters& parameters);

/// A queue with Poisson arrivals and one server, that takes the same time for each (M/D/1). Times
/// are in units of the service.
class Md1 {
 public:
  /// load: arrivals during a service, in (0, 1).
  explicit Md1(double load) : load_(load) {}

  double mean_wait() const { return load_ / (2 * (1 - load_)); }
  /// Share of waits up to a time (Franx 2001: no differences, so exact to the last digits).
  double wait_up_to(double time) const;
  /// The wait that this share of all does not exceed.
  double wait_quantile(double share) const;

 private:
  double load_;
};

/// Of single pages on an idle device whose pages are all of the first type, exact.
Nanos read_time(const Parameters& parameters);
Nanos write_time(const Parameters& parameters);

/// No device can do more in a second: random reads of a page each, for dies, channels and link.
double most_reads(const Parameters& parameters);
/// Pages written in order, for dies, channels and link.
double most_sequential_writes(const Parameters& parameters);
/// Random writes of a page each, with this amplification, for the dies.
double most_random_writes(const Parameters& parameters, double amplification);

}  // namespace gantry::ssd::theory
