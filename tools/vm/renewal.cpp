#include "vm/renewal.hpp"

#include <filesystem>
#include <system_error>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/random.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

fs::path note_of(const Store& store, const std::string& key) {
  return store.root() / "renewed" / key;
}

}  // namespace

Result<std::string> random_key() {
  GANTRY_TRY(const auto bytes, random_bytes<32>());
  return base::to_hex(bytes);
}

Result<std::string> key_in_use(const Store& store, const std::string& key) {
  const auto note = note_of(store, key);
  std::error_code failure;
  if (!fs::exists(note, failure)) {
    return key;
  }
  GANTRY_TRY(const auto text, base::read_file(note, 4096));
  const std::string newest(base::trim(text));
  // Once that has been taken away, the one that others may have, too, will do.
  return fs::exists(store.directory_of(newest), failure) ? newest : key;
}

Result<void> note_renewal(const Store& store, const std::string& key, const std::string& newest) {
  const auto note = note_of(store, key);
  GANTRY_CHECK(base::make_directories(note.parent_path()));
  return base::write_file(note, newest + "\n");
}

}  // namespace gantry::vm
