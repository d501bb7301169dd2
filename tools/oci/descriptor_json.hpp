#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/json_document.hpp"

namespace gantry::oci {

/// The descriptor that value holds; its media type as it stands there.
base::Result<Descriptor> read_descriptor(const JsonValue& value);
nlohmann::json to_value(const Descriptor& descriptor);

/// Reads os, architecture and variant of an object.
base::Result<Platform> read_platform(const JsonValue& value);

base::Result<Digest> read_digest(const JsonValue& value);

base::Result<std::string> read_media_type(const JsonValue& value);

}  // namespace gantry::oci
