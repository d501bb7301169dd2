#include "cli/report_output.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/summary_json.hpp"

namespace gantry::cli {

namespace {

constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestCommand = std::size_t{16} << 10;

base::Result<std::string> checked(const std::string& text, const char* option,
                                  std::size_t longest) {
  if (text.size() > longest) {
    return base::Error{fmt::format("{} is longer than {} bytes", option, longest), "", ""};
  }
  if (!base::is_utf8(text)) {
    return base::Error{fmt::format("{} is not UTF-8", option), "", ""};
  }
  return text;
}

template <class Document>
base::Result<int> put_out(const Document& document, const ReportOutput& output) {
  std::string lines;
  if (!output.html.empty()) {
    GANTRY_CHECK(base::write_file(output.html, report::to_html(document)));
    lines += fmt::format("report {}\n", output.html);
  }
  if (!output.markdown.empty()) {
    GANTRY_CHECK(base::write_file(output.markdown, report::to_markdown(document)));
    lines += fmt::format("report {}\n", output.markdown);
  }
  if (output.json) {
    lines = report::summary_json(document);
  } else if (lines.empty()) {
    lines = report::to_markdown(document);
  }
  GANTRY_CHECK(print(lines));
  return kSuccess;
}

}  // namespace

void ReportOutput::add_to(CLI::App& command) {
  command.add_option("--title", title, "Title of the report; default: what it is about")
      ->type_name("TEXT");
  command.add_option("--html", html, "Write a page for browsers to this file")->type_name("FILE");
  command.add_option("--markdown", markdown, "Write a short report in Markdown to this file")
      ->type_name("FILE");
  command.add_flag("--json", json, "Print the report's figures as JSON");
}

base::Result<std::string> ReportOutput::title_or(const std::string& other) const {
  if (title.empty() && other.size() > kLongestTitle) {
    return base::Error{
        fmt::format("the device's name is longer than the {} bytes of a title", kLongestTitle), "",
        "--title gives the report another one"};
  }
  return checked(title.empty() ? other : title, "--title", kLongestTitle);
}

base::Result<std::string> checked_command(const std::string& command) {
  return checked(command, "--command", kLongestCommand);
}

base::Result<int> ReportOutput::put(const report::RunDocument& document) const {
  return put_out(document, *this);
}

base::Result<int> ReportOutput::put(const report::Sweep& sweep) const {
  return put_out(sweep, *this);
}

}  // namespace gantry::cli
