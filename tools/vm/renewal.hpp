#pragma once

#include <string>

#include "base/result.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// A key that no inputs have.
base::Result<std::string> random_key();

/// The key under which a store has the checkpoint of these inputs: their own or, once it was made
/// again although it was there, that of the newest, as long as the store has that.
base::Result<std::string> key_in_use(const Store& store, const std::string& key);

/// Has newest be the checkpoint of the inputs of key from now on.
base::Result<void> note_renewal(const Store& store, const std::string& key,
                                const std::string& newest);

}  // namespace gantry::vm
