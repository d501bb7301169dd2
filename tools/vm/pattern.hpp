#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <regex.h>

#include "base/result.hpp"

namespace gantry::vm {

/// A POSIX extended regular expression; '^' and '$' are the ends of lines.
class Pattern {
 public:
  /// An Error says what is wrong with it.
  static base::Result<Pattern> compile(std::string_view text);

  /// Where the first match begins and ends in text.
  std::optional<std::pair<std::size_t, std::size_t>> find(std::string_view text) const;

  const std::string& text() const { return text_; }

 private:
  struct Free {
    void operator()(regex_t* regex) const;
  };
  Pattern(std::unique_ptr<regex_t, Free> regex, std::string text)
      : regex_(std::move(regex)), text_(std::move(text)) {}

  std::unique_ptr<regex_t, Free> regex_;
  std::string text_;
};

}  // namespace gantry::vm
