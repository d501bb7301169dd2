#include "report/markup.hpp"

#include "base/text.hpp"

namespace gantry::report {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// How many bytes the UTF-8 character at the front of text has; 0 if there is none.
std::size_t character_size(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (base::is_utf8(text.substr(0, size))) {
      return size;
    }
  }
  return 0;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = character_size(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (size == 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ||
        (c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) ||
        text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF")) {
      out += kReplacement;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

void Markup::begin(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [key, value] : attributes) {
    out_ += ' ';
    out_ += key;
    out_ += "=\"";
    out_ += escape_markup(value);
    out_ += '"';
  }
}

Markup::Element Markup::element(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out_ += '>';
  open_.emplace_back(name);
  return Element(*this);
}

void Markup::empty(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out_ += "/>";
}

void Markup::leaf(std::string_view name, std::string_view text, Attributes attributes) {
  begin(name, attributes);
  out_ += '>';
  out_ += escape_markup(text);
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void Markup::text(std::string_view text) {
  out_ += escape_markup(text);
}

void Markup::close() {
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
}

}  // namespace gantry::report
