#include "registry/libcurl.hpp"

#include "base/dynamic_library.hpp"

namespace gantry::registry {

using base::Result;

namespace {

[[gnu::used, gnu::section(".note.dlopen")]] alignas(4) constexpr base::DlopenNote
    kNote(R"([{"feature":"registry","description":"To talk to registries","priority":"required",)"
          R"("soname":["libcurl.so.4"]}])");

Result<Libcurl> load() {
  // Of every libcurl since 2006.
  GANTRY_TRY(const auto library, base::DynamicLibrary::load("libcurl.so.4", "libcurl4"));
  Libcurl curl{};
  const bool complete =
      library.find("curl_free", curl.free) && library.find("curl_getdate", curl.getdate) &&
      library.find("curl_global_init", curl.global_init) &&
      library.find("curl_slist_append", curl.slist_append) &&
      library.find("curl_slist_free_all", curl.slist_free_all) &&
      library.find("curl_easy_cleanup", curl.easy_cleanup) &&
      library.find("curl_easy_getinfo", curl.easy_getinfo) &&
      library.find("curl_easy_init", curl.easy_init) &&
      library.find("curl_easy_reset", curl.easy_reset) &&
      library.find("curl_easy_setopt", curl.easy_setopt) &&
      library.find("curl_easy_strerror", curl.easy_strerror) &&
      library.find("curl_multi_add_handle", curl.multi_add_handle) &&
      library.find("curl_multi_cleanup", curl.multi_cleanup) &&
      library.find("curl_multi_info_read", curl.multi_info_read) &&
      library.find("curl_multi_init", curl.multi_init) &&
      library.find("curl_multi_perform", curl.multi_perform) &&
      library.find("curl_multi_poll", curl.multi_poll) &&
      library.find("curl_multi_remove_handle", curl.multi_remove_handle) &&
      library.find("curl_multi_setopt", curl.multi_setopt) &&
      library.find("curl_multi_wakeup", curl.multi_wakeup) && library.find("curl_url", curl.url) &&
      library.find("curl_url_cleanup", curl.url_cleanup) &&
      library.find("curl_url_get", curl.url_get) && library.find("curl_url_set", curl.url_set) &&
      library.find("curl_url_strerror", curl.url_strerror);
  if (!complete) {
    return library.unusable();
  }
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return library.unusable("it cannot set itself up; is there memory left?");
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
