#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::report {

/// Text for an element or an attribute: & < > and quotes as references, and what no document may
/// hold (control characters, bytes that are not UTF-8) as U+FFFD.
std::string escape_markup(std::string_view text);

/// Names and values; a value is escaped.
using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Writes HTML and the SVG inside it, which are well-formed XML too: what is opened is closed, and
/// all text is escaped.
class Markup {
 public:
  /// Opens an element, which the value closes at the end of its life.
  class Element {
   public:
    explicit Element(Markup& markup) : markup_(&markup) {}
    Element(Element&& other) noexcept : markup_(std::exchange(other.markup_, nullptr)) {}
    Element& operator=(Element&&) = delete;
    ~Element() {
      if (markup_ != nullptr) {
        markup_->close();
      }
    }

   private:
    Markup* markup_;
  };

  [[nodiscard]] Element element(std::string_view name, Attributes attributes = {});
  /// An element without content.
  void empty(std::string_view name, Attributes attributes = {});
  /// An element with text alone.
  void leaf(std::string_view name, std::string_view text, Attributes attributes = {});
  void text(std::string_view text);
  /// A line feed, for people who read the source.
  void line() { out_ += '\n'; }
  /// What is markup already, or content that is not escaped (a style sheet).
  void raw(std::string_view markup) { out_ += markup; }

  const std::string& out() const { return out_; }
  /// For identifiers that nothing else in the document has.
  unsigned next_id() { return ++ids_; }

 private:
  void begin(std::string_view name, Attributes attributes);
  void close();

  std::string out_;
  std::vector<std::string> open_;
  unsigned ids_ = 0;
};

}  // namespace gantry::report
