#include "report/page.hpp"

#include <fmt/format.h>

#include "report/style.hpp"

namespace gantry::report {

namespace {

/// JSON that may stand in a <script>: nothing in it ends that, nor is markup.
std::string embedded(const std::string& json) {
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// With the blanks before per cent signs such that no line ends there.
std::string unbroken(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_before_unit = text[at] == ' ' && at + 1 < text.size() && text[at + 1] == '%';
    out += is_before_unit ? "\xC2\xA0" : std::string(1, text[at]);
  }
  return out;
}

}  // namespace

Cell plain(std::string text) {
  return {std::move(text), "", 0, false, -1};
}

Cell numeric(std::string text) {
  return {std::move(text), "", 0, true, -1};
}

Cell figure_cell(std::string pointer, double value, Unit unit) {
  return {text_of(value, unit), std::move(pointer), value, true, -1};
}

Cell figure_cell(std::string pointer, double value, const Scaling& scaling) {
  return {text_of(value, scaling), std::move(pointer), value, true, -1};
}

Cell amplification_cell(const std::string& prefix, const DeviceReport& report) {
  return report.flash.host_pages == 0 ? numeric("–")
                                      : figure_cell(prefix + "/report/write_amplification",
                                                    report.write_amplification, Unit::kFactor);
}

Page::Page(std::string_view kind, const std::string& title, const std::string& subtitle) {
  markup_.raw("<!DOCTYPE html>\n<html lang=\"en\"><head>\n<meta charset=\"utf-8\"/>\n");
  // Nothing is fetched, whatever a file that this was made of has tried to put in.
  markup_.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                         {"content", "default-src 'none'; style-src 'unsafe-inline'"}});
  markup_.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  markup_.empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  markup_.line();
  markup_.leaf("title", title);
  markup_.raw("\n<style>\n");
  markup_.raw(style_sheet());
  markup_.raw("</style>\n</head>\n<body>\n");
  {
    const auto header = markup_.element("header");
    markup_.leaf("p", kind, {{"class", "kicker"}});
    markup_.leaf("h1", title);
    markup_.leaf("p", subtitle, {{"class", "subtitle"}});
  }
  markup_.raw("\n<main>\n");
}

Markup::Element Page::section(std::string_view heading) {
  const auto id = fmt::format("h{}", markup_.next_id());
  markup_.line();
  auto section = markup_.element("section", {{"aria-labelledby", id}});
  markup_.leaf("h2", heading, {{"id", id}});
  markup_.line();
  return section;
}

Markup::Element Page::columns(std::string_view type) {
  return markup_.element("div", {{"class", type}});
}

void Page::paragraph(std::string_view words, std::string_view type) {
  const auto text = unbroken(words);
  if (type.empty()) {
    markup_.leaf("p", text);
  } else {
    markup_.leaf("p", text, {{"class", type}});
  }
  markup_.line();
}

void Page::figure(std::string_view caption, const std::function<void()>& draw) {
  const auto figure = markup_.element("figure");
  draw();
  const auto text = markup_.element("figcaption");
  markup_.leaf("b", fmt::format("Figure {}.", ++figures_));
  markup_.text(fmt::format(" {}", caption));
}

void Page::figure_of_width(std::string_view caption, const std::function<void(double)>& draw) {
  constexpr double kWide = 580;
  constexpr double kNarrow = 360;
  figure(caption, [&] {
    {
      const auto wide = columns("wide");
      draw(kWide);
    }
    const auto narrow = columns("narrow");
    draw(kNarrow);
  });
}

void Page::cell(const Cell& content) {
  if (content.colour >= 0) {
    markup_.leaf("span", "", {{"class", fmt::format("sample b{}", content.colour)}});
  }
  if (content.pointer.empty()) {
    markup_.text(content.text);
  } else {
    markup_.leaf("data", content.text,
                 {{"value", exact(content.value)}, {"data-figure", content.pointer}});
  }
}

void Page::table_row(const std::vector<Cell>& row) {
  const auto line = markup_.element("tr");
  for (std::size_t at = 0; at < row.size(); ++at) {
    const auto* const type = row[at].numeric ? "n" : "t";
    const auto box = at == 0 ? markup_.element("th", {{"scope", "row"}, {"class", type}})
                             : markup_.element("td", {{"class", type}});
    cell(row[at]);
  }
}

void Page::table(const Table& table) {
  const auto id = fmt::format("c{}", markup_.next_id());
  // A wide table scrolls by itself, with the keyboard too.
  const auto box = markup_.element(
      "div", {{"class", "scroll"}, {"role", "region"}, {"aria-labelledby", id}, {"tabindex", "0"}});
  const auto whole = markup_.element("table");
  {
    const auto caption = markup_.element("caption", {{"id", id}});
    markup_.leaf("b", fmt::format("Table {}.", ++tables_));
    markup_.text(fmt::format(" {}", table.caption));
  }
  if (!table.head.empty()) {
    const auto head = markup_.element("thead");
    const auto line = markup_.element("tr");
    for (std::size_t at = 0; at < table.head.size(); ++at) {
      const bool is_numeric =
          !table.rows.empty() && at < table.rows[0].size() && table.rows[0][at].numeric;
      markup_.leaf("th", table.head[at], {{"scope", "col"}, {"class", is_numeric ? "n" : "t"}});
    }
  }
  const auto body = markup_.element("tbody");
  for (const auto& row : table.rows) {
    markup_.line();
    table_row(row);
  }
}

void Page::key_figures(const std::vector<std::pair<std::string, Cell>>& figures) {
  const auto list = markup_.element("dl", {{"class", "key"}});
  for (const auto& [name, value] : figures) {
    const auto pair = markup_.element("div");
    markup_.leaf("dt", name);
    const auto definition = markup_.element("dd");
    cell(value);
  }
}

void Page::command(std::string_view text) {
  const auto block = markup_.element("pre");
  markup_.leaf("code", text);
}

std::string Page::finish(const std::string& summary, const std::string& version) && {
  markup_.raw("\n</main>\n");
  {
    const auto footer = markup_.element("footer");
    markup_.leaf(
        "p", fmt::format("Made by gantry report{}. All times are those of the simulation.",
                         version.empty() ? "" : " of a drive simulated by gantry ssd " + version));
  }
  markup_.raw("\n<script type=\"application/json\" id=\"figures\">\n");
  markup_.raw(embedded(summary));
  markup_.raw("</script>\n</body></html>\n");
  return markup_.out();
}

void write_configuration(Page& page, const std::vector<SettingGroup>& description,
                         const std::vector<Setting>& workload, const std::string& digest) {
  const auto section = page.section("Configuration");
  const auto box = page.columns("settings");
  const auto write = [&](const std::string& name, const std::vector<Setting>& settings) {
    Table table{name, {}, {}};
    for (const auto& [key, value] : settings) {
      table.rows.push_back({plain(key), numeric(value)});
    }
    page.table(table);
  };
  if (!workload.empty()) {
    write("Workload", workload);
  }
  for (const auto& group : description) {
    auto settings = group.settings;
    if (group.name.empty() && !digest.empty()) {
      settings.emplace_back("SHA-256 of the description", digest);
    }
    write(group.name.empty() ? "Device" : "Device: " + group.name, settings);
  }
}

}  // namespace gantry::report
