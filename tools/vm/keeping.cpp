#include "vm/keeping.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/renewal.hpp"
#include "vm/saving.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// The one before is of no more use, unless something was built on it, or is done with it.
void discard_kept(const std::string& key, const Store& store) {
  const auto keys = store.keys();
  const bool is_parent = std::any_of(keys.begin(), keys.end(), [&](const std::string& other) {
    const auto text = base::read_file(store.directory_of(other) / kDescriptionFile);
    return other != key && text && text->find(key) != std::string::npos;
  });
  if (key.size() == 64 && base::from_hex(key) && !is_parent) {
    static_cast<void>(store.discard(store.directory_of(key)));
  }
}

}  // namespace

Result<fs::path> keep(Stage& stage, Checkpoint checkpoint, const Store& store) {
  GANTRY_CHECK(stage.detach());
  GANTRY_TRY(checkpoint.key, random_key());
  GANTRY_TRY(auto work, store.work());
  GANTRY_CHECK(save_as_it_is(stage.machine(), work.path()));
  const auto key = checkpoint.key;
  const auto name = store.root() / "kept" / (checkpoint.name + ".checkpoint");
  GANTRY_CHECK(store.commit(checkpoint, std::move(work)));
  GANTRY_CHECK(base::make_directories(name.parent_path()));
  const auto before = base::read_file(name, 4096);
  GANTRY_CHECK(base::write_file(name, key + "\n"));
  GANTRY_CHECK(store.add_root(name));
  if (before) {
    discard_kept(std::string(base::trim(*before)), store);
  }
  return name;
}

std::string how_to_look(const fs::path& kept, const Store& store) {
  return base::shell_quoted(
      {"gantry", "vm", "explore", kept.native(), "--store", store.root().native(), "--as-saved"});
}

base::Error keep_failed(Stage& stage, Checkpoint checkpoint, const Store& store,
                        base::Error error) {
  if (base::interrupted()) {
    return error;
  }
  auto& machine = stage.machine();
  const auto add = [&error](std::string line) {
    error.hint += (error.hint.empty() ? "" : "\n") + std::move(line);
  };
  add(fmt::format("what it said and showed is in {}", stage.settings().recording.native()));
  if (machine.process->wait_for_end(after(std::chrono::milliseconds(0)))) {
    return error;
  }
  if (const auto kept = keep(stage, std::move(checkpoint), store)) {
    add(fmt::format("to look around in it: {}", how_to_look(*kept, store)));
  } else {
    add(fmt::format("the machine could not be kept: {}", kept.error().what));
  }
  return error;
}

base::Error keep_unverified(base::TempDir work, const std::string& name, const Store& store,
                            base::Error error) {
  const auto place = store.root() / "kept" / (name + ".unverified");
  std::error_code failure;
  if (!base::interrupted() && base::make_directories(place.parent_path()) &&
      base::remove_tree(place) && rename(work.path().c_str(), place.c_str()) == 0) {
    static_cast<void>(work.release());
    error.hint +=
        fmt::format("{}its files are in {}", error.hint.empty() ? "" : "\n", place.native());
  }
  return error;
}

}  // namespace gantry::vm
