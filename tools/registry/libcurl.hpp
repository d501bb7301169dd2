#pragma once

#include <curl/curl.h>

#include "base/result.hpp"

namespace gantry::registry {

/// What is used of libcurl. The library brings some thirty others, whose loading takes as long as
/// all else that starts this program, so it is loaded when it is first needed: by what talks to a
/// registry, and by no other command.
struct Libcurl {
  decltype(&curl_free) free;
  decltype(&curl_getdate) getdate;
  decltype(&curl_global_init) global_init;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;

  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_strerror) easy_strerror;

  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_info_read) multi_info_read;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_setopt) multi_setopt;
  decltype(&curl_multi_wakeup) multi_wakeup;

  decltype(&curl_url) url;
  decltype(&curl_url_cleanup) url_cleanup;
  decltype(&curl_url_get) url_get;
  decltype(&curl_url_set) url_set;
  decltype(&curl_url_strerror) url_strerror;
};

/// Loads the library unless it is there already. An Error that says what to install if it cannot be
/// had. From any number of threads at a time.
base::Result<void> load_libcurl();

/// Its functions, after load_libcurl().
const Libcurl& libcurl();

}  // namespace gantry::registry
