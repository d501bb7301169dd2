#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "tests/registry/authenticator.hpp"
#include "tests/registry/fault.hpp"
#include "tests/registry/quirks.hpp"
#include "tests/registry/recorder.hpp"
#include "tests/registry/tls.hpp"

namespace gantry::test_registry {

struct Options {
  std::uint16_t port = 0;                ///< 0: any free one
  std::filesystem::path directory = {};  ///< of the blobs; empty: a temporary one
  Quirks quirks = {};
  AuthOptions auth = {};
  std::optional<TlsOptions> tls = {};  ///< nothing: plain HTTP

  /// Called with each recorded request when it ends, by the thread that served it.
  std::function<void(const RecordedRequest&)> log = {};
};

/// A registry by OCI distribution-spec v1.1 on 127.0.0.1, HTTP/1.1 only, for tests: it behaves well
/// unless quirks and faults say otherwise, and remembers every request. Runs in threads of its own
/// until destruction. All functions may be called while it serves.
class TestRegistry {
 public:
  static base::Result<TestRegistry> start(Options options = {});
  TestRegistry(TestRegistry&&) noexcept;
  TestRegistry& operator=(TestRegistry&&) noexcept;
  ~TestRegistry();

  std::string host() const;  ///< "127.0.0.1:41234"
  std::string url() const;   ///< "http://127.0.0.1:41234", or https

  /// The second listener, on another port: the object store behind redirected blobs, and the host
  /// of foreign Locations. It refuses (400) whatever has an Authorization.
  std::string storage_host() const;

  void set_quirks(Quirks quirks);
  Quirks quirks() const;

  void add_fault(Fault fault);
  void clear_faults();

  void set_auth(AuthOptions options);

  /// All tokens given so far are worth nothing from now on.
  void revoke_tokens();

  /// From now on connections are reset after so many bytes in both directions, so many times.
  void break_connections(std::uint64_t every_bytes, unsigned times);

  std::vector<RecordedRequest> requests() const;
  std::vector<RecordedRequest> storage_requests() const;

  /// To the token service; they are among requests() too, as /token.
  std::vector<TokenRequest> token_requests() const;

  /// Of requests(); see Recorder::count.
  std::size_t count(std::string_view method = {}, const std::string& target = {}) const;
  void clear_requests();

  /// As the registry's owner may do behind the clients' backs.
  void create_repository(const std::string& name);
  bool has_blob(const std::string& repository, const content::Digest& digest) const;
  std::vector<std::string> tags(const std::string& repository) const;

  /// A blob's bytes are lost, but nothing says so until a manifest wants them (and HEAD not even
  /// then, with the quirk lying_head).
  bool evict_blob(const content::Digest& digest);

  /// Forgets all upload sessions; how many there were.
  std::size_t end_sessions();

 private:
  struct Server;
  explicit TestRegistry(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace gantry::test_registry
