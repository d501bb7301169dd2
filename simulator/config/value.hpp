#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "config/key_table.hpp"
#include "config/quantity.hpp"

namespace gantry::config {

/// What the values of the kind measure; only of those that are quantities.
Measure measure_of(Kind kind);

bool is_in_range(const KeyForm& form, std::uint64_t value);

/// "a time of up to 1000s, such as \"50us\"": what a key's value must be, for messages.
std::string expectation(const KeyForm& form);

/// "\"50us\"": a value as a description has it, for messages.
std::string value_text(const KeyForm& form, std::uint64_t value);

/// What stands in a document, for messages; long texts are cut.
std::string found_text(const nlohmann::json& value);

/// Reads the value of a key; the message of an error says what was expected and what was found.
base::Result<std::uint64_t> read_value(const KeyForm& form, const nlohmann::json& value);

nlohmann::ordered_json write_value(const KeyForm& form, std::uint64_t value);

}  // namespace gantry::config
