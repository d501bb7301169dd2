#pragma once

#include <vector>

namespace gantry::report {

/// Maps values to positions along an axis.
class Scale {
 public:
  enum class Kind {
    kLinear,
    kLogarithmic,  ///< values above 0
    kNines         ///< shares of 1: 0.9, 0.99 and 0.999 are as far apart from each other
  };

  /// From least at position begin to most at position end. kNines ends where most is; all of the
  /// share beyond is drawn there.
  Scale(Kind kind, double least, double most, double begin, double end);

  /// Positions stay between begin and end.
  double operator()(double value) const;

  double begin() const { return begin_; }
  double end() const { return end_; }

 private:
  double along(double value) const;

  Kind kind_;
  double least_ = 0;  // along the axis
  double most_ = 0;
  double begin_;
  double end_;
};

/// Round numbers (1, 2, 5 times a power of ten) from 0 to the first that is not below most: at most
/// count + 1 of them, and at least 2.
std::vector<double> linear_ticks(double most, int count);

/// Powers of ten between least and most, and where those are few, 2 and 5 times them too. If that
/// is fewer than two, those around.
std::vector<double> logarithmic_ticks(double least, double most);

}  // namespace gantry::report
