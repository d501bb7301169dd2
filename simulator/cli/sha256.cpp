#include "cli/sha256.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <span>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::cli {

namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw std::bad_alloc();
    }
  }
  void update(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  std::string finish() {
    std::array<std::uint8_t, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return base::to_hex(digest);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string sha256(std::string_view text) {
  Hash hash;
  hash.update(text);
  return hash.finish();
}

base::Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  GANTRY_TRY(const auto fd, base::open_file(path, O_RDONLY));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::string();
  }
  Hash hash;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const auto count = read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", path);
    }
    if (count == 0) {
      return hash.finish();
    }
    hash.update({buffer.data(), static_cast<std::size_t>(count)});
  }
}

}  // namespace gantry::cli
