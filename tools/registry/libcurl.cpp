#include "registry/libcurl.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <dlfcn.h>
#include <fmt/format.h>

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr const char* kName = "libcurl.so.4";  // of every libcurl since 2006

/// Tells those who look for a program's libraries in the program of this one too: "dlopen()
/// Metadata for ELF Files", https://systemd.io/ELF_DLOPEN_METADATA
constexpr std::string_view kMetadata =
    R"([{"feature":"registry","description":"To talk to registries","priority":"required",)"
    R"("soname":["libcurl.so.4"]}])";

struct Note {
  std::uint32_t name_size = 4;
  std::uint32_t content_size = kMetadata.size() + 1;
  std::uint32_t type = 0x407c0c0a;
  std::array<char, 4> name = {'F', 'D', 'O', '\0'};
  std::array<char, (kMetadata.size() + 4) / 4 * 4> content = {};
};

constexpr Note make_note() {
  Note note;
  std::copy(kMetadata.begin(), kMetadata.end(), note.content.begin());
  return note;
}

[[gnu::used, gnu::section(".note.dlopen")]] alignas(4) constexpr Note kNote = make_note();

Error unusable(const char* why) {
  return {fmt::format("libcurl cannot be used: {}", why), "",
          "install it; on Debian: apt-get install libcurl4"};
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<Libcurl> load() {
  void* const library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);  // to the end of the program
  if (library == nullptr) {
    return unusable(dlerror());
  }
  Libcurl curl{};
  const bool complete =
      find(library, "curl_free", curl.free) && find(library, "curl_getdate", curl.getdate) &&
      find(library, "curl_global_init", curl.global_init) &&
      find(library, "curl_slist_append", curl.slist_append) &&
      find(library, "curl_slist_free_all", curl.slist_free_all) &&
      find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
      find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
      find(library, "curl_easy_init", curl.easy_init) &&
      find(library, "curl_easy_reset", curl.easy_reset) &&
      find(library, "curl_easy_setopt", curl.easy_setopt) &&
      find(library, "curl_easy_strerror", curl.easy_strerror) &&
      find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
      find(library, "curl_multi_cleanup", curl.multi_cleanup) &&
      find(library, "curl_multi_info_read", curl.multi_info_read) &&
      find(library, "curl_multi_init", curl.multi_init) &&
      find(library, "curl_multi_perform", curl.multi_perform) &&
      find(library, "curl_multi_poll", curl.multi_poll) &&
      find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
      find(library, "curl_multi_setopt", curl.multi_setopt) &&
      find(library, "curl_multi_wakeup", curl.multi_wakeup) &&
      find(library, "curl_url", curl.url) && find(library, "curl_url_cleanup", curl.url_cleanup) &&
      find(library, "curl_url_get", curl.url_get) && find(library, "curl_url_set", curl.url_set) &&
      find(library, "curl_url_strerror", curl.url_strerror);
  if (!complete) {
    return unusable(dlerror());
  }
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return unusable("it cannot set itself up; is there memory left?");
  }
  return curl;
}

const Result<Libcurl>& loaded() {
  static const Result<Libcurl> kLoaded = load();
  return kLoaded;
}

}  // namespace

Result<void> load_libcurl() {
  return loaded() ? Result<void>() : Result<void>(loaded().error());
}

const Libcurl& libcurl() {
  return *loaded();
}

}  // namespace gantry::registry
