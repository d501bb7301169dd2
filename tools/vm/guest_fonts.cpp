#include "vm/guest_fonts.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr off_t kPiece = off_t{4} << 20;
constexpr off_t kFont = 256 * sizeof(Glyph);
constexpr std::size_t kMostFonts = 16;

void add_new(std::vector<ScreenFont>& fonts, std::vector<ScreenFont> found) {
  for (auto& font : found) {
    const auto same = [&font](const ScreenFont& other) { return other.glyphs == font.glyphs; };
    if (fonts.size() < kMostFonts && std::none_of(fonts.begin(), fonts.end(), same)) {
      fonts.push_back(std::move(font));
    }
  }
}

}  // namespace

Result<std::vector<ScreenFont>> fonts_of_memory_file(const std::filesystem::path& path) {
  GANTRY_TRY(const base::Fd file, base::open_file(path, O_RDONLY | O_CLOEXEC));
  std::vector<ScreenFont> fonts;
  std::string piece(static_cast<std::size_t>(kPiece + kFont), '\0');
  for (off_t at = 0; (at = lseek(file.get(), at, SEEK_DATA)) >= 0; at += kPiece) {
    const auto count = pread(file.get(), piece.data(), piece.size(), at);
    if (count < 0) {
      return base::errno_error("read", path);
    }
    add_new(fonts,
            fonts_of_memory(std::string_view(piece).substr(0, static_cast<std::size_t>(count))));
  }
  return fonts;
}

}  // namespace gantry::vm
