#include "oci/source_date_epoch.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

base::Result<std::optional<std::int64_t>> source_date_epoch() {
  const char* const text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') {
    return std::optional<std::int64_t>();
  }
  constexpr std::uint64_t kEndOfYear9999 = 253'402'300'799;
  const auto seconds = base::parse_unsigned(text);
  if (!seconds || *seconds > kEndOfYear9999) {
    return base::Error{fmt::format("'{}' is not a time", base::printable(text)),
                       "SOURCE_DATE_EPOCH",
                       "it is a whole number of seconds since 1970, for example the output of "
                       "git log -1 --format=%ct"};
  }
  return std::optional(static_cast<std::int64_t>(*seconds));
}

}  // namespace gantry::oci
