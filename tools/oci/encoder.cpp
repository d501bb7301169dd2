#include "oci/encoder.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/encoders.hpp"

namespace gantry::oci {

namespace {

using Make = std::unique_ptr<Encoder> (*)();

constexpr std::array<std::pair<std::string_view, Make>, 4> kEncoders{{
    {"gzip", make_fast_gzip_encoder},
    {"gzip-dense", make_dense_gzip_encoder},
    {"zstd", make_zstd_encoder},
    {"none", make_plain_encoder},
}};

}  // namespace

base::Result<std::unique_ptr<Encoder>> make_encoder(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, make] : kEncoders) {
    if (known == name) {
      return make();
    }
    names.emplace_back(known);
  }
  const auto nearest = base::nearest(name, names);
  return base::Error{fmt::format("'{}' is not a compression", base::printable(name)), "",
                     nearest ? fmt::format("did you mean {}?", *nearest)
                             : fmt::format("compressions are {}", base::join(names, ", "))};
}

}  // namespace gantry::oci
