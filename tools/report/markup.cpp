#include "report/markup.hpp"

#include "base/text.hpp"

namespace gantry::report {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [bytes, kind] = base::first_character(text);
    const char c = text[0];
    const bool is_blank = c == '\n' || c == '\t';
    if ((kind != base::Character::Kind::kOrdinary && !is_blank) || bytes == "\xEF\xBF\xBE" ||
        bytes == "\xEF\xBF\xBF") {
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
      out += bytes;
    }
    text.remove_prefix(bytes.size());
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
