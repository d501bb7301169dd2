#include "tests/registry/fault.hpp"

#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::test_registry {

namespace {

using Setter = std::function<bool(Fault&, std::string_view)>;

template <class Number>
Setter number(Number Fault::*member) {
  return [member](Fault& fault, std::string_view text) {
    const auto value = base::parse_byte_size(text);
    fault.*member = static_cast<Number>(value.value_or(0));
    return value.has_value();
  };
}

Setter offset(std::optional<std::uint64_t> Fault::*member) {
  return [member](Fault& fault, std::string_view text) {
    fault.*member = base::parse_byte_size(text);
    return (fault.*member).has_value();
  };
}

Setter text(std::string Fault::*member) {
  return [member](Fault& fault, std::string_view value) {
    fault.*member = value;
    return true;
  };
}

const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> kSetters = {
      {"method", text(&Fault::method)},
      {"target", text(&Fault::target)},
      {"skip", number(&Fault::skip)},
      {"times",
       [](Fault& fault, std::string_view value) {
         fault.times = Fault::kAlways;
         return value == "always" || number(&Fault::times)(fault, value);
       }},
      {"status", number(&Fault::status)},
      {"header",
       [](Fault& fault, std::string_view value) {
         const std::size_t colon = value.find(':');
         if (colon == std::string_view::npos) {
           return false;
         }
         fault.headers.emplace_back(value.substr(0, colon), base::trim(value.substr(colon + 1)));
         return true;
       }},
      {"body", text(&Fault::body)},
      {"drop-request-after", offset(&Fault::drop_request_after)},
      {"drop-response-after", offset(&Fault::drop_response_after)},
      {"end-response-after", offset(&Fault::end_response_after)},
      {"wrong-byte-at", offset(&Fault::wrong_byte_at)},
      {"endless",
       [](Fault& fault, std::string_view value) {
         fault.endless = true;
         return value.empty();
       }},
      {"header-bytes", number(&Fault::header_bytes)},
      {"delay",
       [](Fault& fault, std::string_view value) {
         const auto milliseconds = base::parse_unsigned(value);
         fault.delay = std::chrono::milliseconds(milliseconds.value_or(0));
         return milliseconds.has_value();
       }},
      {"bytes-per-second", number(&Fault::bytes_per_second)},
  };
  return kSetters;
}

// At commas that have no backslash before them, which is then taken away.
std::vector<std::string> split_parts(std::string_view description) {
  std::vector<std::string> parts;
  for (const std::string_view piece : base::split(description, ',')) {
    if (!parts.empty() && parts.back().ends_with('\\')) {
      parts.back().back() = ',';
      parts.back() += piece;
    } else {
      parts.emplace_back(piece);
    }
  }
  return parts;
}

bool is_regex(const std::string& pattern) {
  try {
    const std::regex compiled(pattern);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace

base::Result<Fault> parse_fault(std::string_view description) {
  Fault fault;
  for (const std::string& whole : split_parts(description)) {
    const std::string_view part = whole;
    const std::size_t equals = std::min(part.find('='), part.size());
    const auto setter = setters().find(part.substr(0, equals));
    if (setter == setters().end() ||
        !setter->second(fault, part.substr(std::min(equals + 1, part.size())))) {
      return base::Error{fmt::format("\"{}\" is no part of a fault", part), {}, {}};
    }
  }
  if (!is_regex(fault.method) || !is_regex(fault.target)) {
    return base::Error{fmt::format("\"{}\" holds a bad regular expression", description), {}, {}};
  }
  return fault;
}

void FaultPlan::add(Fault fault) {
  Planned planned{.fault = {},
                  .method = std::regex(fault.method.empty() ? ".*" : fault.method),
                  .target = std::regex(fault.target)};
  planned.fault = std::move(fault);
  const std::lock_guard lock(mutex_);
  planned_.push_back(std::move(planned));
}

void FaultPlan::clear() {
  const std::lock_guard lock(mutex_);
  planned_.clear();
}

Fault FaultPlan::take(const Request& request) {
  const std::lock_guard lock(mutex_);
  for (Planned& planned : planned_) {
    Fault& fault = planned.fault;
    if (fault.times == 0 || !std::regex_match(request.method, planned.method) ||
        !std::regex_search(request.target, planned.target)) {
      continue;
    }
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.times != Fault::kAlways) {
      --fault.times;
    }
    return fault;
  }
  return {};
}

}  // namespace gantry::test_registry
